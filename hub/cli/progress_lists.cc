// progress definitions, panels, releases, restated and export: what there is, and what changed.
#include <google/protobuf/text_format.h>

#include <memory>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/cli/csv.h"
#include "core/cli/exit_codes.h"
#include "core/cli/json.h"
#include "core/cli/table.h"
#include "core/cli/text.h"
#include "hub/cli/commands.h"
#include "hub/cli/progress_arguments.h"
#include "hub/cli/words.h"

namespace vervet::coordinator_cli {
namespace {

using Stub = v1::Progress::StubInterface;
using Align = cli::Table::Align;

class DefinitionsCommand final : public cli::Command {
 public:
  explicit DefinitionsCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "progress definitions",
            .summary = "what contributions are counted under",
            .purpose = "In protobuf's text format, as `progress define` reads it.",
            .examples = {{"progress definitions --version 1", "the first"}},
            .exit_codes = CommonExitCodes()};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.Int("version", "NUMBER", "which version (default: the newest)", 1, 1'000'000, &version_);
  }
  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    int exit_code = cli::kExitOk;
    const auto session = RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    v1::GetDefinitionsRequest request;
    request.set_version(static_cast<uint32_t>(version_));
    v1::GetDefinitionsResponse answer;
    const absl::Status status = session->Call(&Stub::GetDefinitions, request, &answer);
    if (!status.ok()) return session->Explain(status);
    if (invocation_.json) {
      *streams.out << ProgressJson(answer);
      return cli::kExitOk;
    }
    std::string text;
    google::protobuf::TextFormat::Printer printer;
    printer.SetUseUtf8StringEscaping(true);
    printer.PrintToString(answer.definitions(), &text);
    *streams.out << "# version " << answer.definitions().version() << ", by "
                 << cli::Printable(answer.defined_by()) << ", "
                 << cli::TimeForPeople(absl::FromUnixMicros(answer.time_us())) << "\n"
                 << text;
    return cli::kExitOk;
  }

 private:
  Invocation& invocation_;
  int64_t version_ = 0;
};

class PanelsCommand final : public cli::Command {
 public:
  explicit PanelsCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "progress panels",
            .summary = "the panels, newest first",
            .purpose = "With their baselines, reporting periods, and what was released.",
            .examples = {{"progress panels", "for people"}},
            .exit_codes = CommonExitCodes()};
  }
  void DeclareFlags(cli::FlagSet&) override {}
  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    int exit_code = cli::kExitOk;
    const auto session = RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    v1::ListPanelsResponse answer;
    const absl::Status status = session->Call(&Stub::ListPanels, v1::ListPanelsRequest(), &answer);
    if (!status.ok()) return session->Explain(status);
    if (invocation_.json) {
      *streams.out << ProgressJson(answer);
      return cli::kExitOk;
    }
    cli::Table table({{"PANEL"},
                      {"TITLE"},
                      {"BASELINE"},
                      {"MONTHS", Align::kRight},
                      {"MEMBERS", Align::kRight},
                      {"STRATA", Align::kRight},
                      {"UNIT"},
                      {"PERIODS", Align::kRight},
                      {"RELEASED", Align::kRight}});
    for (const v1::PanelLine& line : answer.panels()) {
      table.AddRow({line.panel().panel(), line.panel().title(), PeriodText(line.panel().baseline()),
                    absl::StrCat(line.panel().period_months()), absl::StrCat(line.members()),
                    absl::StrCat(line.strata()), line.panel().unit(),
                    absl::StrCat(line.periods_size()), absl::StrCat(line.released_size())});
    }
    *streams.out << (table.empty() ? "no panel yet; make one: vervet progress panel FILE\n"
                                   : table.Render(streams));
    return cli::kExitOk;
  }

 private:
  Invocation& invocation_;
};

