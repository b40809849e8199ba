#include "examples/coalition/hub_process.h"

#include <signal.h>

#include <filesystem>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/environment.h"
#include "core/base/status_macros.h"
#include "examples/coalition/binaries.h"
#include "examples/coalition/json.h"
#include "examples/coalition/temp_dir.h"

namespace vervet::coalition {
namespace {

constexpr absl::Duration kCommandTimeout = absl::Seconds(60);

}  // namespace

absl::StatusOr<std::unique_ptr<HubProcess>> HubProcess::Create(HubSettings settings) {
  std::error_code error;
  std::filesystem::create_directories(settings.dir, error);
  std::unique_ptr<HubProcess> hub(new HubProcess(std::move(settings)));
  VERVET_ASSIGN_OR_RETURN(hub->settings_.program, BuiltProgram(hub->settings_.program));
  VERVET_RETURN_IF_ERROR(hub->WriteConfig());
  VERVET_ASSIGN_OR_RETURN(CommandResult result, hub->Run({"init"}));
  VERVET_RETURN_IF_ERROR(result.Require());
  VERVET_ASSIGN_OR_RETURN(result, hub->Run({"log-key"}));
  VERVET_RETURN_IF_ERROR(result.Require());
  hub->log_public_key_ = std::string(absl::StripAsciiWhitespace(result.output));
  return hub;
}

HubProcess::~HubProcess() = default;

absl::Status HubProcess::WriteConfig() const {
  const std::string crl_line = settings_.tls.crl_dir.empty()
                                   ? ""
                                   : absl::StrFormat("  crl_dir: \"%s\"\n", settings_.tls.crl_dir);
  return WriteFile(config_path(),
                   absl::StrFormat(R"(coalition: "%s"
listen_address: "%s"
region: "IE"
tls {
  certificate_path: "%s"
  private_key_path: "%s"
  ca_path: "%s"
%s}
store_path: "log.db"
store_key_path: "log.key"
keyring_path: "keyring"
keyring_key_path: "keyring.key"
coordinators { name: "coordinator" display_name: "Coalition office" region: "IE" }
%s)",
                                   settings_.coalition, address_, settings_.tls.certificate,
                                   settings_.tls.private_key, settings_.tls.ca, crl_line,
                                   settings_.extra_config));
}

std::vector<std::string> HubProcess::Argv(std::vector<std::string> arguments) const {
  std::vector<std::string> argv = {settings_.program};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  argv.insert(argv.end(), {"--config", config_path()});
  return argv;
}

absl::StatusOr<CommandResult> HubProcess::Run(
    std::vector<std::string> arguments,
    std::vector<std::pair<std::string, std::string>> environment) {
  if (!settings_.tap_path.empty()) environment.emplace_back("VERVET_TAP_FILE", settings_.tap_path);
  return RunCommand({Argv(std::move(arguments)), std::move(environment)}, kCommandTimeout);
}

absl::Status HubProcess::Start(const StartOptions& options) {
  if (running()) return absl::FailedPreconditionError("the hub runs already");
  KeepOutput();
  ProcessOptions process;
  process.argv = Argv({"serve"});
  process.environment = options.environment;
  process.max_open_files = options.max_open_files;
  if (!settings_.tap_path.empty()) {
    process.environment.emplace_back("VERVET_TAP_FILE", settings_.tap_path);
  }
  VERVET_ASSIGN_OR_RETURN(process_, Process::Start(process));
  VERVET_ASSIGN_OR_RETURN(
      const Process::Line line,
      process_->WaitForLine(
          Process::Stream::kError,
          [](absl::string_view text) { return absl::StrContains(text, "\"hub.listening\""); },
          options.timeout));
  VERVET_ASSIGN_OR_RETURN(const Json json, Json::Parse(line.text));
  address_ = json["address"].text();
  if (!absl::StartsWith(address_, "127.0.0.1:")) {
    return absl::InternalError("the hub's line of hub.listening has no address on 127.0.0.1");
  }
  return WriteConfig();
}

absl::StatusOr<int> HubProcess::Stop(absl::Duration timeout) {
  if (process_ == nullptr) return 0;
  process_->Signal(SIGTERM);
  return process_->Wait(timeout);
}

absl::Status HubProcess::Kill() {
  if (process_ == nullptr) return absl::OkStatus();
  process_->Signal(SIGKILL);
  return process_->Wait(absl::Seconds(10)).status();
}

void HubProcess::KeepOutput() {
  if (process_ == nullptr) return;
  earlier_output_ = Output();
  process_.reset();
}

std::string HubProcess::Output() const {
  if (process_ == nullptr) return earlier_output_;
  return absl::StrCat(earlier_output_, process_->Text(Process::Stream::kOutput), "\n",
                      process_->Text(Process::Stream::kError), "\n");
}

}  // namespace vervet::coalition
