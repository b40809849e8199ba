// vervet: the coordinators' command line.
#ifndef VERVET_HUB_CLI_COORDINATOR_CLI_H_
#define VERVET_HUB_CLI_COORDINATOR_CLI_H_

#include <grpcpp/channel.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/environment.h"
#include "core/cli/streams.h"
#include "hub/cli/connection.h"

namespace vervet::coordinator_cli {

// What reaches the commands from outside. Borrowed; outlives the call.
struct Seams {
  // Connect in the program; a test's own server in tests.
  std::function<absl::StatusOr<std::shared_ptr<grpc::Channel>>(const ConnectionSettings&)> connect;
  Environment* environment = nullptr;
  std::function<void(absl::Duration)> sleep;  // between attempts
};

// `args` without the program's name. Returns the exit code.
int RunCoordinatorCli(const std::vector<std::string>& args, cli::Streams streams,
                      const Seams& seams);

}  // namespace vervet::coordinator_cli

#endif  // VERVET_HUB_CLI_COORDINATOR_CLI_H_
