// Rows of the ledger as estimates take them.
#ifndef VERVET_HUB_ENGINE_PROGRESS_ROWS_H_
#define VERVET_HUB_ENGINE_PROGRESS_ROWS_H_

#include <array>

#include "absl/container/flat_hash_map.h"
#include "hub/views/progress/survey.h"
#include "hub/views/progress_ledger.h"
#include "vervet/v1/progress_types.pb.h"

namespace vervet::hub {

// A panel's strata and members in the ledger's words; of what no contribution has named yet,
// nothing. The panel outlives it.
struct PanelWords {
  PanelWords(const v1::Panel& panel, const ProgressLedger& ledger);
  // Null for a survey that is not of the panel.
  const v1::PanelMember* Of(const ProgressLedger::Row& row) const;

  absl::flat_hash_map<ProgressLedger::Word, const v1::PanelMember*> members;
  absl::flat_hash_map<std::array<ProgressLedger::Word, 4>, const v1::PanelMember*> strata;
};

// Of a survey's row, and of its member in the panel.
progress::Survey SurveyOf(const ProgressLedger& ledger, const ProgressLedger::Row& row,
                          const v1::PanelMember& member);
// Of a team's row; not measured where it was withdrawn.
progress::ReviewTeam TeamOf(const ProgressLedger& ledger, const ProgressLedger::Row& row);

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_PROGRESS_ROWS_H_
