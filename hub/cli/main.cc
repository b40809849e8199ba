#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "core/base/environment.h"
#include "core/cli/streams.h"
#include "core/net/lock_checks.h"
#include "hub/cli/connection.h"
#include "hub/cli/coordinator_cli.h"

int main(int argc, char** argv) {
  vervet::net::LeaveOutLockChecks();
  vervet::coordinator_cli::Seams seams;
  seams.connect = vervet::coordinator_cli::Connect;
  seams.environment = vervet::Environment::System();
  seams.sleep = absl::SleepFor;
  return vervet::coordinator_cli::RunCoordinatorCli(std::vector<std::string>(argv + 1, argv + argc),
                                                    vervet::cli::Streams::OfProcess(), seams);
}
