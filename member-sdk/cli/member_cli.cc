#include "member-sdk/cli/member_cli.h"

#include "core/cli/program.h"
#include "member-sdk/cli/commands.h"
#include "member-sdk/cli/session.h"

namespace vervet::member_cli {

int RunMemberCli(const std::vector<std::string>& args, cli::Streams streams, const Seams& seams) {
  Invocation invocation;
  invocation.seams = &seams;
  cli::Program program(
      {.name = "vervet-member",
       .summary = "recognise, on your own platform, whom the coalition's platforms have acted on",
       .purpose = "Raw identifiers stay on this machine: the hub sees them blinded, matching "
                  "happens in the vault, and no "
                  "output of this program repeats one. A match is evidence with its source; a "
                  "person decides what "
                  "follows.\n\n"
                  "A first round:\n"
                  "  vervet-member init --template > member.textproto   (then fill it in)\n"
                  "  vervet-member init\n"
                  "  vervet-member check --csv users.csv\n"
                  "  vervet-member watch\n\n"
                  "The vault belongs to one process at a time: while `watch` runs, other commands "
                  "are refused.",
       .environment = {{"VERVET_MEMBER_CONFIG", "the configuration where --config is not given"},
                       {"NO_COLOR", "set to anything: no colour, even on a terminal"}}},
      [&invocation](cli::FlagSet& flags) { invocation.DeclareFlags(flags); });
  program.Add(MakeInitCommand(invocation));
  program.Add(MakeCheckCommand(invocation));
  program.Add(MakeBackfillCommand(invocation));
  program.Add(MakeHashCommand(invocation));
  program.Add(MakePublishCommand(invocation));
  program.Add(MakeRetractCommand(invocation));
  program.Add(MakeImportCommand(invocation));
  program.Add(MakeOpinionCommand(invocation));
  program.Add(MakeAnswerCommand(invocation));
  program.Add(MakeEraseCommand(invocation));
  program.Add(MakeShowRecordCommand(invocation));
  program.Add(MakeRemediesCommand(invocation));
  program.Add(MakeNoteActionCommand(invocation));
  program.Add(MakeAcknowledgeCommand(invocation));
  program.Add(MakeShowSubjectCommand(invocation));
  program.Add(MakeObjectCommand(invocation));
  program.Add(MakeEraseSubjectCommand(invocation));
  program.Add(MakeSubmitActivityCommand(invocation));
  program.Add(MakeSubmitSurveyCommand(invocation));
  program.Add(MakeSubmitTeamCommand(invocation));
  program.Add(MakeProgressImportCommand(invocation));
  program.Add(MakeProgressStatusCommand(invocation));
  program.Add(MakeProgressSeriesCommand(invocation));
  program.Add(MakeProgressListCommand(invocation));
  program.Add(MakeProgressOutboxCommand(invocation));
  program.Add(MakeProgressDefinitionsCommand(invocation));
  program.Add(MakeListQuarantinesCommand(invocation));
  program.Add(MakeReleaseQuarantineCommand(invocation));
  program.Add(MakeWatchCommand(invocation));
  program.Add(MakeSyncCommand(invocation));
  program.Add(MakeStatusCommand(invocation));
  program.Add(MakeFlushCommand(invocation));
  return program.Run(args, streams);
}

}  // namespace vervet::member_cli
