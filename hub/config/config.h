// The hub's configuration, read, checked and with its defaults filled in.
#ifndef VERVET_HUB_CONFIG_CONFIG_H_
#define VERVET_HUB_CONFIG_CONFIG_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "hub/engine/budget_policy.h"
#include "hub/engine/remedy_policy.h"
#include "vervet/v1/types.pb.h"

namespace vervet::hub {

struct TypePolicyValues {
  absl::Duration maximum_life;
  std::vector<uint32_t> rules_versions;
};

// Longest lives: a phone number is given to somebody else after about half a year; accounts and
// addresses stay with their holder longer, and so do the photographs that one sells by.
std::map<v1::SignatureType, TypePolicyValues> DefaultTypePolicies();

// All paths are absolute or relative to the working directory, as resolved against the file.
struct Config {
  struct Coordinator {
    std::string party;  // "coordinator/<name>"
    std::string display_name;
    std::string region;
  };

  std::string coalition;
  std::string listen_address;
  std::string listen_host;
  int listen_port = 0;
  std::string region;
  // Empty: no page for Prometheus.
  std::string metrics_host;
  int metrics_port = 0;

  std::string certificate_path, private_key_path, ca_path, crl_dir;
  // Each key has a file or a command, never both.
  std::string store_path, store_key_path;
  std::vector<std::string> store_key_command;
  std::string keyring_path, keyring_key_path;
  std::vector<std::string> keyring_key_command;
  absl::Duration certificate_check = absl::Seconds(60);

  std::vector<Coordinator> coordinators;
  std::map<v1::SignatureType, TypePolicyValues> types;
  RemedyPolicy remedy;
  BudgetPolicy budgets;
  absl::Duration sighting_count_interval = absl::Hours(1);

  size_t append_queue = 4'096;
  size_t work_queue = 256;
  size_t work_threads = 1;
  size_t sync_streams = 1'024;
  absl::Duration watchdog_interval = absl::Seconds(10);
  int watchdog_failures = 3;
};

// INVALID_ARGUMENT: "file:line:column: field: what is wrong and what would be right". Reads no
// other file.
absl::StatusOr<Config> LoadConfig(const std::string& path);
// The same with the first mistake of every section; nothing where there is one. A file that does
// not parse or cannot be read is one mistake.
std::optional<Config> LoadConfig(const std::string& path, std::vector<absl::Status>* mistakes);

}  // namespace vervet::hub

#endif  // VERVET_HUB_CONFIG_CONFIG_H_
