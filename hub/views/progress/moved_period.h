// Sums of a period that were kept, brought up to date after some of its strata were revised: what
// these strata had in a sum is taken out and what they have now is put in, and no other stratum is
// drawn. The figures are those of an estimate made from nothing, to the bit.
#ifndef VERVET_HUB_VIEWS_PROGRESS_MOVED_PERIOD_H_
#define VERVET_HUB_VIEWS_PROGRESS_MOVED_PERIOD_H_

#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "hub/views/progress/period_estimate.h"
#include "hub/views/progress/survey.h"

namespace vervet::hub::progress {

// What stands in a period, and what stood in the strata that were revised since. Surveys are ones
// that PeriodEstimate takes; teams have not changed between.
struct RevisedPeriod {
  Days period;
  std::vector<ReviewTeam> teams;
  std::vector<Survey> now;   // of all strata
  std::vector<Survey> then;  // of those that changed
  std::set<Stratum> changed;
};

// Const methods may run side by side.
class MovedPeriod {
 public:
  // `baseline`: which strata are matched; null: not asked for. None where positives that nobody
  // reviewed again tie a changed stratum to others.
  static std::optional<MovedPeriod> Create(const RevisedPeriod& revised,
                                           const PeriodEstimate* baseline, size_t draws);

  // The side as it is now, from the same side as it was. With kMatched it holds only where the same
  // strata were matched then (strata_compared).
  PeriodEstimate::Side Move(const PeriodEstimate::Side& kept, const Subset& subset,
                            PeriodEstimate::Which which) const;

  // Of all strata of the subset, as it is now.
  Basis BasisOf(const Subset& subset) const { return all_.BasisOf(subset); }
  // StrataCompared of the baseline and this period; {0, 0} without a baseline.
  std::pair<uint64_t, uint64_t> strata_compared() const { return strata_compared_; }
  uint64_t strata_drawn() const { return then_.strata_drawn() + now_.strata_drawn(); }

 private:
  MovedPeriod(const Days& period, size_t draws)
      : all_(period, 0), then_(period, draws), now_(period, draws) {}

  PeriodEstimate all_;         // as it is now; nothing is drawn
  PeriodEstimate then_, now_;  // of the changed strata
  std::pair<uint64_t, uint64_t> strata_compared_ = {0, 0};
};

}  // namespace vervet::hub::progress

#endif  // VERVET_HUB_VIEWS_PROGRESS_MOVED_PERIOD_H_
