#include "hub/engine/progress_warm_up.h"

#include <string>
#include <utility>
#include <vector>

#include "hub/engine/progress_asked.h"
#include "hub/views/progress_periods.h"

namespace vervet::hub {
namespace {

// Above, what is drilled into twice is computed when it is asked for.
constexpr size_t kMaxDrillDowns = 64;

// What the page breaks down by, and each class with each taxon group.
std::vector<v1::FigureSubset> DrillDowns(const v1::Panel& panel) {
  std::vector<v1::FigureSubset> subsets = StandardSubsets(panel);
  std::vector<v1::FigureSubset> both;
  for (const v1::FigureSubset& one : subsets) {
    for (const v1::FigureSubset& other : subsets) {
      if (one.platform_class().empty() || other.taxon_group().empty()) continue;
      both.push_back(one);
      both.back().set_taxon_group(other.taxon_group());
    }
  }
  if (both.size() <= kMaxDrillDowns) subsets.insert(subsets.end(), both.begin(), both.end());
  return subsets;
}

}  // namespace

bool WarmUpPeriod(const ProgressAsker& asker, size_t periods_back) {
  AskedPosition asked;
  v1::Panel panel;
  progress::Days period;
  bool independent = false;
  const bool found = asker.state->Read([&](const HubState& state) {
    const auto position = ResolvePosition(state, v1::AsOf(), asker.now);
    if (!position.ok()) return false;
    const auto entry = ResolvePanel(state.progress, "", position->position);
    if (!entry.ok()) return false;
    asked = *position;
    panel = (*entry)->panel;
    independent = !state.progress.independent_surveys().empty();
    // Periods that began but have no survey yet cost nothing, and are soon asked for.
    const auto periods = ReportingPeriodsUntil(panel, asked.today);
    if (periods_back > periods.size()) return false;
    period = periods_back == periods.size() ? FromProto(panel.baseline())
                                            : periods[periods.size() - 1 - periods_back];
    return true;
  });
  if (!found) return false;
  using What = ProgressFigures::What;
  for (const bool surveyors : {false, true}) {
    if (surveyors && !independent) continue;
    const ProgressFigures::Key key = {panel.panel(), period, surveyors, asked.position};
    for (const v1::FigureSubset& subset : DrillDowns(panel)) {
      // Both, because they share the period's estimate.
      if (!(period == FromProto(panel.baseline()))) {
        (void)asker.figures->Of(key, FromProto(subset), What::kReduction);
      }
      (void)asker.figures->Of(key, FromProto(subset), What::kPrevalence);
    }
  }
  return true;
}

}  // namespace vervet::hub
