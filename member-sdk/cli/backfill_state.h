// How far `backfill` has come with a file, on the disk.
#ifndef VERVET_MEMBER_SDK_CLI_BACKFILL_STATE_H_
#define VERVET_MEMBER_SDK_CLI_BACKFILL_STATE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "member-sdk/cli/check_output.h"

namespace vervet::member_cli {

// Every line of the file up to `line`, the header among them, is answered and its answer printed.
struct BackfillState {
  uint64_t file_bytes = 0;  // of another size, it is another file
  int64_t line = 0;
  uint64_t lines = 0;  // answered; without empty ones and those inside quotes
  CheckCounts counts;
};

// Nothing where there is no such file yet. FAILED_PRECONDITION: it is no state of a backfill.
absl::StatusOr<std::optional<BackfillState>> ReadBackfillState(const std::string& path);
// Durable, and whole or not at all (storage::WriteFileDurably).
absl::Status WriteBackfillState(const std::string& path, const BackfillState& state);

}  // namespace vervet::member_cli

#endif  // VERVET_MEMBER_SDK_CLI_BACKFILL_STATE_H_
