// Saved heads and reports as files.
#ifndef VERVET_HUB_CLI_LOG_FILES_H_
#define VERVET_HUB_CLI_LOG_FILES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/cli/json.h"
#include "core/cli/streams.h"
#include "core/log/log_report.h"
#include "hub/cli/connection.h"

namespace vervet::coordinator_cli {

// Replaces or creates `path`: the old file or the new one, never half of one.
absl::Status WriteTextFile(const std::string& path, absl::string_view text);

// A head that was saved from this coalition's log. INVALID_ARGUMENT: not such a file, of another
// coalition or key, or not signed by the key.
absl::StatusOr<v1::SignedTreeHead> ReadSavedHead(const std::string& path,
                                                 const ConnectionSettings& settings);

// For people: size, root, time and signature, one a line, under `title`.
std::string HeadFacts(absl::string_view title, const v1::SignedTreeHead& head,
                      const cli::Streams& streams);
// `"key": {...}` into an object that is open.
void AppendHead(absl::string_view key, const v1::SignedTreeHead& head, cli::JsonWriter& json);

}  // namespace vervet::coordinator_cli

#endif  // VERVET_HUB_CLI_LOG_FILES_H_