class ReleasesCommand final : public cli::Command {
 public:
  explicit ReleasesCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "progress releases",
            .summary = "what was shown to members, newest first",
            .purpose = "SHOWN and WITHHELD count figures.",
            .examples = {{"progress releases", "of all panels"}},
            .exit_codes = CommonExitCodes()};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.String("panel", "NAME", "of one panel", &panel_);
  }
  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    int exit_code = cli::kExitOk;
    const auto session = RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    v1::ListReleasesRequest request;
    request.set_panel(panel_);
    v1::ListReleasesResponse answer;
    const absl::Status status = session->Call(&Stub::ListReleases, request, &answer);
    if (!status.ok()) return session->Explain(status);
    if (invocation_.json) {
      *streams.out << ProgressJson(answer);
      return cli::kExitOk;
    }
    cli::Table table({{"RELEASE", Align::kRight},
                      {"PANEL"},
                      {"PERIOD"},
                      {"WHEN"},
                      {"BY"},
                      {"SHOWN", Align::kRight},
                      {"WITHHELD", Align::kRight},
                      {"REPLACED BY"},
                      {"NOTE"}});
    for (const v1::ReleaseLine& line : answer.releases()) {
      table.AddRow({absl::StrCat(line.release()), line.panel(), PeriodText(line.period()),
                    cli::TimeForPeople(absl::FromUnixMicros(line.released_us())),
                    line.released_by(), absl::StrCat(line.shown()), absl::StrCat(line.withheld()),
                    line.replaced_by() == 0 ? "" : absl::StrCat(line.replaced_by()), line.note()});
    }
    *streams.out << (table.empty() ? "nothing was released yet\n" : table.Render(streams));
    return cli::kExitOk;
  }

 private:
  Invocation& invocation_;
  std::string panel_;
};

// What a contribution counts, in a few words.
std::string CellText(const v1::Contribution& contribution) {
  if (contribution.has_activity()) {
    const auto& activity = contribution.activity();
    return absl::StrCat(activity.action(), " ", PeriodText(activity.days()));
  }
  if (contribution.has_survey()) {
    const auto& survey = contribution.survey();
    return absl::StrCat("survey ", survey.stratum().surface(), "/", survey.stratum().taxon_group(),
                        "/", survey.stratum().language(), " ", PeriodText(survey.days()));
  }
  return absl::StrCat("team ", contribution.team().team());
}

std::string CountText(const v1::Contribution& contribution) {
  if (contribution.has_activity()) {
    const auto& activity = contribution.activity();
    return activity.withdrawn() ? "withdrawn"
                                : absl::StrCat(activity.count(), " ", activity.unit());
  }
  if (contribution.has_survey()) {
    const auto& survey = contribution.survey();
    if (survey.withdrawn()) return "withdrawn";
    int64_t sampled = 0, positives = 0, confirmed = 0;
    for (const v1::SurveySample& sample : survey.samples()) {
      sampled += sample.sampled();
      positives += sample.positives();
      confirmed += sample.confirmed();
    }
    return absl::StrFormat("%d of %d, %d confirmed, exposure %.6g", positives, sampled, confirmed,
                           survey.exposure());
  }
  const auto& team = contribution.team();
  return team.withdrawn() ? "withdrawn"
                          : absl::StrCat("found ", team.found(), ", missed ", team.missed());
}

