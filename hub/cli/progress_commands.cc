// progress status and missing: the figures of one period, and who has not reported.
#include <memory>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/cli/exit_codes.h"
#include "core/cli/table.h"
#include "core/cli/text.h"
#include "hub/cli/commands.h"
#include "hub/cli/progress_arguments.h"
#include "hub/cli/words.h"

namespace vervet::coordinator_cli {
namespace {

using Stub = v1::Progress::StubInterface;
using Align = cli::Table::Align;

// The panel and, where one was named, the period.
template <typename Request>
absl::Status FillScope(const ProgressFlags& flags, RegistrySession& session, Request* request) {
  VERVET_ASSIGN_OR_RETURN(*request->mutable_as_of(), AsOfArgument("as-of", flags.as_of));
  request->set_panel(flags.panel);
  if (flags.period.empty()) return absl::OkStatus();
  VERVET_ASSIGN_OR_RETURN(const v1::PanelLine panel,
                          FindPanel(session, flags.panel, request->as_of()));
  VERVET_ASSIGN_OR_RETURN(*request->mutable_period(), PeriodArgument(flags.period, panel));
  request->set_panel(panel.panel().panel());
  return absl::OkStatus();
}

int RefuseOrExplain(absl::string_view command, const absl::Status& status,
                    const RegistrySession& session, const cli::Streams& streams) {
  if (absl::IsInvalidArgument(status)) return RefuseArguments(command, status, streams);
  return session.Explain(status);
}

cli::Paint PaintOf(v1::Verdict verdict) {
  switch (verdict) {
    case v1::VERDICT_MET:
      return cli::Paint::kGreen;
    case v1::VERDICT_NOT_MET:
      return cli::Paint::kRed;
    default:
      return cli::Paint::kYellow;
  }
}

std::string ReductionText(const v1::GetReductionResponse& answer, const cli::Streams& streams) {
  std::string text = absl::StrCat(
      cli::Printable(answer.panel_title()), ": ", PeriodText(answer.basis().period()), " against ",
      PeriodText(answer.baseline()), ", target ", PercentText(answer.target()),
      ", exposure in: ", cli::Printable(answer.unit()), "\n\n");
  cli::Table table({{"FIGURE"},
                    {"SURVEYED BY"},
                    {"VERDICT"},
                    {"REDUCTION", Align::kRight},
                    {"95% INTERVAL"},
                    {"MEMBERS", Align::kRight},
                    {"STRATA", Align::kRight},
                    {"WHY"}});
  for (const v1::ReductionFigure& figure : answer.figures()) {
    const bool shown = figure.has_reduction();
    table.AddRow({SubsetText(figure.subset()), SurveyorsText(figure.surveyors()),
                  cli::Cell(VerdictText(figure.verdict()), PaintOf(figure.verdict())),
                  shown ? PercentText(figure.reduction().point()) : "",
                  shown ? IntervalText(figure.reduction()) : "",
                  absl::StrCat(figure.follow_up().members()),
                  absl::StrCat(figure.follow_up().strata()),
                  figure.has_withheld() ? figure.withheld().code() : figure.reason().code()});
  }
  absl::StrAppend(&text, table.Render(streams), "\n");
  if (!answer.figures().empty()) {
    const v1::ReductionFigure& whole = answer.figures(0);
    if (whole.has_reason()) absl::StrAppend(&text, cli::Printable(whole.reason().sentence()), "\n");
    if (whole.has_withheld()) {
      absl::StrAppend(&text, cli::Printable(whole.withheld().sentence()), "\n");
    }
    for (const v1::Why& note : whole.notes()) {
      absl::StrAppend(&text, "note: ", cli::Printable(note.sentence()), "\n");
    }
    if (whole.without_follow_up_size() > 0) {
      absl::StrAppend(&text, "missing in this period: ",
                      cli::Count(static_cast<uint64_t>(whole.without_follow_up_size()), "strata"),
                      "; `vervet progress missing` names them\n");
    }
  }
  return absl::StrCat(text, BasisText(answer.basis()));
}

class StatusCommand final : public cli::Command {
 public:
  explicit StatusCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "progress status",
        .summary = "the reduction, with its interval and verdict",
        .purpose =
            "How far what members' samples found has fallen against the panel's baseline: for "
            "the whole panel, and for each platform class, taxon group and sharing group. "
            "\"met\" means that the lower end of the interval is at or above the target, \"not "
            "met\" that the upper end is below it. Everything else is \"cannot tell\", with the "
            "reason. docs/measuring-reduction.md explains the figures.",
        .examples = {{"progress status", "the newest period that has a survey"},
                     {"progress status --period 2026-04 --as-of 2026-06-30",
                      "April, as it was known at the end of June"},
                     {"progress status --members", "each member's own figure, too"}},
        .exit_codes = CommonExitCodes()};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    scope_.DeclareFlags(flags, true);
    flags.Switch("members", "each member's figure, too", &members_);
  }
  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    int exit_code = cli::kExitOk;
    const auto session = RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    v1::GetReductionRequest request;
    const absl::Status scoped = FillScope(scope_, *session, &request);
    if (!scoped.ok()) return RefuseOrExplain("progress status", scoped, *session, streams);
    request.set_with_members(members_);
    v1::GetReductionResponse answer;
    const absl::Status status = session->Call(&Stub::GetReduction, request, &answer);
    if (!status.ok()) return session->Explain(status);
    *streams.out << (invocation_.json ? ProgressJson(answer) : ReductionText(answer, streams));
    return cli::kExitOk;
  }

 private:
  Invocation& invocation_;
  ProgressFlags scope_;
  bool members_ = false;
};

