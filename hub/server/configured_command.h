// What the hub's commands share: --config, and how they end.
#ifndef VERVET_HUB_SERVER_CONFIGURED_COMMAND_H_
#define VERVET_HUB_SERVER_CONFIGURED_COMMAND_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "core/cli/exit_codes.h"
#include "core/cli/program.h"
#include "hub/config/config.h"

namespace vervet::hub {

// 0, 1 and 2, as every command of the hub has them.
const std::vector<std::pair<int, std::string>>& HubExitCodes();

// Prints `status` and returns `exit_code`.
int Report(const cli::Streams& streams, const absl::Status& status,
           int exit_code = cli::kExitFailed);

// --config FILE, required.
void DeclareConfigFlag(cli::FlagSet& flags, std::string* path);

// Every command has --config.
class ConfiguredCommand : public cli::Command {
 public:
  void DeclareFlags(cli::FlagSet& flags) override;
  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override;

 protected:
  virtual int RunWith(const Config& config, cli::Streams& streams) = 0;

 private:
  std::string path_;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVER_CONFIGURED_COMMAND_H_