class RestatedCommand final : public cli::Command {
 public:
  explicit RestatedCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "progress restated",
            .summary = "what was counted anew, newest first",
            .purpose =
                "Revisions of what members had contributed, with the count before and after; "
                "RELEASES says how many releases had shown the earlier one. Restatement is normal, "
                "and hiding it is not. New definitions, panels and releases follow.",
            .examples = {{"progress restated --since 2026-06-30", "since your last look"}},
            .exit_codes = CommonExitCodes()};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.String("since", "WHEN", "a position of the log, a date or a time", &since_);
    flags.Int("limit", "NUMBER", "how many (default 100)", 1, 1'000, &limit_);
  }
  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    const absl::StatusOr<v1::AsOf> since = AsOfArgument("since", since_);
    if (!since.ok()) return RefuseArguments("progress restated", since.status(), streams);
    int exit_code = cli::kExitOk;
    const auto session = RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    v1::ListRestatementsRequest request;
    *request.mutable_since() = *since;
    request.set_limit(static_cast<uint32_t>(limit_));
    v1::ListRestatementsResponse answer;
    const absl::Status status = session->Call(&Stub::ListRestatements, request, &answer);
    if (!status.ok()) return session->Explain(status);
    *streams.out << (invocation_.json ? ProgressJson(answer) : Text(answer, streams));
    return cli::kExitOk;
  }

 private:
  static std::string Text(const v1::ListRestatementsResponse& answer, const cli::Streams& streams) {
    cli::Table table({{"EVENT", Align::kRight},
                      {"WHEN"},
                      {"MEMBER"},
                      {"WHAT"},
                      {"BEFORE"},
                      {"NOW"},
                      {"RELEASES", Align::kRight}});
    for (const v1::Restatement& one : answer.restatements()) {
      table.AddRow({cli::WithThousands(one.sequence()),
                    cli::TimeForPeople(absl::FromUnixMicros(one.time_us())), one.member(),
                    CellText(one.now()), CountText(one.before()), CountText(one.now()),
                    absl::StrCat(one.releases_touched())});
    }
    std::string text =
        table.empty() ? std::string("nothing was counted anew\n") : table.Render(streams);
    if (answer.more()) absl::StrAppend(&text, "... and more: raise --limit\n");
    for (const v1::SeriesMarker& marker : answer.markers()) {
      absl::StrAppend(&text, DayText(marker.day()), "  ",
                      marker.kind() == v1::PANEL_CREATED_MARKER
                          ? absl::StrCat("panel ", marker.panel(), ": ")
                          : absl::StrCat("definitions ", marker.definition_version(), ": "),
                      cli::Printable(marker.text()), "\n");
    }
    for (const v1::ReleaseLine& release : answer.releases()) {
      absl::StrAppend(&text, cli::TimeForPeople(absl::FromUnixMicros(release.released_us())),
                      "  release ", release.release(), " of ", PeriodText(release.period()), "\n");
    }
    return text;
  }

  Invocation& invocation_;
  std::string since_;
  int64_t limit_ = 100;
};

// ---- Export.

constexpr char kExportHeader[] =
    "kind,surveyors,member,platform_class,taxon_group,sharing_group,action,detected_by,taxon,unit,"
    "first_day,last_day,value,low,high,contributors,verdict,why,panel,definition_version,"
    "position\n";

std::string NumberText(double value) { return absl::StrFormat("%.17g", value); }

void AddExportRow(const v1::AnswerBasis& basis, const v1::Series& series,
                  const v1::SeriesPoint& point, const std::string& verdict, std::string* out) {
  std::string versions;
  for (const uint32_t version : point.definition_versions()) {
    absl::StrAppend(&versions, versions.empty() ? "" : " ", version);
  }
  if (versions.empty()) versions = absl::StrCat(basis.definition_version());
  const std::string cells[] = {KindText(series.kind()),
                               SurveyorsText(series.surveyors()),
                               series.subset().member(),
                               series.subset().platform_class(),
                               series.subset().taxon_group(),
                               series.subset().sharing_group(),
                               series.action(),
                               series.detected_by(),
                               series.taxon(),
                               series.unit(),
                               DayText(point.days().begin()),
                               DayText(point.days().end() - 1),
                               point.has_value() ? NumberText(point.value()) : "",
                               point.has_interval() ? NumberText(point.interval().low()) : "",
                               point.has_interval() ? NumberText(point.interval().high()) : "",
                               point.contributors() == 0 ? "" : absl::StrCat(point.contributors()),
                               verdict,
                               point.why().code(),
                               basis.panel(),
                               versions,
                               absl::StrCat(basis.position())};
  bool first = true;
  for (const std::string& cell : cells) {
    absl::StrAppend(out, first ? "" : ",", cli::CsvField(cell));
    first = false;
  }
  absl::StrAppend(out, "\n");
}

// A reduction as a row of its period.
void AddExportRow(const v1::GetReductionResponse& answer, const v1::ReductionFigure& figure,
                  std::string* out) {
  v1::Series series;
  series.set_kind(v1::SERIES_REDUCTION);
  series.set_surveyors(figure.surveyors());
  *series.mutable_subset() = figure.subset();
  series.set_unit("share");
  v1::SeriesPoint point;
  *point.mutable_days() = answer.basis().period();
  if (figure.has_reduction()) {
    point.set_value(figure.reduction().point());
    *point.mutable_interval() = figure.reduction();
  }
  point.set_contributors(figure.follow_up().members());
  *point.mutable_why() = figure.has_withheld() ? figure.withheld() : figure.reason();
  *point.mutable_definition_versions() = answer.basis().counted_under();
  AddExportRow(answer.basis(), series, point, VerdictText(figure.verdict()), out);
}

