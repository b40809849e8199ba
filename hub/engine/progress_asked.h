// What the answers about progress have in common: which panel and period are meant, as of which
// event, and what of it was restated since.
#ifndef VERVET_HUB_ENGINE_PROGRESS_ASKED_H_
#define VERVET_HUB_ENGINE_PROGRESS_ASKED_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hub/engine/progress_figures.h"
#include "hub/engine/progress_query.h"
#include "hub/views/hub_state.h"
#include "hub/views/progress_ledger.h"

namespace vervet::hub {

// As of which event, and what day it was.
struct AskedPosition {
  uint64_t position = 0;
  int64_t time_us = 0;
  int32_t today = 0;
  bool now = true;
};
// OUT_OF_RANGE as in progress.proto.
absl::StatusOr<AskedPosition> ResolvePosition(const HubState& state, const v1::AsOf& as_of,
                                              absl::Time now);

// NOT_FOUND: no such panel by then, or none at all.
absl::StatusOr<const ProgressLedger::Panel*> ResolvePanel(const ProgressLedger& ledger,
                                                          absl::string_view name,
                                                          uint64_t position);
// NOT_FOUND: the days are no period of the panel.
absl::Status CheckPeriod(const v1::Panel& panel, const progress::Days& period);
// The newest reporting period with a survey; else the one of that day, or the first.
progress::Days NewestSurveyedPeriod(const ProgressLedger& ledger, const v1::Panel& panel,
                                    const AskedPosition& asked);

void FillBasis(const ProgressLedger& ledger, const AskedPosition& asked, v1::AnswerBasis* basis);
// With what was restated after the position, as far as `member` may see it (empty: everything).
void FillBasis(const ProgressLedger& ledger, const AskedPosition& asked, const v1::Panel& panel,
               const progress::Days& period, absl::string_view member, v1::AnswerBasis* basis);

// Adds what figures were counted under.
void AddCountedUnder(const std::set<uint32_t>& versions, v1::AnswerBasis* basis);
// Of both periods of a reduction, or of one for other figures.
std::set<uint32_t> VersionsOf(const ProgressFigure& figure);
std::set<uint32_t> VersionsOf(const v1::PeriodReleased& released);  // of its surveys

v1::Contribution ContributionOf(const ProgressLedger& ledger, const ProgressLedger::Row& row);
void FillRestatement(const ProgressLedger& ledger, const ProgressLedger::Row& row,
                     v1::Restatement* out);

// The caller as of whose release a member is answered; the newest at most `position`.
void FillReleaseBasis(const ProgressLedger::Release& release, v1::AnswerBasis* basis);

v1::Why MakeWhy(absl::string_view code, absl::string_view sentence);
v1::ReductionFigure ToProto(const progress::Reduction& reduction, const v1::FigureSubset& subset,
                            bool independent);
v1::FigureInterval ToProto(const progress::Interval& interval);
progress::Subset FromProto(const v1::FigureSubset& subset);
bool SameSubset(const v1::FigureSubset& a, const v1::FigureSubset& b);

// Series of records and sightings, of the kinds that are asked for (progress_sharing.cc).
void AddSharingSeries(const HubState& state, const AskedPosition& asked,
                      const v1::GetSeriesRequest& request,
                      const std::vector<progress::Days>& periods, std::vector<v1::Series>* out);
v1::Displacement DisplacementOf(const HubState& state, absl::Time as_of);

// The whole, then each platform class, taxon group and sharing group of the panel.
std::vector<v1::FigureSubset> StandardSubsets(const v1::Panel& panel);

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_PROGRESS_ASKED_H_
