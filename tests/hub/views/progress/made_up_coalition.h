// Coalitions whose truth is known, because it was made up, and surveys drawn from them: with
// reviewers who overlook positives and raise false alarms, small strata without a positive, and
// exposures that differ a thousandfold. For the coverage simulation.
#ifndef VERVET_TESTS_HUB_VIEWS_PROGRESS_MADE_UP_COALITION_H_
#define VERVET_TESTS_HUB_VIEWS_PROGRESS_MADE_UP_COALITION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "hub/views/progress/draws.h"
#include "hub/views/progress/reduction.h"

namespace vervet::hub::progress {

struct Scenario {
  std::string name;
  int strata = 1;
  // Baseline prevalences, log-uniform between these.
  double lowest_prevalence = 1e-4;
  double highest_prevalence = 1e-4;
  // True positives to be expected in all baseline samples together; sets the samples' size.
  double baseline_positives = 100;
  double reduction = 0.8;      // of a stratum, about
  double reduction_sigma = 0;  // of log(1 - reduction), between strata
  double exposure_sigma = 0;   // of log V, between strata
  enum class Allocation { kEqual, kByExposure, kAtRandom } allocation = Allocation::kEqual;
  // Reviewers.
  double sensitivity = 1;
  double specificity = 1;
  double reviewed_again = 1;         // share of positives
  int64_t gold_set = 0;              // items, for each team; 0: sensitivity not measured
  double follow_up_sensitivity = 0;  // 0: as in the baseline, and the same team
  int teams = 1;
  bool scored = false;  // three bands of a detector's score, the highest looked at in full
};

// The grid of docs/measuring-reduction.md.
std::vector<Scenario> Scenarios();

struct Coalition {
  double truth = 0;  // 1 - sum V1 pi1 / sum V0 pi0
  PanelEstimate estimate;
};

// The same seed gives the same strata and truth; the same sample, the same surveys.
Coalition MakeUp(const Scenario& scenario, uint64_t seed, uint64_t sample, size_t draws);

struct Coverage {
  int contains = 0;
  int above = 0;     // the truth is above the interval: it promised too little
  int below = 0;     // the truth is below: it promised too much
  int none = 0;      // cannot tell, without an interval
  double width = 0;  // sum over those with an interval
  int intervals() const { return contains + above + below; }
  double share() const {
    return intervals() == 0 ? 0 : static_cast<double>(contains) / intervals();
  }
  void Add(const Coverage& other);
};

// `coalitions` of the scenario, surveyed `samples` times each.
Coverage Simulate(const Scenario& scenario, int first, int coalitions, int samples, size_t draws);

}  // namespace vervet::hub::progress

#endif  // VERVET_TESTS_HUB_VIEWS_PROGRESS_MADE_UP_COALITION_H_