class ExportCommand final : public cli::Command {
 public:
  explicit ExportCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "progress export",
            .summary = "every figure in one file",
            .purpose =
                "As CSV one row for each figure of each period: the reduction of the newest period "
                "with its verdict, and the series, for the whole panel and by platform class. Each "
                "row names panel, definitions and log position, so that the same file can be made "
                "again with --as-of. As JSON the hub's answers as they are.",
            .examples = {{"progress export --format csv > progress.csv", "for a spreadsheet"},
                         {"progress export --format json --as-of 41234", "the same, for programs"}},
            .exit_codes = CommonExitCodes()};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    scope_.DeclareFlags(flags, false);
    flags.Choice("format", "FORMAT", "csv (default) or json", {"csv", "json"}, &format_);
  }
  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    const absl::StatusOr<v1::AsOf> as_of = AsOfArgument("as-of", scope_.as_of);
    if (!as_of.ok()) return RefuseArguments("progress export", as_of.status(), streams);
    int exit_code = cli::kExitOk;
    const auto session = RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    v1::GetReductionRequest asked;
    asked.set_panel(scope_.panel);
    *asked.mutable_as_of() = *as_of;
    v1::GetReductionResponse reduction;
    absl::Status status = session->Call(&Stub::GetReduction, asked, &reduction);
    if (!status.ok()) return session->Explain(status);
    v1::GetSeriesRequest request;
    request.set_panel(reduction.basis().panel());
    *request.mutable_as_of() = *as_of;
    for (int kind = 1; kind <= v1::SeriesKind_MAX; ++kind) {
      request.add_kinds(static_cast<v1::SeriesKind>(kind));
    }
    v1::GetSeriesResponse whole, parts;
    status = session->Call(&Stub::GetSeries, request, &whole);
    if (!status.ok()) return session->Explain(status);
    request.clear_kinds();
    request.add_kinds(v1::SERIES_PREVALENCE);
    request.add_kinds(v1::SERIES_ACTIVITY);
    request.set_split(v1::SPLIT_PLATFORM_CLASS);
    status = session->Call(&Stub::GetSeries, request, &parts);
    if (!status.ok()) return session->Explain(status);
    const bool json = invocation_.json || format_ == "json";
    *streams.out << (json ? Json(reduction, whole, parts) : Csv(reduction, whole, parts));
    return cli::kExitOk;
  }

 private:
  static std::string Csv(const v1::GetReductionResponse& reduction,
                         const v1::GetSeriesResponse& whole, const v1::GetSeriesResponse& parts) {
    std::string out = kExportHeader;
    for (const v1::ReductionFigure& figure : reduction.figures()) {
      AddExportRow(reduction, figure, &out);
    }
    for (const v1::GetSeriesResponse* answer : {&whole, &parts}) {
      for (const v1::Series& series : answer->series()) {
        for (const v1::SeriesPoint& point : series.points()) {
          AddExportRow(answer->basis(), series, point, "", &out);
        }
      }
    }
    return out;
  }
  static std::string Json(const v1::GetReductionResponse& reduction,
                          const v1::GetSeriesResponse& whole, const v1::GetSeriesResponse& parts) {
    return absl::StrCat("{\n\"reduction\": ", ProgressJson(reduction),
                        ",\n\"series\": ", ProgressJson(whole),
                        ",\n\"series_by_platform_class\": ", ProgressJson(parts), "}\n");
  }

  Invocation& invocation_;
  ProgressFlags scope_;
  std::string format_;
};

}  // namespace

void AddProgressLists(Invocation& invocation, cli::Program& program) {
  program.Add(std::make_unique<ReleasesCommand>(invocation));
  program.Add(std::make_unique<RestatedCommand>(invocation));
  program.Add(std::make_unique<ExportCommand>(invocation));
  program.Add(std::make_unique<PanelsCommand>(invocation));
  program.Add(std::make_unique<DefinitionsCommand>(invocation));
}

}  // namespace vervet::coordinator_cli
