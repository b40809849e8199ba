// vervet-dashboard: its flags, and its life from start to signal.
#ifndef VERVET_HUB_DASHBOARD_DASHBOARD_CLI_H_
#define VERVET_HUB_DASHBOARD_DASHBOARD_CLI_H_

#include <string>
#include <vector>

#include "core/cli/stop_signal.h"
#include "core/cli/streams.h"

namespace vervet::dashboard {

// `args` without the program's name. Returns the exit code. `stop` is borrowed.
int RunDashboardCli(std::vector<std::string> args, cli::Streams streams, cli::StopSignal* stop);

}  // namespace vervet::dashboard

#endif  // VERVET_HUB_DASHBOARD_DASHBOARD_CLI_H_
