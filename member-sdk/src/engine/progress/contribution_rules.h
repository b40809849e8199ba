// From contributions as the platform writes them to the request: the rules that the hub has too, so
// that a slip of the unit shows when Contribute is called and not hours later.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_PROGRESS_CONTRIBUTION_RULES_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_PROGRESS_CONTRIBUTION_RULES_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "member-sdk/src/vault/rows.h"
#include "vervet/progress.h"
#include "vervet/v1/progress.pb.h"

namespace vervet::engine {

// Days since 1970-01-01, UTC.
int32_t DayOf(absl::Time time);

// What is checked against.
struct ContributionFacts {
  std::string party;                             // "member/market"
  const v1::Definitions* definitions = nullptr;  // of the batch's version; null: not known here
  int32_t today = 0;
};

// A complete draft. INVALID_ARGUMENT: "contributions[i].field: what is wrong; remedy", at most
// kMaxProblemsNamed of them, no value repeated. `batch.definition_version` is set.
absl::StatusOr<vault::OutboxEntry> BuildContributions(const Contributions& batch,
                                                      const ContributionFacts& facts,
                                                      std::string request_id);

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_PROGRESS_CONTRIBUTION_RULES_H_
