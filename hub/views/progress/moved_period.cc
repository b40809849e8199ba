#include "hub/views/progress/moved_period.h"

#include <memory>
#include <string>

#include "hub/views/progress/reduction.h"

namespace vervet::hub::progress {

std::optional<MovedPeriod> MovedPeriod::Create(const RevisedPeriod& revised,
                                               const PeriodEstimate* baseline, size_t draws) {
  MovedPeriod moved(revised.period, draws);
  std::vector<PeriodEstimate::Placed> all, then, now;
  std::set<std::string> reviewers;  // of the changed strata
  const auto place = [&](const Survey& survey, std::vector<PeriodEstimate::Placed>* places) {
    places->push_back({survey, baseline != nullptr && baseline->Has(survey.stratum)});
  };
  for (const Survey& survey : revised.then) {
    place(survey, &then);
    reviewers.insert(survey.team);
  }
  for (const Survey& survey : revised.now) {
    place(survey, &all);
    if (revised.changed.count(survey.stratum) == 0) continue;
    place(survey, &now);
    reviewers.insert(survey.team);
  }
  for (const ReviewTeam& team : revised.teams) {
    moved.all_.PutTeam(team);
    if (reviewers.count(team.name) == 0) continue;
    moved.then_.PutTeam(team);
    moved.now_.PutTeam(team);
  }
  moved.all_.PutAll(all);
  moved.then_.PutAll(then);
  for (const std::string& team : reviewers) {
    if (moved.all_.SharesPpv(team) || moved.then_.SharesPpv(team)) return std::nullopt;
  }
  moved.now_.PutAll(now);
  if (baseline != nullptr) moved.strata_compared_ = StrataCompared(*baseline, moved.all_);
  return moved;
}

PeriodEstimate::Side MovedPeriod::Move(const PeriodEstimate::Side& kept, const Subset& subset,
                                       PeriodEstimate::Which which) const {
  PeriodEstimate::Side side = all_.SideOf(subset, which);
  DrawSum sum = *kept.sum;
  sum.Subtract(*then_.SideOf(subset, which).sum);
  sum.Add(*now_.SideOf(subset, which).sum);
  side.sum = std::make_shared<const DrawSum>(std::move(sum));
  side.half_positive = kept.half_positive;
  return side;
}

}  // namespace vervet::hub::progress
