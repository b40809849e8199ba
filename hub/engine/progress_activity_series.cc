// Lines of what members did: each action in its own unit (progress_series.h).
#include <map>
#include <utility>

#include "hub/engine/progress_series.h"
#include "hub/views/progress_periods.h"

namespace vervet::hub {
namespace {

using Tally = ProgressTallies::Tally;

void SetSplit(v1::SeriesSplit split, const std::string& value, v1::Series* series) {
  switch (split) {
    case v1::SPLIT_PLATFORM_CLASS:
      return series->mutable_subset()->set_platform_class(value);
    case v1::SPLIT_TAXON_GROUP:
      return series->mutable_subset()->set_taxon_group(value);
    case v1::SPLIT_DETECTION_SOURCE:
      return series->set_detected_by(value);
    case v1::SPLIT_MEMBER:
      return series->mutable_subset()->set_member(value);
    default:
      return;
  }
}

// `tally` is null where there is nothing of the period.
void FillPoint(const progress::Days& days, const Tally* tally, bool rate, v1::SeriesPoint* point) {
  *point->mutable_days() = ToProto(days);
  if (tally != nullptr) {
    point->set_contributors(static_cast<uint32_t>(tally->members.size()));
    for (const uint32_t version : tally->versions) point->add_definition_versions(version);
  }
  if (tally == nullptr || (rate && !(tally->of > 0))) {
    *point->mutable_why() =
        MakeWhy("no_contribution", "Nobody has contributed this for the period yet.");
    return;
  }
  point->set_value(rate ? tally->sum / tally->of : tally->sum);
}

}  // namespace

void AddActivitySeries(const ProgressAsker& asker, const v1::GetSeriesRequest& request,
                       const SeriesWork& work, std::vector<v1::Series>* out) {
  const ProgressTallies::Question question = {&work.panel, &work.parties, &work.meanings, &request,
                                              work.asked.position};
  std::vector<std::shared_ptr<const ProgressTallies::Lines>> periods;
  for (const progress::Days& period : work.periods) {
    periods.push_back(asker.state->Read([&](const HubState& state) {
      return asker.figures->tallies().LinesOf(state.progress, question, period);
    }));
  }
  std::map<ProgressTallies::LineKey, std::vector<const Tally*>> lines;
  for (size_t i = 0; i < periods.size(); ++i) {
    for (const auto& [key, tally] : *periods[i]) {
      std::vector<const Tally*>& line = lines[key];
      line.resize(periods.size());
      line[i] = &tally;
    }
  }
  asker.state->Read([&](const HubState& state) {
    for (const auto& [key, line] : lines) {
      const auto& [kind, action, unit, split] = key;
      v1::Series& series = out->emplace_back();
      series.set_kind(static_cast<v1::SeriesKind>(kind));
      *series.mutable_subset() = request.subset();
      series.set_action(state.progress.Text(action));
      SetSplit(request.split(), split, &series);
      const bool share = kind == v1::SERIES_PROACTIVE_RATE;
      const bool views = kind == v1::SERIES_VIEWS_BEFORE_REMOVAL;
      series.set_unit(share ? "share" : views ? "view" : state.progress.Text(unit));
      for (size_t i = 0; i < line.size(); ++i) {
        FillPoint(work.periods[i], line[i], share || views, series.add_points());
      }
    }
  });
}

}  // namespace vervet::hub
