// progress status and series: the figures that this platform may see.
#include <ostream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/cli/exit_codes.h"
#include "core/cli/json.h"
#include "core/cli/table.h"
#include "core/cli/text.h"
#include "member-sdk/cli/commands.h"
#include "member-sdk/cli/progress_text.h"

namespace vervet::member_cli {
namespace {

using Layout = cli::JsonWriter::Layout;

constexpr int kSeriesKindCount = static_cast<int>(SeriesKind::kTaxa);

std::vector<std::string> SeriesNames() {
  std::vector<std::string> names;
  for (int kind = 1; kind <= kSeriesKindCount; ++kind) {
    names.emplace_back(SeriesKindName(static_cast<SeriesKind>(kind)));
  }
  return names;
}

std::vector<std::pair<int, std::string>> AskingExitCodes() {
  return {{cli::kExitOk, "shown"},
          {cli::kExitFailed, "refused by the hub; the output says why"},
          {cli::kExitUsage, "the command line or the configuration is wrong"},
          {cli::kExitUnavailable, "the hub is out of reach; retry"}};
}

// The hub computes figures anew after a start and after contributions, and says so meanwhile: five
// seconds of asking again.
constexpr int kMostQuestions = 20;

template <typename Ask>
auto AskPatiently(const Invocation& invocation, Ask ask) {
  auto answer = ask();
  for (int asked = 1; asked < kMostQuestions && absl::IsUnavailable(answer.status()); ++asked) {
    if (invocation.seams->stop->WaitFor(kWaitSlice)) break;
    answer = ask();
  }
  return answer;
}

// Flags of both.
struct Question {
  std::string panel, period;
  bool own = false;
  int64_t as_of = 0;

