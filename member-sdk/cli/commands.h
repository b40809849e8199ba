// Every command of vervet-member. One file each, or each few that belong together.
#ifndef VERVET_MEMBER_SDK_CLI_COMMANDS_H_
#define VERVET_MEMBER_SDK_CLI_COMMANDS_H_

#include <memory>

#include "core/cli/program.h"
#include "member-sdk/cli/session.h"

namespace vervet::member_cli {

// Each borrows the invocation, which must outlive it.
std::unique_ptr<cli::Command> MakeInitCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeCheckCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeBackfillCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeHashCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeListQuarantinesCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeReleaseQuarantineCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakePublishCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeRetractCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeImportCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeOpinionCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeAnswerCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeEraseCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeShowRecordCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeRemediesCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeNoteActionCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeAcknowledgeCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeShowSubjectCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeObjectCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeEraseSubjectCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeSubmitActivityCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeSubmitSurveyCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeSubmitTeamCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeProgressImportCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeProgressStatusCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeProgressSeriesCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeProgressListCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeProgressOutboxCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeProgressDefinitionsCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeWatchCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeSyncCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeStatusCommand(Invocation& invocation);
std::unique_ptr<cli::Command> MakeFlushCommand(Invocation& invocation);

}  // namespace vervet::member_cli

#endif  // VERVET_MEMBER_SDK_CLI_COMMANDS_H_