std::string StateText(v1::CoverageState state) {
  switch (state) {
    case v1::COVERAGE_ON_TIME:
      return "on time";
    case v1::COVERAGE_LATE:
      return "late";
    case v1::COVERAGE_PARTIAL:
      return "in part";
    case v1::COVERAGE_MISSING:
      return "missing";
    default:
      return "not due";
  }
}

std::string MissingStrata(const v1::MemberCoverage& line) {
  if (line.strata_surveyed() == 0) return "all";
  std::string text;
  for (const v1::SurveyStratum& stratum : line.missing()) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", stratum.surface(), "/", stratum.taxon_group(),
                    "/", stratum.language());
  }
  return text;
}

std::string CoverageText(const v1::GetCoverageResponse& answer, const cli::Streams& streams) {
  std::string text = absl::StrCat(
      PeriodText(answer.basis().period()), ", due by ", DayText(answer.due_day() - 1), ": ",
      answer.complete(), " of ", cli::Count(answer.members(), "member"), " complete, ",
      answer.on_time(), " on time, ", answer.partial(), " in part, ", answer.missing(), " missing",
      answer.not_due() == 0 ? "" : absl::StrCat(", ", answer.not_due(), " not due yet"), "\n");
  absl::StrAppend(&text,
                  answer.has_why()
                      ? cli::Printable(answer.why().sentence())
                      : absl::StrCat("surveyed strata had ", PercentText(answer.exposure_share()),
                                     " of the baseline's exposure"),
                  "\n\n");
  cli::Table table({{"MEMBER"},
                    {"STATE"},
                    {"STRATA", Align::kRight},
                    {"OF", Align::kRight},
                    {"SHARE", Align::kRight},
                    {"ACTIVITY", Align::kRight},
                    {"LAST"},
                    {"SIGNED OFF BY"},
                    {"MISSING"}});
  for (const v1::MemberCoverage& line : answer.lines()) {
    const bool bad = line.state() == v1::COVERAGE_MISSING;
    table.AddRow({line.suspended() ? absl::StrCat(line.party(), " (suspended)") : line.party(),
                  cli::Cell(StateText(line.state()), bad ? cli::Paint::kRed : cli::Paint::kPlain),
                  absl::StrCat(line.strata_surveyed()), absl::StrCat(line.strata()),
                  PercentText(line.baseline_exposure_share()),
                  absl::StrCat(line.activity_contributions()),
                  line.last_contribution_us() == 0
                      ? ""
                      : cli::TimeForPeople(absl::FromUnixMicros(line.last_contribution_us())),
                  line.signed_off_by(), MissingStrata(line)});
  }
  absl::StrAppend(&text, table.Render(streams), "\n");
  if (answer.waiting_for_a_panel_size() > 0) {
    absl::StrAppend(&text, "waiting for a new panel: ",
                    cli::Count(static_cast<uint64_t>(answer.waiting_for_a_panel_size()), "strata"),
                    "\n");
  }
  return absl::StrCat(text, BasisText(answer.basis()));
}

class MissingCommand final : public cli::Command {
 public:
  explicit MissingCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "progress missing",
        .summary = "who has reported, and who is missing",
        .purpose =
            "For one reporting period of a panel, without --period the newest that is over: "
            "whether each member has surveyed all of its strata, and in time. SHARE is its part "
            "of the baseline's exposure, so that you know whom to call first.",
        .examples = {{"progress missing", "the newest period that is over"},
                     {"progress missing --period 2026-04", "April's"}},
        .exit_codes = CommonExitCodes()};
  }
  void DeclareFlags(cli::FlagSet& flags) override { scope_.DeclareFlags(flags, true); }
  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    int exit_code = cli::kExitOk;
    const auto session = RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    v1::GetCoverageRequest request;
    const absl::Status scoped = FillScope(scope_, *session, &request);
    if (!scoped.ok()) return RefuseOrExplain("progress missing", scoped, *session, streams);
    v1::GetCoverageResponse answer;
    const absl::Status status = session->Call(&Stub::GetCoverage, request, &answer);
    if (!status.ok()) return session->Explain(status);
    *streams.out << (invocation_.json ? ProgressJson(answer) : CoverageText(answer, streams));
    return cli::kExitOk;
  }

 private:
  Invocation& invocation_;
  ProgressFlags scope_;
};

}  // namespace

void AddProgressCommands(Invocation& invocation, cli::Program& program) {
  program.Add(std::make_unique<StatusCommand>(invocation));
  program.Add(std::make_unique<MissingCommand>(invocation));
  AddProgressSeriesCommand(invocation, program);
  AddProgressPlanCommand(invocation, program);
}

}  // namespace vervet::coordinator_cli