  void DeclareFlags(cli::FlagSet& flags) {
    flags.String("panel", "NAME", "the panel (default: the newest)", &panel);
    flags.String("period", "DAYS", "2026-Q1, 2026-03, ... (default: the newest released)", &period);
    flags.Switch("own", "this platform's own figures, released or not", &own);
    flags.Int("as-of", "POSITION", "as of this event of the log (default: now)", 1, INT64_MAX,
              &as_of);
  }
  // False: it is on stderr what is wrong.
  bool Period(const cli::Streams& streams, std::optional<DayRange>* days) const {
    if (period.empty()) return true;
    *days = ParseDayRange(period);
    if (*days) return true;
    streams.PrintError(
        "--period must be a month (2026-03), a quarter (2026-Q1), a year, a day, or "
        "2026-03-02..2026-03-08");
    return false;
  }
};

std::string SourceText(const FigureSource& source) {
  std::string text = absl::StrCat("panel ", source.panel);
  if (!source.period.empty()) absl::StrAppend(&text, ", period ", DayRangeText(source.period));
  absl::StrAppend(&text, ", definitions ",
                  source.counted_under.empty() ? absl::StrCat(source.definition_version)
                                               : absl::StrJoin(source.counted_under, ", "));
  if (source.release != 0) {
    absl::StrAppend(&text, ", release ", source.release, " of ",
                    source.released ? cli::TimeForPeople(absl::FromChrono(*source.released)) : "?");
  }
  return absl::StrCat(text, ", as of event ", cli::WithThousands(source.position));
}

class StatusOfProgressCommand final : public cli::Command {
 public:
  explicit StatusOfProgressCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "progress status",
        .arguments = "",
        .summary = "the coalition's reduction as released, and what this platform still owes",
        .purpose =
            "Members see coalition figures of released periods alone, as they were when "
            "released; --own shows this platform's own, as they are now. \"met\" means that the "
            "whole interval is at or above the target; \"cannot tell\" says why.\n\n--json: one "
            "document, {\"figures\":[...],\"coverage\":{...}}.",
        .examples = {{"progress status", "the newest released period"},
                     {"progress status --own --period 2026-Q1", "this platform, one quarter"}},
        .exit_codes = AskingExitCodes()};
  }
  void DeclareFlags(cli::FlagSet& flags) override { question_.DeclareFlags(flags); }

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    ReductionQuery query;
    query.panel = question_.panel;
    query.own = question_.own;
    query.as_of = static_cast<uint64_t>(question_.as_of);
    if (!question_.Period(streams, &query.period)) return cli::kExitUsage;
    int exit_code = cli::kExitOk;
    std::unique_ptr<Session> session = Session::Open(invocation_, streams, true, &exit_code);
    if (session == nullptr) return exit_code;
    const absl::StatusOr<Reduction> reduction =
        AskPatiently(invocation_, [&] { return session->client().GetReduction(query); });
    if (!reduction.ok()) {
      streams.PrintError(reduction.status());
      return cli::ExitCodeFor(reduction.status());
    }
    // A panel without a period that is over has no coverage yet.
    const absl::StatusOr<Coverage> coverage =
        session->client().GetCoverage(question_.panel, query.period);
    if (!coverage.ok() && !absl::IsNotFound(coverage.status())) {
      streams.PrintError(coverage.status());
      return cli::ExitCodeFor(coverage.status());
    }
    const Coverage* const shown = coverage.ok() ? &*coverage : nullptr;
    invocation_.json ? PrintJson(*reduction, shown, streams)
                     : PrintText(*reduction, shown, streams);
    return cli::kExitOk;
  }

 private:
  static std::string FigureText(const ReductionFigure& figure) {
    if (figure.withheld) return absl::StrCat("withheld: ", figure.withheld->sentence);
    std::string text = figure.reduction ? ShareText(*figure.reduction) : "no figure";
    absl::StrAppend(&text, ", ", VerdictName(figure.verdict));
    if (figure.reason) absl::StrAppend(&text, ": ", figure.reason->sentence);
    return text;
  }

  static cli::Paint PaintOf(const ReductionFigure& figure) {
    switch (figure.verdict) {
      case Verdict::kMet:
        return cli::Paint::kGreen;
      case Verdict::kNotMet:
        return cli::Paint::kRed;
      default:
        return cli::Paint::kPlain;
    }
  }

  static void PrintText(const Reduction& reduction, const Coverage* coverage,
                        const cli::Streams& streams) {
    *streams.out << "reduction against " << DayRangeText(reduction.baseline) << ", target "
                 << Percent(reduction.target) << ", 95% intervals\n"
                 << cli::Printable(SourceText(reduction.source)) << "\n\n";
    cli::Table table({{"OF"}, {"COUNTED BY"}, {"REDUCTION"}});
    for (const ReductionFigure& figure : reduction.figures) {
      table.AddRow({SubsetText(figure.subset),
                    SurveyorsName(figure.surveyors),
                    {FigureText(figure), PaintOf(figure)}});
    }
    *streams.out << table.Render(streams);
    if (!reduction.figures.empty()) {
      for (const Reason& note : reduction.figures.front().notes) {
        *streams.out << "note: " << cli::Printable(note.sentence) << "\n";
      }
    }
    if (coverage == nullptr) return;
    *streams.out << "\nreported for " << DayRangeText(coverage->source.period) << ": "
                 << coverage->complete << " of " << coverage->members << " members, due before "
                 << DayRangeText({coverage->due_day, coverage->due_day + 1}) << "\n";
    if (!coverage->own) {
      *streams.out << "this platform is not of the panel\n";
      return;
    }
    const Coverage::Own& own = *coverage->own;
    *streams.out << "this platform: " << own.state << ", " << own.strata_surveyed << " of "
                 << own.strata << " strata surveyed, "
                 << cli::Count(own.activity_contributions, "activity count") << "\n";
    for (const Survey& stratum : own.missing) {
      *streams.out << "  missing: " << cli::Printable(stratum.surface) << " / "
                   << cli::Printable(stratum.taxon_group) << " / "
                   << cli::Printable(stratum.language) << "\n";
    }
  }

  static void AppendFigure(const ReductionFigure& figure, cli::JsonWriter& json) {
    json.BeginObject();
    AppendSubset(figure.subset, json);
    json.Field("surveyors", SurveyorsName(figure.surveyors))
        .Field("verdict", VerdictName(figure.verdict));
    AppendReason("reason", figure.reason, json);
    AppendInterval("reduction", figure.reduction, json);
    AppendReason("withheld", figure.withheld, json);
    json.Field("members", figure.members)
        .Field("strata", figure.strata)
        .Field("surveys", figure.surveys);
    json.Key("notes").BeginArray();
    for (const Reason& note : figure.notes) {
      json.BeginObject().Field("code", note.code).Field("sentence", note.sentence).EndObject();
    }
    json.EndArray().EndObject();
  }

  static void PrintJson(const Reduction& reduction, const Coverage* coverage,
                        const cli::Streams& streams) {
    cli::JsonWriter json(Layout::kDocument);
    json.BeginObject();
    AppendSource(reduction.source, json);
    json.Field("target", reduction.target).Field("unit", reduction.unit);
    AppendDays("baseline", reduction.baseline, json);
    json.Key("figures").BeginArray();
    for (const ReductionFigure& figure : reduction.figures) AppendFigure(figure, json);
    json.EndArray().Key("coverage");
    if (coverage == nullptr) {
      json.Null();
    } else {
      json.BeginObject();
      AppendDays("period", coverage->source.period, json);
      json.Field("due", DayRangeText({coverage->due_day, coverage->due_day + 1}))
          .Field("members", coverage->members)
          .Field("complete", coverage->complete)
          .Field("partial", coverage->partial)
          .Field("missing", coverage->missing)
          .Field("not_due", coverage->not_due)
          .Key("own");
      if (coverage->own) {
        const Coverage::Own& own = *coverage->own;
        json.BeginObject()
            .Field("state", own.state)
            .Field("strata", own.strata)
            .Field("strata_surveyed", own.strata_surveyed)
            .Field("activity_contributions", own.activity_contributions)
            .EndObject();
      } else {
        json.Null();
      }
      json.EndObject();
    }
    json.EndObject();
    *streams.out << json.Finish();
  }

  Invocation& invocation_;
  Question question_;
};

