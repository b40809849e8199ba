#include "member-sdk/cli/backfill_state.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "core/storage/durable_file.h"

namespace vervet::member_cli {
namespace {

// One line of words and numbers; the counts are match, no_match, refused.
constexpr char kFirstWord[] = "vervet-backfill-1";

}  // namespace

absl::StatusOr<std::optional<BackfillState>> ReadBackfillState(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error) && !error) return std::nullopt;
  std::ifstream file(path);
  std::string first, rest;
  BackfillState state;
  file >> first >> state.file_bytes >> state.line >> state.lines >> state.counts.matched >>
      state.counts.not_matched >> state.counts.refused;
  if (!file || first != kFirstWord || (file >> rest)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": is no state of a backfill; name another file with --state"));
  }
  return state;
}

absl::Status WriteBackfillState(const std::string& path, const BackfillState& state) {
  return storage::WriteFileDurably(
      path,
      absl::StrCat(kFirstWord, " ", state.file_bytes, " ", state.line, " ", state.lines, " ",
                   state.counts.matched, " ", state.counts.not_matched, " ", state.counts.refused,
                   "\n"),
      0600);
}

}  // namespace vervet::member_cli
