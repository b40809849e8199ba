// Every command of vervet.
#ifndef VERVET_HUB_CLI_COMMANDS_H_
#define VERVET_HUB_CLI_COMMANDS_H_

#include "core/cli/program.h"
#include "hub/cli/registry_session.h"

namespace vervet::coordinator_cli {

// Each borrows the invocation, which must outlive the program.
void AddMembersCommands(Invocation& invocation, cli::Program& program);
void AddGroupsCommands(Invocation& invocation, cli::Program& program);
void AddBudgetsCommands(Invocation& invocation, cli::Program& program);
void AddAlertsCommands(Invocation& invocation, cli::Program& program);  // canaries, alerts
// backup-key make, backup-key open
void AddBackupKeyCommands(Invocation& invocation, cli::Program& program);
void AddLogCommands(Invocation& invocation, cli::Program& program);     // log head, log verify
void AddReportCommand(Invocation& invocation, cli::Program& program);   // log check-report
void AddImagesCommands(Invocation& invocation, cli::Program& program);  // images harmless ...
void AddRecordsCommands(Invocation& invocation, cli::Program& program);
// progress status, missing, series, plan
void AddProgressCommands(Invocation& invocation, cli::Program& program);
void AddProgressSeriesCommand(Invocation& invocation, cli::Program& program);  // of the above
void AddProgressPlanCommand(Invocation& invocation, cli::Program& program);    // of the above
// progress release, define, panel, contribute
void AddProgressChanges(Invocation& invocation, cli::Program& program);
// progress releases, restated, export, panels, definitions
void AddProgressLists(Invocation& invocation, cli::Program& program);
void AddListCommands(Invocation& invocation,
                     cli::Program& program);  // members list, groups list, status

}  // namespace vervet::coordinator_cli

#endif  // VERVET_HUB_CLI_COMMANDS_H_
