// From a configuration file to the options of a client.
#ifndef VERVET_MEMBER_SDK_CLI_CONFIG_H_
#define VERVET_MEMBER_SDK_CLI_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "vervet/options.h"

namespace vervet::member_cli {

struct Config {
  ClientOptions options;       // callbacks unset
  std::string default_region;  // of phone numbers without "+"; may be empty
};

// Reads and checks `path` (schema: member_config.proto). Does not look at the files that it names.
// Errors are lines of "file:line:column: field: what would be right".
absl::StatusOr<Config> LoadConfig(const std::string& path);

// `flag`, or $VERVET_MEMBER_CONFIG, or "member.textproto".
std::string ConfigPath(const std::string& flag);

// A commented configuration to start from.
absl::string_view ConfigTemplate();

// ISO 3166-1 alpha-2 in upper case, by its shape.
bool IsRegion(absl::string_view region);

}  // namespace vervet::member_cli

#endif  // VERVET_MEMBER_SDK_CLI_CONFIG_H_
