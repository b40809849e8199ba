// The parts of GetSeries (progress_query.h), one file each.
#ifndef VERVET_HUB_ENGINE_PROGRESS_SERIES_H_
#define VERVET_HUB_ENGINE_PROGRESS_SERIES_H_

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hub/engine/progress_asked.h"
#include "hub/engine/progress_query.h"
#include "hub/engine/progress_tallies.h"

namespace vervet::hub {

bool IsOfActivity(v1::SeriesKind kind);
bool IsOfSurveys(v1::SeriesKind kind);

// What is asked for.
struct SeriesWork {
  AskedPosition asked;
  v1::Panel panel;
  PanelParties parties;
  DefinedMeanings meanings;
  std::vector<progress::Days> periods;  // the baseline first
  // Of each period, once LookAtSurveys has looked.
  std::vector<std::shared_ptr<const ProgressTallies::Frame>> frames;
  // Of each team that was measured, by surveyors, member and name: known positives that it found,
  // and all that it got to see.
  std::map<std::tuple<size_t, ProgressLedger::Word, ProgressLedger::Word>,
           std::pair<double, double>>
      measured;
  std::map<std::string, ProgressLedger::Word> taxon_groups;  // of the panel, in the ledger's words
  bool any_independent = false;
};

// Fills the last four. Reads the state once for each period, and briefly: the appender can write
// in between. What it writes then is after `asked`, and not seen.
void LookAtSurveys(const ProgressAsker& asker, SeriesWork* work);

// Where a line must not be read across: a change of the definitions, of the panel, or of what was
// surveyed.
void AddEventMarkers(const ProgressLedger& ledger, const AskedPosition& asked,
                     std::vector<v1::SeriesMarker>* markers);
void AddFrameMarkers(const SeriesWork& work, std::vector<v1::SeriesMarker>* markers);
v1::SeriesMarker MarkerOf(const ProgressLedger::Defined& defined);
v1::SeriesMarker MarkerOf(const ProgressLedger::Panel& panel);

// One file each: what members did, and what surveys say.
void AddActivitySeries(const ProgressAsker& asker, const v1::GetSeriesRequest& request,
                       const SeriesWork& work, std::vector<v1::Series>* out);
// How many periods were computed: less than all where estimates take longer than the asker's
// patience.
absl::StatusOr<size_t> AddSurveySeries(const ProgressAsker& asker,
                                       const v1::GetSeriesRequest& request, const SeriesWork& work,
                                       std::vector<v1::Series>* out);
// What members see of others: lines of released periods.
void AddReleased(const ProgressLedger& ledger, const SeriesWork& work,
                 const v1::GetSeriesRequest& request, std::vector<v1::Series>* out);

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_PROGRESS_SERIES_H_
