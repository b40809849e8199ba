#include "hub/server/configured_command.h"

namespace vervet::hub {

const std::vector<std::pair<int, std::string>>& HubExitCodes() {
  static const auto* const codes = new std::vector<std::pair<int, std::string>>{
      {cli::kExitOk, "done"},
      {cli::kExitFailed, "refused; one line on standard error says why and what to do"},
      {cli::kExitUsage, "the command line or the configuration is wrong; nothing was tried"}};
  return *codes;
}

int Report(const cli::Streams& streams, const absl::Status& status, int exit_code) {
  streams.PrintError(status);
  return exit_code;
}

void DeclareConfigFlag(cli::FlagSet& flags, std::string* path) {
  flags.String("config", "FILE",
               "the hub's configuration (hub/config/hub_config.proto documents each field)", path);
  flags.Require("config");
}

void ConfiguredCommand::DeclareFlags(cli::FlagSet& flags) { DeclareConfigFlag(flags, &path_); }

int ConfiguredCommand::Run(const std::vector<std::string>&, cli::Streams& streams) {
  auto config = LoadConfig(path_);
  if (!config.ok()) return Report(streams, config.status(), cli::kExitUsage);
  return RunWith(*config, streams);
}

}  // namespace vervet::hub
