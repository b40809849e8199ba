// canaries mark, alerts and alerts close.
#include <cstdint>
#include <memory>
#include <ostream>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "core/cli/exit_codes.h"
#include "core/cli/json.h"
#include "core/cli/table.h"
#include "core/cli/text.h"
#include "hub/cli/commands.h"
#include "hub/cli/words.h"

namespace vervet::coordinator_cli {
namespace {

using Stub = v1::Budgets::StubInterface;
using Align = cli::Table::Align;

class MarkCanaryCommand final : public cli::Command {
 public:
  explicit MarkCanaryCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "canaries mark",
            .arguments = "RECORD",
            .summary = "mark a record that is about nobody: whoever meets it has guessed",
            .purpose =
                "Ask a member to publish a record of identifiers that nobody has, such as numbers "
                "that were never given out, and to tell you its id. A lookup or a sighting of it "
                "raises an alert; the member that causes it sees nothing unusual, and no member "
                "learns which records are marked.",
            .examples = {{"canaries mark 0192f3a47c1e7d21a1b2c3d4e5f60718", "from now on"}},
            .exit_codes = CommonExitCodes(),
            .minimum_arguments = 1,
            .maximum_arguments = 1};
  }
  void DeclareFlags(cli::FlagSet&) override {}

  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    const absl::StatusOr<std::string> record_id = RecordArgument(arguments[0]);
    if (!record_id.ok()) return RefuseArguments("canaries mark", record_id.status(), streams);
    int exit_code = cli::kExitOk;
    const auto session = RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    v1::MarkCanaryRequest request;
    request.set_request_id(session->NewRequestId());
    request.set_record_id(*record_id);
    v1::MarkCanaryResponse marked;
    const absl::Status status = session->Call(&Stub::MarkCanary, request, &marked);
    if (!status.ok()) return session->Explain(status);
    const std::string hex = absl::BytesToHexString(*record_id);
    if (invocation_.json) {
      cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
      json.BeginObject()
          .Field("record_id", hex)
          .Field("sequence", uint64_t{marked.sequence()})
          .EndObject();
      *streams.out << json.Finish();
    } else {
      *streams.out << "marked  " << hex << ", event " << cli::WithThousands(marked.sequence())
                   << "\n";
    }
    return cli::kExitOk;
  }

 private:
  Invocation& invocation_;
};

// "CANARY_HIT" → "canary hit".
std::string KindWords(v1::AlertKind kind) {
  return absl::StrReplaceAll(absl::AsciiStrToLower(v1::AlertKind_Name(kind)), {{"_", " "}});
}

std::string AlertsText(const v1::ListAlertsResponse& list, bool closed_too,
                       const cli::Streams& streams) {
  cli::Table table({{"ALERT", Align::kRight},
                    {"RAISED"},
                    {"WHAT"},
                    {"PARTY"},
                    {"TYPE"},
                    {"RECORD"},
                    {"DETAIL"},
                    {"STATE"}});
  for (const v1::Alert& alert : list.alerts()) {
    table.AddRow(
        {absl::StrCat(alert.sequence()),  // as `alerts close` takes it
         cli::TimeForPeople(absl::FromUnixMicros(alert.raised_us())),
         {KindWords(alert.kind()), alert.closed() ? cli::Paint::kPlain : cli::Paint::kYellow},
         alert.party(),
         TypeWord(alert.type()),
         absl::BytesToHexString(alert.record_id()),
         alert.detail(),
         alert.closed() ? absl::StrCat("closed by ", alert.closed_by(), ": ", alert.note())
                        : "open"});
  }
  if (table.empty()) return closed_too ? "no alert was ever raised\n" : "no alert is open\n";
  return table.Render(streams);
}

