// What the progress commands' arguments and flags have in common: panel, period, as of when.
#ifndef VERVET_HUB_CLI_PROGRESS_ARGUMENTS_H_
#define VERVET_HUB_CLI_PROGRESS_ARGUMENTS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/cli/flags.h"
#include "hub/cli/registry_session.h"
#include "vervet/v1/progress.pb.h"

namespace vervet::coordinator_cli {

// --panel, --period, --as-of.
struct ProgressFlags {
  std::string panel;
  std::string period;
  std::string as_of;

  void DeclareFlags(cli::FlagSet& flags, bool with_period);
};

// "41234" is a position of the log; "2026-04-30" the end of that day, UTC; "2026-04-30T12:00:00Z"
// that moment. Empty: now. INVALID_ARGUMENT.
absl::StatusOr<v1::AsOf> AsOfArgument(absl::string_view flag, absl::string_view text);

// The panel that is meant, empty: the newest. NOT_FOUND; else the hub's errors.
absl::StatusOr<v1::PanelLine> FindPanel(RegistrySession& session, const std::string& name,
                                        const v1::AsOf& as_of);

// "2026-04": the reporting period of the panel that this month is in. INVALID_ARGUMENT.
absl::StatusOr<v1::Days> PeriodArgument(absl::string_view text, const v1::PanelLine& panel);

// 20544 → "2026-04-01".
std::string DayText(int32_t day);
// "2026-04", "2026-04 to 2026-06", or "2026-04-03 to 2026-04-17" (last day included).
std::string PeriodText(const v1::Days& days);
// 0.8412 → "84.1%"; small shares with as many digits as they need: "0.0123%".
std::string PercentText(double share);
std::string IntervalText(const v1::FigureInterval& interval);
std::string VerdictText(v1::Verdict verdict);
// "whole panel", "class marketplace", "member/market", ...
std::string SubsetText(const v1::FigureSubset& subset);
std::string SurveyorsText(v1::Surveyors surveyors);
// SERIES_PROACTIVE_RATE → "proactive_rate".
std::string KindText(v1::SeriesKind kind);

// The message in protobuf's JSON mapping, field names as in the .proto files.
std::string ProgressJson(const google::protobuf::Message& message);

// "panel founders, definitions 2, as of event 41,234 (2026-09-21 14:13 UTC)\n", and what was
// restated since.
std::string BasisText(const v1::AnswerBasis& basis);

}  // namespace vervet::coordinator_cli

#endif  // VERVET_HUB_CLI_PROGRESS_ARGUMENTS_H_
