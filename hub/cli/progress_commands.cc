// progress status, series, missing and plan: the figures.
#include <algorithm>
#include <memory>
#include <ostream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
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

// ---- Series.

std::string LineText(const v1::Series& series) {
  std::string text = KindText(series.kind());
  if (series.surveyors() == v1::INDEPENDENT_SURVEYORS) absl::StrAppend(&text, " (independent)");
  for (const std::string& part : {series.action(), series.detected_by(), series.taxon()}) {
    if (!part.empty()) absl::StrAppend(&text, " ", part);
  }
  const std::string subset = SubsetText(series.subset());
  if (subset != "whole panel") absl::StrAppend(&text, ", ", subset);
  if (!series.unit().empty()) absl::StrAppend(&text, " [", series.unit(), "]");
  return text;
}

std::string ValueText(const v1::Series& series, const v1::SeriesPoint& point) {
  if (point.withheld()) return "withheld";
  if (!point.has_value()) return "-";
  if (series.unit() == "share") return PercentText(point.value());
  if (point.value() == static_cast<double>(static_cast<uint64_t>(point.value()))) {
    return cli::WithThousands(static_cast<uint64_t>(point.value()));
  }
  return absl::StrFormat("%.2f", point.value());
}

std::string SeriesText(const v1::GetSeriesResponse& answer, const cli::Streams& streams) {
  std::string text;
  for (const v1::Series& series : answer.series()) {
    absl::StrAppend(&text, cli::Printable(LineText(series)), "\n");
    cli::Table table({{"PERIOD"},
                      {"VALUE", Align::kRight},
                      {"95% INTERVAL"},
                      {"MEMBERS", Align::kRight},
                      {"DEFINITIONS"},
                      {"WHY"}});
    for (const v1::SeriesPoint& point : series.points()) {
      std::string versions;
      for (const uint32_t version : point.definition_versions()) {
        absl::StrAppend(&versions, versions.empty() ? "" : ", ", version);
      }
      table.AddRow({PeriodText(point.days()), ValueText(series, point),
                    point.has_interval() ? IntervalText(point.interval()) : "",
                    point.contributors() == 0 ? "" : absl::StrCat(point.contributors()), versions,
                    point.why().code()});
    }
    absl::StrAppend(&text, table.empty() ? "nothing yet\n" : table.Render(streams), "\n");
  }
  for (const v1::SeriesMarker& marker : answer.markers()) {
    absl::StrAppend(&text, DayText(marker.day()), "  ",
                    marker.kind() == v1::DEFINITIONS_CHANGED    ? "definitions: "
                    : marker.kind() == v1::PANEL_CREATED_MARKER ? "panel: "
                                                                : "frame: ",
                    cli::Printable(marker.text()), "\n");
  }
  return absl::StrCat(text, BasisText(answer.basis()));
}

std::vector<std::string> KindChoices() {
  std::vector<std::string> choices;
  for (int kind = 1; kind <= v1::SeriesKind_MAX; ++kind) {
    choices.push_back(KindText(static_cast<v1::SeriesKind>(kind)));
  }
  return choices;
}

absl::StatusOr<v1::SeriesKind> KindArgument(absl::string_view text) {
  v1::SeriesKind kind;
  const std::string name =
      absl::StrCat("SERIES_", absl::AsciiStrToUpper(cli::ChoiceSpelling(text)));
  if (v1::SeriesKind_Parse(name, &kind) && kind != v1::SERIES_KIND_UNSPECIFIED) return kind;
  std::string all;
  for (const std::string& choice : KindChoices()) {
    absl::StrAppend(&all, all.empty() ? "" : ", ", choice);
  }
  return absl::InvalidArgumentError(absl::StrCat("KIND: must be one of ", all));
}

v1::SeriesSplit SplitOf(const std::string& by) {
  if (by == "class") return v1::SPLIT_PLATFORM_CLASS;
  if (by == "taxa") return v1::SPLIT_TAXON_GROUP;
  if (by == "group") return v1::SPLIT_SHARING_GROUP;
  if (by == "source") return v1::SPLIT_DETECTION_SOURCE;
  if (by == "member") return v1::SPLIT_MEMBER;
  return v1::SPLIT_NONE;
}

