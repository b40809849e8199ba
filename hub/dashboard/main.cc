#include <string>
#include <vector>

#include "core/cli/stop_signal.h"
#include "core/cli/streams.h"
#include "core/net/lock_checks.h"
#include "hub/dashboard/dashboard_cli.h"

int main(int argc, char** argv) {
  vervet::net::LeaveOutLockChecks();
  static vervet::cli::StopSignal stop;  // the signal thread outlives main's last statement
  vervet::cli::StopSignal::ListenForSignals(&stop);
  return vervet::dashboard::RunDashboardCli(std::vector<std::string>(argv + 1, argv + argc),
                                            vervet::cli::Streams::OfProcess(), &stop);
}
