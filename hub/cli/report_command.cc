// log check-report: what a report on a hub proves. No hub is asked.
#include <memory>
#include <optional>
#include <ostream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/cli/exit_codes.h"
#include "core/cli/json.h"
#include "core/cli/table.h"
#include "core/cli/text.h"
#include "core/cli/textproto_file.h"
#include "hub/cli/commands.h"
#include "hub/cli/log_files.h"

namespace vervet::coordinator_cli {
namespace {

using log::ReportVerdict;

struct Words {
  const char* name;  // for programs
  const char* text;  // for people
  int exit_code;
};

Words WordsOf(ReportVerdict verdict) {
  switch (verdict) {
    case ReportVerdict::kTwoHistories:
      return {"two_histories",
              "PROOF: the holder of the log key has signed two histories of one size",
              cli::kExitOk};
    case ReportVerdict::kShorterLog:
      return {"shorter_log",
              "no proof by itself: both heads are signed, and the hub showed the shorter one; an "
              "older head stays valid, so ask the hub now: vervet log verify --old-head with the "
              "known head",
              cli::kExitPartial};
    case ReportVerdict::kNoContradiction:
      return {"no_contradiction",
              "no proof by itself: both heads are signed, and do not contradict one another; "
              "whether the one log begins with the other, its events tell: vervet log verify",
              cli::kExitPartial};
    case ReportVerdict::kOneHead:
      return {"one_head", "no proof by itself: only one head is there, and it is signed",
              cli::kExitPartial};
    case ReportVerdict::kNotSigned:
      break;
  }
  return {"not_signed",
          "no proof: the head that was shown is not signed by the log key; another hub showed it, "
          "or the report was changed",
          cli::kExitFailed};
}

class CheckReportCommand final : public cli::Command {
 public:
  explicit CheckReportCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "log check-report",
        .arguments = "FILE",
        .summary = "what a report on a hub proves",
        .purpose =
            "Checks the two signed heads in a report that `log verify`, or a member's SDK, has "
            "written. Needs no hub and no certificate, only the log key (--log-public-key, or "
            "the configuration's). Without it the key in the report is used: then the result "
            "is worth what that key is worth, so compare it.",
        .examples = {{"log check-report vault.db.log-report", "for people"}},
        .exit_codes = {{cli::kExitOk, "the report is proof: two histories were signed"},
                       {cli::kExitFailed,
                        "the report is not true: a head is not signed by the log key"},
                       {cli::kExitUsage, "the file is no report, or the command line is wrong"},
                       {cli::kExitPartial, "what is in it is signed, but is no proof by itself"}},
        .minimum_arguments = 1,
        .maximum_arguments = 1};
  }
  void DeclareFlags(cli::FlagSet&) override {}

  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    v1::LogReport report;
    const auto file = cli::TextprotoFile::Load(arguments[0], &report);
    if (!file.ok()) return Usage(file.status(), streams);
    const auto pinned = invocation_.connection.ResolveLogKey();
    if (!pinned.ok()) return Usage(pinned.status(), streams);
    const std::string named = absl::AsciiStrToLower(report.log_public_key());
    std::string key = *pinned;
    if (key.empty()) {
      key = absl::HexStringToBytes(named.size() == 64 ? named : "");
      streams.PrintWarning(
          absl::StrCat("the log key is the report's own, ", cli::Printable(named),
                       ": compare it with the one that the coordinators read out"));
    } else if (absl::BytesToHexString(key) != named) {
      streams.PrintError("the report is about another log key than the configured one");
      return cli::kExitFailed;
    }
    const auto verdict = log::CheckReport(report, key);
    if (!verdict.ok()) {
      if (absl::IsInvalidArgument(verdict.status())) return Usage(verdict.status(), streams);
      streams.PrintError(absl::StrCat("known_head: ", verdict.status().message()));
      return cli::kExitFailed;
    }
    Print(report, *verdict, streams);
    return WordsOf(*verdict).exit_code;
  }

 private:
  static int Usage(const absl::Status& status, const cli::Streams& streams) {
    streams.PrintError(status);
    return cli::kExitUsage;
  }

  void Print(const v1::LogReport& report, ReportVerdict verdict,
             const cli::Streams& streams) const {
    std::optional<v1::SignedTreeHead> known, shown;
    if (report.has_known_head()) known = *log::HeadFromText(report.known_head());
    if (report.has_shown_head()) shown = *log::HeadFromText(report.shown_head());
    const Words words = WordsOf(verdict);
    const absl::Time time = absl::FromUnixMicros(report.reported_us());
    if (invocation_.json) {
      cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
      json.BeginObject()
          .Field("verdict", words.name)
          .Field("proof", verdict == ReportVerdict::kTwoHistories)
          .Field("coalition", report.coalition())
          .Field("log_public_key", report.log_public_key())
          .Field("reported_by", report.reported_by())
          .Field("reported", cli::TimeForPrograms(time))
          .Field("finding", report.finding());
      if (known) AppendHead("known_head", *known, json);
      if (shown) AppendHead("shown_head", *shown, json);
      json.EndObject();
      *streams.out << json.Finish();
      return;
    }
    cli::FactSheet sheet;
    sheet.Add("coalition", report.coalition());
    sheet.Add("reported by", absl::StrCat(report.reported_by(), ", ", cli::TimeForPeople(time)));
    sheet.Add("says", report.finding());
    *streams.out << sheet.Render(streams);
    if (known) *streams.out << HeadFacts("known head", *known, streams);
    if (shown) *streams.out << HeadFacts("the hub's head", *shown, streams);
    *streams.out << words.text << "\n";
  }

  Invocation& invocation_;
};

}  // namespace

void AddReportCommand(Invocation& invocation, cli::Program& program) {
  program.Add(std::make_unique<CheckReportCommand>(invocation));
}

}  // namespace vervet::coordinator_cli