class SeriesCommand final : public cli::Command {
 public:
  explicit SeriesCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "progress series",
        .arguments = "KIND",
        .summary = "one kind of figure, period by period",
        .purpose =
            "KIND is prevalence, reduction, activity, proactive_rate, views_before_removal, "
            "precision, recall, appeals, restored, signatures_shared, sightings, "
            "cross_member_matches, false_match_rate, reappeared, reports_in_72h, referrals or "
            "taxa. Activity is counted for each action in its own unit and never added up. "
            "Below the lines stand the changes across which they must not be read: of "
            "definitions, of the panel, and of who was surveyed.",
        .examples = {{"progress series prevalence --by class", "by platform class"},
                     {"progress series activity --by source", "what was done, by who found it"}},
        .exit_codes = CommonExitCodes(),
        .minimum_arguments = 1,
        .maximum_arguments = 1};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    scope_.DeclareFlags(flags, false);
    flags.Choice("by", "WHAT", "a line for each class, taxa, group, source or member",
                 {"class", "taxa", "group", "source", "member"}, &by_);
  }
  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    const absl::StatusOr<v1::SeriesKind> kind = KindArgument(arguments[0]);
    if (!kind.ok()) return RefuseArguments("progress series", kind.status(), streams);
    const absl::StatusOr<v1::AsOf> as_of = AsOfArgument("as-of", scope_.as_of);
    if (!as_of.ok()) return RefuseArguments("progress series", as_of.status(), streams);
    int exit_code = cli::kExitOk;
    const auto session = RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    v1::GetSeriesRequest request;
    request.set_panel(scope_.panel);
    request.add_kinds(*kind);
    request.set_split(SplitOf(by_));
    *request.mutable_as_of() = *as_of;
    v1::GetSeriesResponse answer;
    const absl::Status status = session->Call(&Stub::GetSeries, request, &answer);
    if (!status.ok()) return session->Explain(status);
    *streams.out << (invocation_.json ? ProgressJson(answer) : SeriesText(answer, streams));
    return cli::kExitOk;
  }

 private:
  Invocation& invocation_;
  ProgressFlags scope_;
  std::string by_;
};

// ---- Missing.

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
  std::string text =
      absl::StrCat(PeriodText(answer.basis().period()), ", due by ", DayText(answer.due_day() - 1),
                   ": ", answer.complete(), " of ", cli::Count(answer.members(), "member"),
                   " complete, ", answer.on_time(), " on time, ", answer.partial(), " in part, ",
                   answer.missing(), " missing\n");
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

// ---- Plan.

absl::Status ShareFlag(absl::string_view flag, const std::string& text, double* value) {
  if (text.empty()) return absl::OkStatus();
  std::string digits = text;
  const bool percent = !digits.empty() && digits.back() == '%';
  if (percent) digits.pop_back();
  if (!absl::SimpleAtod(digits, value)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--", flag, ": must be a share, such as 85% or 0.85"));
  }
  if (percent) *value /= 100;
  if (*value > 0 && *value <= 1) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("--", flag, ": must be above 0 and at most 100%"));
}

std::string PlanText(const v1::PlanResponse& plan, const cli::Streams& streams) {
  std::string text = absl::StrCat(
      "to show ", PercentText(plan.target()), " with a chance of ", PercentText(plan.power()),
      " where the truth is ", PercentText(plan.truth()), ":\n",
      cli::WithThousands(static_cast<uint64_t>(plan.listings())),
      " listings in each period, which will bring about ",
      cli::WithThousands(static_cast<uint64_t>(plan.baseline_positives() + 0.5)),
      " confirmed positives in the baseline and ",
      cli::WithThousands(static_cast<uint64_t>(plan.follow_up_positives() + 0.5)),
      " after it;\nthe interval will be about ", IntervalText(plan.likely_interval()), "\n\n");
  cli::Table table(
      {{"MEMBER"}, {"LISTINGS", Align::kRight}, {"POSITIVES IN THE BASELINE", Align::kRight}});
  for (const v1::PlanLine& line : plan.lines()) {
    table.AddRow({line.name(), cli::WithThousands(static_cast<uint64_t>(line.listings())),
                  cli::WithThousands(static_cast<uint64_t>(line.baseline_positives() + 0.5))});
  }
  return absl::StrCat(text, table.Render(streams));
}

