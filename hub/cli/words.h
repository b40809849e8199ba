// Arguments of the coordinators' commands: parties, groups, regions, reasons.
#ifndef VERVET_HUB_CLI_WORDS_H_
#define VERVET_HUB_CLI_WORDS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/cli/program.h"
#include "core/cli/streams.h"
#include "vervet/v1/types.pb.h"

namespace vervet::coordinator_cli {

// "market" → "member/market"; "coordinator/wcs" stays. INVALID_ARGUMENT: no such role; a name
// outside [a-z0-9-].
absl::StatusOr<std::string> PartyArgument(absl::string_view text);

// INVALID_ARGUMENT unless a-z, 0-9 and -, 1-63 bytes, first a letter or digit.
absl::Status CheckGroupArgument(absl::string_view group);

// "ie" → "IE". INVALID_ARGUMENT unless two letters.
absl::StatusOr<std::string> RegionArgument(absl::string_view flag, absl::string_view text);

// INVALID_ARGUMENT unless 1 to `maximum_bytes` long.
absl::Status CheckLength(absl::string_view flag, absl::string_view text, size_t maximum_bytes);

// "phone" → PHONE. INVALID_ARGUMENT: no such type, or one that nobody evaluates.
absl::StatusOr<v1::SignatureType> TypeArgument(absl::string_view text);
// PHONE → "phone"; empty where there is none.
std::string TypeWord(v1::SignatureType type);

// A record's id: 32 hexadecimal digits → 16 bytes. INVALID_ARGUMENT: anything else.
absl::StatusOr<std::string> RecordArgument(absl::string_view text);

// Prints what is wrong with the arguments of `command`, and returns the exit code.
int RefuseArguments(absl::string_view command, const absl::Status& status,
                    const cli::Streams& streams);

inline constexpr size_t kMaxDisplayNameBytes = 128;
inline constexpr size_t kMaxReasonBytes = 512;

// What every command's page says of its exit codes.
std::vector<std::pair<int, std::string>> CommonExitCodes();

}  // namespace vervet::coordinator_cli

#endif  // VERVET_HUB_CLI_WORDS_H_
