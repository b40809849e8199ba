// `vervet-hub store ...` and `vervet-hub keyring ...`: backup, verification, restore.
#ifndef VERVET_HUB_SERVER_BACKUP_COMMANDS_H_
#define VERVET_HUB_SERVER_BACKUP_COMMANDS_H_

#include "core/cli/program.h"

namespace vervet::hub {

void AddStoreCommands(cli::Program& program);    // store backup, store verify, store restore
void AddKeyringCommands(cli::Program& program);  // keyring backup, keyring restore

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVER_BACKUP_COMMANDS_H_