class PlanCommand final : public cli::Command {
 public:
  explicit PlanCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "progress plan",
        .summary = "how much each member must sample",
        .purpose =
            "How many listings must be reviewed in each period so that the verdict is \"met\" "
            "with the wished chance, if the truth is so much. Exposure and prevalence are those "
            "of the panel's baseline; with --exposure and --prevalence those that you expect, "
            "for the coalition as a whole.",
        .examples = {{"progress plan --truth 85%", "from the newest panel's baseline"},
                     {"progress plan --prevalence 0.0001 --exposure 1e9 --truth 90%",
                      "before there is a panel"}},
        .exit_codes = CommonExitCodes()};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.String("panel", "NAME", "which panel (default: the newest)", &panel_);
    flags.String("truth", "SHARE", "the reduction that you believe in (default 85%)", &truth_);
    flags.String("target", "SHARE", "what is to be shown (default 80%)", &target_);
    flags.String("power", "SHARE", "the chance of showing it (default 80%)", &power_);
    flags.String("prevalence", "SHARE", "expected in the baseline; instead of a panel",
                 &prevalence_);
    flags.String("exposure", "NUMBER", "views, or active listings; with --prevalence", &exposure_);
    flags.String("sensitivity", "SHARE", "share of positives that reviewers find (default 100%)",
                 &sensitivity_);
    flags.String("reviewed-again", "SHARE",
                 "share of positives that get a second review (default 100%)", &reviewed_again_);
    flags.Choice("allocation", "HOW", "by_exposure (default), neyman or equal",
                 {"by_exposure", "neyman", "equal"}, &allocation_);
  }
  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    v1::PlanRequest request;
    const absl::Status built = Build(&request);
    if (!built.ok()) return RefuseArguments("progress plan", built, streams);
    int exit_code = cli::kExitOk;
    const auto session = RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    if (request.strata().empty()) {
      const absl::StatusOr<v1::PanelLine> panel = FindPanel(*session, panel_, v1::AsOf());
      if (!panel.ok()) return session->Explain(panel.status());
      request.set_panel(panel->panel().panel());
    }
    v1::PlanResponse answer;
    const absl::Status status = session->Call(&Stub::Plan, request, &answer);
    if (!status.ok()) return session->Explain(status);
    *streams.out << (invocation_.json ? ProgressJson(answer) : PlanText(answer, streams));
    return cli::kExitOk;
  }

 private:
  absl::Status Build(v1::PlanRequest* request) const {
    double truth = 0, target = 0, power = 0, prevalence = 0, sensitivity = 0, reviewed = 0;
    VERVET_RETURN_IF_ERROR(ShareFlag("truth", truth_, &truth));
    VERVET_RETURN_IF_ERROR(ShareFlag("target", target_, &target));
    VERVET_RETURN_IF_ERROR(ShareFlag("power", power_, &power));
    VERVET_RETURN_IF_ERROR(ShareFlag("prevalence", prevalence_, &prevalence));
    VERVET_RETURN_IF_ERROR(ShareFlag("sensitivity", sensitivity_, &sensitivity));
    VERVET_RETURN_IF_ERROR(ShareFlag("reviewed-again", reviewed_again_, &reviewed));
    request->set_truth(truth);
    request->set_target(target);
    request->set_power(power);
    request->set_sensitivity(sensitivity);
    request->set_reviewed_again(reviewed);
    request->set_allocation(allocation_ == "neyman"  ? v1::PLAN_NEYMAN
                            : allocation_ == "equal" ? v1::PLAN_EQUAL
                                                     : v1::PLAN_BY_EXPOSURE);
    if (prevalence_.empty() && exposure_.empty()) return absl::OkStatus();
    double exposure = 1;
    if (prevalence_.empty() || !panel_.empty() ||
        (!exposure_.empty() && !absl::SimpleAtod(exposure_, &exposure))) {
      return absl::InvalidArgumentError(
          "--exposure: must be a number, beside --prevalence and without --panel");
    }
    v1::PlanStratum& stratum = *request->add_strata();
    stratum.set_name("the coalition");
    stratum.set_exposure(exposure);
    stratum.set_prevalence(prevalence);
    return absl::OkStatus();
  }

  Invocation& invocation_;
  std::string panel_, truth_, target_, power_, prevalence_, exposure_, sensitivity_,
      reviewed_again_, allocation_;
};

}  // namespace

void AddProgressCommands(Invocation& invocation, cli::Program& program) {
  program.Add(std::make_unique<StatusCommand>(invocation));
  program.Add(std::make_unique<MissingCommand>(invocation));
  program.Add(std::make_unique<SeriesCommand>(invocation));
  program.Add(std::make_unique<PlanCommand>(invocation));
}

}  // namespace vervet::coordinator_cli
