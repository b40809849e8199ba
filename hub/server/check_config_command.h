// `vervet-hub check-config`.
#ifndef VERVET_HUB_SERVER_CHECK_CONFIG_COMMAND_H_
#define VERVET_HUB_SERVER_CHECK_CONFIG_COMMAND_H_

#include <memory>

#include "core/cli/program.h"

namespace vervet::hub {

std::unique_ptr<cli::Command> MakeCheckConfigCommand();

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVER_CHECK_CONFIG_COMMAND_H_