std::string AlertsJson(const v1::ListAlertsResponse& list) {
  cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
  json.BeginObject().Key("alerts").BeginArray();
  for (const v1::Alert& alert : list.alerts()) {
    json.BeginObject()
        .Field("sequence", uint64_t{alert.sequence()})
        .Field("raised", cli::TimeForPrograms(absl::FromUnixMicros(alert.raised_us())))
        .Field("kind", absl::AsciiStrToLower(v1::AlertKind_Name(alert.kind())))
        .Field("party", alert.party())
        .Field("type", TypeWord(alert.type()))
        .Field("record_id", absl::BytesToHexString(alert.record_id()))
        .Field("detail", alert.detail())
        .Field("closed", alert.closed())
        .Field("closed_by", alert.closed_by())
        .Field("note", alert.note())
        .EndObject();
  }
  json.EndArray().EndObject();
  return json.Finish();
}

class AlertsCommand final : public cli::Command {
 public:
  explicit AlertsCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "alerts",
            .summary = "members that somebody should look at",
            .purpose =
                "canary hit: the member met a record that is about nobody (`canaries mark`). few "
                "own users: it evaluated much in a day, and little of it was, as it says, about "
                "its own users. budget spent: it was refused for the first time that day. image "
                "flood: a record's image matched far more there than ever before, and the member "
                "has set it aside until somebody has looked; it may be a picture that honest "
                "sellers use too (`images harmless`). Each is raised once a day; the first two up "
                "to ten minutes late, so that the member cannot tell what raised it. An alert is a "
                "reason to ask, not a finding.",
            .examples = {{"alerts", "what is open"},
                         {"alerts --all --json", "closed ones too, for programs"}},
            .exit_codes = CommonExitCodes()};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.Switch("all", "closed ones too; the newest 1,000", &all_);
  }

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    int exit_code = cli::kExitOk;
    const auto session = RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    v1::ListAlertsRequest request;
    request.set_closed_too(all_);
    v1::ListAlertsResponse list;
    const absl::Status status = session->Call(&Stub::ListAlerts, request, &list);
    if (!status.ok()) return session->Explain(status);
    *streams.out << (invocation_.json ? AlertsJson(list) : AlertsText(list, all_, streams));
    return cli::kExitOk;
  }

 private:
  Invocation& invocation_;
  bool all_ = false;
};

class CloseAlertCommand final : public cli::Command {
 public:
  explicit CloseAlertCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "alerts close",
            .arguments = "ALERT --note TEXT",
            .summary = "note what came of an alert",
            .purpose = "ALERT is its number in the list. All coordinators read the note.",
            .examples = {{"alerts close 4711 --note 'first import, spoke with their engineers'",
                          "closes alert 4711"}},
            .exit_codes = CommonExitCodes(),
            .minimum_arguments = 1,
            .maximum_arguments = 1};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.String("note", "TEXT", "what came of it, 1-512 bytes", &note_);
    flags.Require("note");
  }

  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    uint64_t number = 0;
    if (!absl::SimpleAtoi(arguments[0], &number) || number == 0) {
      return RefuseArguments(
          "alerts close",
          absl::InvalidArgumentError("ALERT: must be its number in `vervet alerts`"), streams);
    }
    const absl::Status right = CheckLength("note", note_, kMaxReasonBytes);
    if (!right.ok()) return RefuseArguments("alerts close", right, streams);
    int exit_code = cli::kExitOk;
    const auto session = RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    v1::CloseAlertRequest request;
    request.set_request_id(session->NewRequestId());
    request.set_alert_sequence(number);
    request.set_note(note_);
    v1::CloseAlertResponse closed;
    const absl::Status status = session->Call(&Stub::CloseAlert, request, &closed);
    if (!status.ok()) return session->Explain(status);
    if (invocation_.json) {
      cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
      json.BeginObject()
          .Field("alert", number)
          .Field("sequence", uint64_t{closed.sequence()})
          .EndObject();
      *streams.out << json.Finish();
    } else {
      *streams.out << "closed  alert " << number << ", event "
                   << cli::WithThousands(closed.sequence()) << "\n";
    }
    return cli::kExitOk;
  }

 private:
  Invocation& invocation_;
  std::string note_;
};

}  // namespace

void AddAlertsCommands(Invocation& invocation, cli::Program& program) {
  program.Add(std::make_unique<MarkCanaryCommand>(invocation));
  program.Add(std::make_unique<AlertsCommand>(invocation));
  program.Add(std::make_unique<CloseAlertCommand>(invocation));
}

}  // namespace vervet::coordinator_cli
