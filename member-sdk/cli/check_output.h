// What `check` prints of one subject, and the counts from which its exit code follows.
#ifndef VERVET_MEMBER_SDK_CLI_CHECK_OUTPUT_H_
#define VERVET_MEMBER_SDK_CLI_CHECK_OUTPUT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "core/cli/json.h"
#include "core/cli/streams.h"
#include "member-sdk/cli/identifiers.h"
#include "vervet/client.h"

namespace vervet::member_cli {

struct CheckCounts {
  uint64_t matched = 0;
  uint64_t not_matched = 0;
  uint64_t refused = 0;
  uint64_t not_known = 0;

  void Add(CheckOutcome outcome);
  // A match outweighs everything: it is what a script must not miss. Then what a retry would
  // answer, then refusals.
  int ExitCode() const;
  std::string ForPeople() const;
};

// "match", "no_match", "refused", "not_known".
const char* OutcomeName(CheckOutcome outcome);

// Fields "identifier", "outcome", "evaluated_now", "reason" (refused and not_known alone) and
// "matches", into an open object.
void AppendResultFields(const CheckResult& result, const NamedIdentifier& named,
                        cli::JsonWriter& json);

// One line, and below it each match. `where` says which subject: "user-42", "users.csv:17 user-42".
std::string ResultForPeople(const CheckResult& result, const NamedIdentifier& named,
                            const std::string& where, absl::Time now, const cli::Streams& streams);

}  // namespace vervet::member_cli

#endif  // VERVET_MEMBER_SDK_CLI_CHECK_OUTPUT_H_
