#include <string>
#include <vector>

#include "core/base/environment.h"
#include "core/cli/stop_signal.h"
#include "core/cli/streams.h"
#include "core/net/lock_checks.h"
#include "member-sdk/cli/member_cli.h"
#include "vervet/client.h"

int main(int argc, char** argv) {
  vervet::net::LeaveOutLockChecks();
  static vervet::cli::StopSignal stop;  // the signal thread outlives main's last statement
  vervet::cli::StopSignal::ListenForSignals(&stop);
  vervet::member_cli::Seams seams;
  seams.open_client = [](vervet::ClientOptions options) {
    return vervet::Client::Open(std::move(options));
  };
  seams.environment = vervet::Environment::System();
  seams.stop = &stop;
  return vervet::member_cli::RunMemberCli(std::vector<std::string>(argv + 1, argv + argc),
                                          vervet::cli::Streams::OfProcess(), seams);
}