class SeriesCommand final : public cli::Command {
 public:
  explicit SeriesCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "progress series",
        .arguments = "KIND...",
        .summary = "lines over time: prevalence, activity, precision, ...",
        .purpose = absl::StrCat(
            "KIND: ", absl::StrJoin(SeriesNames(), ", "),
            ".\n\nA line must not be read across a marker: there the definitions, the panel or "
            "the frame changed.\n\n--json: one document, {\"series\":[...],\"markers\":[...]}."),
        .examples = {{"progress series activity --own", "this platform's own counts"},
                     {"progress series prevalence reduction", "the coalition's, as released"}},
        .exit_codes = AskingExitCodes(),
        .minimum_arguments = 1,
        .maximum_arguments = static_cast<size_t>(kSeriesKindCount)};
  }
  void DeclareFlags(cli::FlagSet& flags) override { question_.DeclareFlags(flags); }

  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    SeriesQuery query;
    query.panel = question_.panel;
    query.own = question_.own;
    query.as_of = static_cast<uint64_t>(question_.as_of);
    for (const std::string& name : arguments) {
      const auto kind = ParseSeriesKind(cli::ChoiceSpelling(name));
      if (!kind) {
        streams.PrintError(absl::StrCat("progress series: KIND must be one of ",
                                        absl::StrJoin(SeriesNames(), ", "),
                                        cli::DidYouMean(cli::ChoiceSpelling(name), SeriesNames())));
        return cli::kExitUsage;
      }
      query.kinds.push_back(*kind);
    }
    if (!question_.Period(streams, &query.days)) return cli::kExitUsage;
    int exit_code = cli::kExitOk;
    std::unique_ptr<Session> session = Session::Open(invocation_, streams, true, &exit_code);
    if (session == nullptr) return exit_code;
    const absl::StatusOr<SeriesAnswer> answer =
        AskPatiently(invocation_, [&] { return session->client().GetSeries(query); });
    if (!answer.ok()) {
      streams.PrintError(answer.status());
      return cli::ExitCodeFor(answer.status());
    }
    invocation_.json ? PrintJson(*answer, streams) : PrintText(*answer, streams);
    return cli::kExitOk;
  }

 private:
  static std::string LineName(const Series& series) {
    std::string name = SeriesKindName(series.kind);
    for (const std::string& part : {series.action, series.detected_by, series.taxon}) {
      if (!part.empty()) absl::StrAppend(&name, " ", part);
    }
    if (series.surveyors) absl::StrAppend(&name, " by ", SurveyorsName(*series.surveyors));
    return name;
  }

  static void PrintText(const SeriesAnswer& answer, const cli::Streams& streams) {
    *streams.out << cli::Printable(SourceText(answer.source)) << "\n\n";
    cli::Table table({{"LINE"},
                      {"OF"},
                      {"PERIOD"},
                      {"VALUE", cli::Table::Align::kRight},
                      {"UNIT"},
                      {"95%"},
                      {"REMARK"}});
    for (const Series& series : answer.series) {
      for (const SeriesPoint& point : series.points) {
        const std::string interval =
            point.interval ? absl::StrCat(ValueText(point.interval->low, series.unit), " to ",
                                          ValueText(point.interval->high, series.unit))
                           : "";
        table.AddRow({LineName(series), SubsetText(series.subset), DayRangeText(point.days),
                      point.value ? ValueText(*point.value, series.unit) : "-", series.unit,
                      interval, point.why ? point.why->sentence : ""});
      }
    }
    *streams.out << table.Render(streams);
    for (const SeriesMarker& marker : answer.markers) {
      *streams.out << DayRangeText({marker.day, marker.day + 1}) << "  "
                   << cli::Printable(marker.text) << "\n";
    }
  }

  static void PrintJson(const SeriesAnswer& answer, const cli::Streams& streams) {
    cli::JsonWriter json(Layout::kDocument);
    json.BeginObject();
    AppendSource(answer.source, json);
    json.Key("series").BeginArray();
    for (const Series& series : answer.series) {
      json.BeginObject().Field("kind", SeriesKindName(series.kind));
      if (series.surveyors) json.Field("surveyors", SurveyorsName(*series.surveyors));
      AppendSubset(series.subset, json);
      if (!series.action.empty()) json.Field("action", series.action);
      if (!series.detected_by.empty()) json.Field("detected_by", series.detected_by);
      if (!series.taxon.empty()) json.Field("taxon", series.taxon);
      json.Field("unit", series.unit).Key("points").BeginArray();
      for (const SeriesPoint& point : series.points) {
        json.BeginObject();
        AppendDays("days", point.days, json);
        json.Key("value");
        point.value ? json.Double(*point.value) : json.Null();
        AppendInterval("interval", point.interval, json);
        json.Field("contributors", point.contributors).Field("withheld", point.withheld);
        AppendReason("why", point.why, json);
        json.EndObject();
      }
      json.EndArray().EndObject();
    }
    json.EndArray().Key("markers").BeginArray();
    for (const SeriesMarker& marker : answer.markers) {
      json.BeginObject()
          .Field("day", DayRangeText({marker.day, marker.day + 1}))
          .Field("text", marker.text)
          .EndObject();
    }
    json.EndArray().EndObject();
    *streams.out << json.Finish();
  }

  Invocation& invocation_;
  Question question_;
};

}  // namespace

std::unique_ptr<cli::Command> MakeProgressStatusCommand(Invocation& invocation) {
  return std::make_unique<StatusOfProgressCommand>(invocation);
}
std::unique_ptr<cli::Command> MakeProgressSeriesCommand(Invocation& invocation) {
  return std::make_unique<SeriesCommand>(invocation);
}

}  // namespace vervet::member_cli
