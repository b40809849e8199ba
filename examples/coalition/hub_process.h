// A hub as a process: configured, initialised, served, stopped, killed and started again on the
// same port.
#ifndef VERVET_EXAMPLES_COALITION_HUB_PROCESS_H_
#define VERVET_EXAMPLES_COALITION_HUB_PROCESS_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "examples/coalition/certificates.h"
#include "examples/coalition/command.h"
#include "examples/coalition/process.h"

namespace vervet::coalition {

struct HubSettings {
  std::string dir;  // of its own: configuration, keys, store, keyring
  std::string coalition;
  TlsPaths tls;
  std::string program =
      "vervet-hub";          // or "vervet-hub-tap", the test build that keeps what it receives
  std::string tap_path;      // where the latter keeps it
  std::string extra_config;  // more lines of hub.textproto
};

// Not thread-safe.
class HubProcess {
 public:
  // Writes hub.textproto and runs `init`.
  static absl::StatusOr<std::unique_ptr<HubProcess>> Create(HubSettings settings);
  ~HubProcess();

  struct StartOptions {
    std::vector<std::pair<std::string, std::string>> environment;
    std::optional<uint64_t> max_open_files;
    absl::Duration timeout = absl::Seconds(30);
  };
  // Returns when it listens: on a free port the first time, on the same ever after.
  absl::Status Start(const StartOptions& options);
  absl::Status Start() { return Start(StartOptions()); }

  // SIGTERM; its exit code. DEADLINE_EXCEEDED leaves it running.
  absl::StatusOr<int> Stop(absl::Duration timeout = absl::Seconds(15));
  // SIGKILL, as a power cut would; returns when it is gone.
  absl::Status Kill();

  // Any other command, with the hub's configuration.
  absl::StatusOr<CommandResult> Run(
      std::vector<std::string> arguments,
      std::vector<std::pair<std::string, std::string>> environment = {});

  bool running() const { return process_ != nullptr && process_->running(); }
  Process& process() { return *process_; }  // after Start
  const std::string& address() const {
    return address_;
  }  // "127.0.0.1:port", after the first Start
  const std::string& log_public_key() const { return log_public_key_; }  // 64 hex digits
  const HubSettings& settings() const { return settings_; }

  std::string config_path() const { return settings_.dir + "/hub.textproto"; }
  std::string store_path() const { return settings_.dir + "/log.db"; }
  std::string store_key_path() const { return settings_.dir + "/log.key"; }
  std::string keyring_path() const { return settings_.dir + "/keyring"; }
  std::string keyring_key_path() const { return settings_.dir + "/keyring.key"; }

  // Everything that it has written to standard output and error since it was created, over all
  // starts.
  std::string Output() const;

 private:
  explicit HubProcess(HubSettings settings) : settings_(std::move(settings)) {}
  absl::Status WriteConfig() const;
  std::vector<std::string> Argv(std::vector<std::string> arguments) const;
  void KeepOutput();

  HubSettings settings_;
  std::string address_ = "127.0.0.1:0";
  std::string log_public_key_;
  std::unique_ptr<Process> process_;
  std::string earlier_output_;
};

}  // namespace vervet::coalition

#endif  // VERVET_EXAMPLES_COALITION_HUB_PROCESS_H_
