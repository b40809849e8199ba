// What was surveyed in each period, and where a line must not be read across (progress_series.h).
#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "hub/engine/progress_series.h"
#include "hub/views/progress_periods.h"

namespace vervet::hub {
namespace {

using Row = ProgressLedger::Row;
using Word = ProgressLedger::Word;

// How many of `a` are not in `b`; both sorted.
uint32_t CountWithout(const std::vector<std::array<Word, 4>>& a,
                      const std::vector<std::array<Word, 4>>& b) {
  uint32_t without = 0;
  auto other = b.begin();
  for (const auto& stratum : a) {
    while (other != b.end() && *other < stratum) ++other;
    if (other == b.end() || *other != stratum) ++without;
  }
  return without;
}

}  // namespace

void LookAtSurveys(const ProgressAsker& asker, SeriesWork* work) {
  for (const progress::Days& period : work->periods) {
    work->frames.push_back(asker.state->Read([&](const HubState& state) {
      return asker.figures->tallies().FrameOf(state.progress, work->panel, work->parties, period,
                                              work->asked.position);
    }));
    if (!work->frames.back()->teams[1].empty()) work->any_independent = true;
  }
  asker.state->Read([&](const HubState& state) {
    const ProgressLedger& ledger = state.progress;
    for (const uint32_t index : ledger.teams()) {
      const Row& row = ledger.rows()[index];
      if (!row.StandsAt(work->asked.position)) continue;
      const auto found = static_cast<double>(row.found);
      work->measured[{row.independent ? 1 : 0, row.member, row.team}] = {
          found, found + static_cast<double>(row.missed) * row.missed_weight};
    }
    for (const v1::FigureSubset& subset : StandardSubsets(work->panel)) {
      if (subset.taxon_group().empty()) continue;
      const Word word = ledger.Find(subset.taxon_group());
      if (word != 0) work->taxon_groups[subset.taxon_group()] = word;
    }
  });
}

v1::SeriesMarker MarkerOf(const ProgressLedger::Defined& defined) {
  v1::SeriesMarker marker;
  marker.set_kind(v1::DEFINITIONS_CHANGED);
  marker.set_day(DayNumberOf(absl::FromUnixMicros(defined.time_us)));
  marker.set_sequence(defined.sequence);
  marker.set_definition_version(defined.definitions.version());
  marker.set_text(defined.definitions.change());
  return marker;
}

v1::SeriesMarker MarkerOf(const ProgressLedger::Panel& panel) {
  v1::SeriesMarker marker;
  marker.set_kind(v1::PANEL_CREATED_MARKER);
  marker.set_day(DayNumberOf(absl::FromUnixMicros(panel.time_us)));
  marker.set_sequence(panel.sequence);
  marker.set_definition_version(panel.panel.definition_version());
  marker.set_panel(panel.panel.panel());
  marker.set_text(panel.panel.title());
  return marker;
}

void AddEventMarkers(const ProgressLedger& ledger, const AskedPosition& asked,
                     std::vector<v1::SeriesMarker>* markers) {
  for (const ProgressLedger::Defined& defined : ledger.definitions()) {
    if (defined.sequence > asked.position) break;
    markers->push_back(MarkerOf(defined));
  }
  for (const ProgressLedger::Panel& panel : ledger.panels()) {
    if (panel.sequence > asked.position) break;
    markers->push_back(MarkerOf(panel));
  }
}

void AddFrameMarkers(const SeriesWork& work, std::vector<v1::SeriesMarker>* markers) {
  const auto due = static_cast<int32_t>(work.panel.due_days());
  for (size_t i = 1; i < work.frames.size(); ++i) {
    const auto& before = work.frames[i - 1]->strata;
    const auto& after = work.frames[i]->strata;
    if (before.empty() || after.empty()) continue;
    const uint32_t added = CountWithout(after, before);
    // Until a period is due, what has not come is late at worst.
    const bool is_due = work.asked.today >= work.periods[i].end + due;
    const uint32_t gone = is_due ? CountWithout(before, after) : 0;
    if (added == 0 && gone == 0) continue;
    v1::SeriesMarker& marker = markers->emplace_back();
    marker.set_kind(v1::FRAME_CHANGED);
    marker.set_day(work.periods[i].begin);
    marker.set_panel(work.panel.panel());
    marker.set_strata_added(added);
    marker.set_strata_gone(gone);
    marker.set_text(absl::StrCat(added, " strata came, ", gone, " went"));
  }
}

}  // namespace vervet::hub
