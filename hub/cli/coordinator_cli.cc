#include "hub/cli/coordinator_cli.h"

#include "core/cli/program.h"
#include "hub/cli/commands.h"

namespace vervet::coordinator_cli {

int RunCoordinatorCli(const std::vector<std::string>& args, cli::Streams streams,
                      const Seams& seams) {
  Invocation invocation;
  invocation.seams = &seams;
  cli::Program program(
      {.name = "vervet",
       .summary =
           "the coordinators' command line: who belongs to the coalition, and who shares with whom",
       .purpose =
           "Talks to the hub over mutual TLS with a coordinator's certificate. Every change is an "
           "event in the log, "
           "with your name on it.\n\n"
           "A coalition's first day:\n"
           "  vervet groups create coalition --name 'The whole coalition' --transfer-instrument "
           "'SCC 2021/914'\n"
           "  vervet members admit market --name 'Example Market' --region IE --group coalition\n"
           "  vervet members list",
       .environment = {{"VERVET_CONFIG", "the configuration where --config is not given"},
                       {"NO_COLOR", "set to anything: no colour, even on a terminal"}}},
      [&invocation](cli::FlagSet& flags) { invocation.DeclareFlags(flags); });
  AddMembersCommands(invocation, program);
  AddGroupsCommands(invocation, program);
  AddBudgetsCommands(invocation, program);
  AddAlertsCommands(invocation, program);
  AddRecordsCommands(invocation, program);
  AddImagesCommands(invocation, program);
  AddProgressCommands(invocation, program);
  AddProgressChanges(invocation, program);
  AddProgressLists(invocation, program);
  AddListCommands(invocation, program);
  AddLogCommands(invocation, program);
  AddReportCommand(invocation, program);
  AddBackupKeyCommands(invocation, program);
  return program.Run(args, streams);
}

}  // namespace vervet::coordinator_cli
