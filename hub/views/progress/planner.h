// How many listings must be reviewed. Before a period begins, members ask how much to sample so
// that the coalition can show its target if the truth is a little better.
//
// On the scale of log(1 - R) the estimate's variance is about 1/a + 1/b with a and b confirmed
// positives (simple samples of equal size: b = (1-R) a), so the target is shown with the wished
// power where log((1-target)/(1-truth)) = (z_0.975 + z_power) * sqrt(1/a + 1/b).
#ifndef VERVET_HUB_VIEWS_PROGRESS_PLANNER_H_
#define VERVET_HUB_VIEWS_PROGRESS_PLANNER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace vervet::hub::progress {

struct PlannedStratum {
  std::string name;       // the member, or member and surface
  double exposure = 0;    // V, in the panel's unit
  double prevalence = 0;  // expected in the baseline, in (0, 1)
};

struct PlanRequest {
  double target = 0.80;
  double truth = 0.85;  // above the target: what is at it can be shown only by luck
  double power = 0.80;  // chance that the verdict is "met"
  std::vector<PlannedStratum> strata;
  double sensitivity = 1;     // share of positives that reviewers find
  double reviewed_again = 1;  // share of positives that get the second review
  double design_effect = 1;
  enum class Allocation {
    kByExposure,  // as many listings for each view
    kNeyman,      // more where prevalence is high: the fewest in all; needs a guess that holds
    kEqual,       // the same in every stratum
  } allocation = Allocation::kByExposure;
};

struct PlannedSample {
  std::string name;
  double listings = 0;            // to review in each of the two periods, rounded up
  double baseline_positives = 0;  // to be expected
};

struct Plan {
  // Confirmed positives to be expected in all.
  double baseline_positives = 0;
  double follow_up_positives = 0;
  double listings = 0;  // in each period, over all strata
  std::vector<PlannedSample> strata;
};

// INVALID_ARGUMENT names the field.
absl::StatusOr<Plan> PlanSamples(const PlanRequest& request);

// Chance that the verdict is "met" with that many positives to be expected; in [0, 1]. All four
// positive, target and truth below 1.
double PowerOf(double baseline_positives, double follow_up_positives, double truth, double target);

// The interval that so many positives are likely to show, at the truth given.
struct LikelyInterval {
  double low = 0;
  double high = 0;
};
LikelyInterval IntervalAt(double baseline_positives, double follow_up_positives, double truth);

// The standard normal distribution and its inverse (for 0 < p < 1).
double NormalShare(double z);
double NormalQuantile(double p);

}  // namespace vervet::hub::progress

#endif  // VERVET_HUB_VIEWS_PROGRESS_PLANNER_H_
