// progress series: one kind of figure, period by period.
#include <memory>
#include <ostream>
#include <utility>

#include "absl/strings/ascii.h"
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

}  // namespace

void AddProgressSeriesCommand(Invocation& invocation, cli::Program& program) {
  program.Add(std::make_unique<SeriesCommand>(invocation));
}

}  // namespace vervet::coordinator_cli
