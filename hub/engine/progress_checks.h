// What is wrong with a contribution, by itself and against what the log holds already.
#ifndef VERVET_HUB_ENGINE_PROGRESS_CHECKS_H_
#define VERVET_HUB_ENGINE_PROGRESS_CHECKS_H_

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "hub/views/progress/checks.h"
#include "hub/views/progress_ledger.h"
#include "vervet/v1/progress.pb.h"

namespace vervet::hub {

// Of a-z, 0-9, _ and -, 1-64 bytes.
bool IsWordId(absl::string_view text);
// Whether one of the defined words has this id.
template <typename Words>
bool HasWord(const Words& words, absl::string_view id) {
  return std::any_of(words.begin(), words.end(), [id](const auto& one) { return one.id() == id; });
}

// Everything that makes a contribution INVALID_ARGUMENT; fields as in progress_types.proto. The
// member is filled in. `today` refuses days that are not over.
std::vector<progress::Problem> CheckActivity(const v1::ActivityContribution& activity,
                                             const ProgressLedger& ledger, int32_t today);
std::vector<progress::Problem> CheckSurvey(const v1::SurveyContribution& survey,
                                           const ProgressLedger& ledger, int32_t today);
std::vector<progress::Problem> CheckTeam(const v1::ReviewTeamContribution& team,
                                         const ProgressLedger& ledger);

// ALREADY_EXISTS: days that overlap another contribution's. FAILED_PRECONDITION: not the next
// revision. `field` is the contribution's, "contributions[3].survey".
absl::Status CheckPlace(const std::string& field, const v1::Contribution& contribution,
                        const ProgressLedger& ledger);

absl::Status CheckDefinitions(const v1::Definitions& definitions);
// Against the definitions that it names.
absl::Status CheckPanel(const v1::Panel& panel, const v1::Definitions& definitions);

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_PROGRESS_CHECKS_H_
