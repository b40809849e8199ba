// vervet-member: the SDK's first user, and a platform's tool beside its own integration.
#ifndef VERVET_MEMBER_SDK_CLI_MEMBER_CLI_H_
#define VERVET_MEMBER_SDK_CLI_MEMBER_CLI_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/environment.h"
#include "core/cli/stop_signal.h"
#include "core/cli/streams.h"
#include "vervet/client.h"

namespace vervet::member_cli {

// Client::Open in the program, a fake in tests.
using ClientFactory = std::function<absl::StatusOr<std::unique_ptr<Client>>(ClientOptions options)>;

// What reaches the commands from outside. Borrowed; outlives the call.
struct Seams {
  ClientFactory open_client;
  Environment* environment = nullptr;
  cli::StopSignal* stop = nullptr;
  // In the place of stop->WaitFor, in tests, which do not wait.
  std::function<bool(absl::Duration)> wait;

  // True when a stop was requested, before or while waiting.
  bool Wait(absl::Duration duration) const {
    return wait ? wait(duration) : stop->WaitFor(duration);
  }
};

// `args` without the program's name. Returns the exit code. Nothing that it writes holds a raw
// identifier.
int RunMemberCli(const std::vector<std::string>& args, cli::Streams streams, const Seams& seams);

}  // namespace vervet::member_cli

#endif  // VERVET_MEMBER_SDK_CLI_MEMBER_CLI_H_
