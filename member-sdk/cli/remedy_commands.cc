// remedies: what is owed to this platform's users after a record was retracted or erased.
#include <ostream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/cli/exit_codes.h"
#include "core/cli/json.h"
#include "core/cli/table.h"
#include "core/cli/text.h"
#include "member-sdk/cli/commands.h"
#include "member-sdk/cli/delivery.h"
#include "member-sdk/cli/remedy_text.h"

namespace vervet::member_cli {
namespace {

class RemediesCommand final : public cli::Command {
 public:
  explicit RemediesCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "remedies",
            .arguments = "[list]",
            .summary = "list ended records whose remedy is not acknowledged",
            .purpose =
                "Records that were retracted or erased after users of this platform had matched "
                "them: who is affected, what was noted as done to them, and until when the hub "
                "waits for `remedies acknowledge`. As of the last sync; without the network.\n\n"
                "--json: one document, {\"remedies\":[{\"record_id\":...,\"affected\":[...]}]}.",
            .examples = {{"remedies", "for people"}, {"remedies list --json", "for a program"}},
            .exit_codes = {{cli::kExitOk, "listed, or nothing is open"},
                           {cli::kExitFailed, "the vault cannot be opened or read"},
                           {cli::kExitUsage, "the command line or the configuration is wrong"}},
            .minimum_arguments = 0,
            .maximum_arguments = 1};
  }
  void DeclareFlags(cli::FlagSet&) override {}

  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    if (!arguments.empty() && arguments[0] != "list") {
      streams.PrintError("remedies: takes list, note or acknowledge");
      return cli::kExitUsage;
    }
    int exit_code = cli::kExitOk;
    std::unique_ptr<Session> session = Session::Open(invocation_, streams, false, &exit_code);
    if (session == nullptr) return exit_code;
    const auto remedies = session->client().OpenRemedies();
    if (!remedies.ok()) {
      streams.PrintError(remedies.status());
      return cli::ExitCodeFor(remedies.status());
    }
    if (invocation_.json) {
      PrintJson(*remedies, streams);
    } else {
      PrintTable(*remedies, streams);
    }
    return cli::kExitOk;
  }

 private:
  void PrintJson(const std::vector<OpenRemedy>& remedies, const cli::Streams& streams) const {
    cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
    json.BeginObject().Key("remedies").BeginArray();
    for (const OpenRemedy& remedy : remedies) {
      json.BeginObject()
          .Field("record_id", remedy.record_id)
          .Field("publisher", remedy.publisher)
          .Field("reason", remedy.reason)
          .Field("detail", remedy.detail)
          .Field("ended", cli::TimeForPrograms(absl::FromChrono(remedy.ended)))
          .Field("due", cli::TimeForPrograms(absl::FromChrono(remedy.due)))
          .Field("ended_sequence", remedy.ended_sequence);
      AppendAffected(remedy.affected, json);
      if (!remedy.refusal.ok()) json.Field("refusal", std::string(remedy.refusal.message()));
      json.EndObject();
    }
    json.EndArray().EndObject();
    *streams.out << json.Finish();
  }

  void PrintTable(const std::vector<OpenRemedy>& remedies, const cli::Streams& streams) const {
    if (remedies.empty()) {
      *streams.out << "nothing is open\n";
      return;
    }
    const absl::Time now = invocation_.environment().Now();
    cli::Table table({{"RECORD"}, {"ENDED"}, {"DUE"}, {"AFFECTED"}});
    for (const OpenRemedy& remedy : remedies) {
      const absl::Time due = absl::FromChrono(remedy.due);
      bool first = true;
      for (const AffectedSubject& subject : remedy.affected) {
        table.AddRow({first ? remedy.record_id : "",
                      first ? absl::StrCat(remedy.reason, " by ", remedy.publisher,
                                           remedy.detail.empty() ? "" : ": ", remedy.detail)
                            : "",
                      first ? cli::Cell(cli::TimeForPeople(due),
                                        due < now ? cli::Paint::kRed : cli::Paint::kPlain)
                            : cli::Cell(""),
                      AffectedForPeople(subject)});
        first = false;
      }
    }
    *streams.out << table.Render(streams);
    for (const OpenRemedy& remedy : remedies) {
      if (remedy.refusal.ok()) continue;
      streams.PrintWarning(absl::StrCat("the hub refused the acknowledgement of ", remedy.record_id,
                                        ": ", remedy.refusal.message()));
    }
  }

  Invocation& invocation_;
};

class NoteActionCommand final : public cli::Command {
 public:
  explicit NoteActionCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "remedies note",
        .arguments = "RECORD_ID REFERENCE --action TEXT",
        .summary = "note what was done to a user because of another's record",
        .purpose =
            "Stays in the vault. When the record is retracted or erased, `watch` and "
            "`remedies` name the user with it, so that it can be reversed.",
        .examples = {{"remedies note 0190a1b2c3d4e5f60718293a4b5c6d7e user-42 --action 'account "
                      "suspended'",
                      "after a reviewer's decision"}},
        .exit_codes = {{cli::kExitOk, "noted, on disk"},
                       {cli::kExitFailed, "no such record in this vault, or its own"},
                       {cli::kExitUsage, "the command line or the configuration is wrong"}},
        .minimum_arguments = 2,
        .maximum_arguments = 2};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.String("action", "TEXT", "what was done, 1-256 bytes", &action_);
    flags.Require("action");
  }

  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    std::string record_id;
    if (!RecordIdArgument("remedies note", arguments[0], streams, &record_id)) {
      return cli::kExitUsage;
    }
    int exit_code = cli::kExitOk;
    std::unique_ptr<Session> session = Session::Open(invocation_, streams, false, &exit_code);
    if (session == nullptr) return exit_code;
    const absl::Status noted = session->client().NoteAction(record_id, arguments[1], action_);
    if (!noted.ok()) {
      streams.PrintError(noted);
      return cli::ExitCodeFor(noted);
    }
    if (invocation_.json) {
      cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
      json.BeginObject()
          .Field("record_id", record_id)
          .Field("reference", arguments[1])
          .Field("action", action_)
          .EndObject();
      *streams.out << json.Finish();
    } else {
      *streams.out << "noted\n";
    }
    return cli::kExitOk;
  }

 private:
  Invocation& invocation_;
  std::string action_;
};

class AcknowledgeCommand final : public cli::Command {
 public:
  explicit AcknowledgeCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "remedies acknowledge",
        .arguments = "RECORD_ID reversed|kept|none",
        .summary = "tell the hub what was done about the affected users",
        .purpose =
            "reversed: what was done to them because of the record was undone. kept: it stands, "
            "on evidence of this platform's own. none: nothing had been done. The hub, the "
            "publisher and the coordinators learn the word and how many users, never who. A "
            "later acknowledgement replaces it.",
        .examples = {{"remedies acknowledge 0190a1b2c3d4e5f60718293a4b5c6d7e reversed",
                      "the accounts are restored"}},
        .exit_codes = DeliveryExitCodes("acknowledged"),
        .minimum_arguments = 2,
        .maximum_arguments = 2};
  }
  void DeclareFlags(cli::FlagSet& flags) override { wait_.DeclareFlags(flags); }

  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    std::string record_id;
    if (!RecordIdArgument("remedies acknowledge", arguments[0], streams, &record_id)) {
      return cli::kExitUsage;
    }
    const auto outcome = ParseRemedyOutcome(absl::AsciiStrToLower(arguments[1]));
    if (!outcome) {
      streams.PrintError("remedies acknowledge: say reversed, kept or none");
      return cli::kExitUsage;
    }
    int exit_code = cli::kExitOk;
    std::unique_ptr<Session> session =
        Session::Open(invocation_, streams, !wait_.no_wait, &exit_code);
    if (session == nullptr) return exit_code;
    const auto ticket = session->client().AcknowledgeRemedy(record_id, *outcome);
    if (!ticket.ok()) {
      streams.PrintError(ticket.status());
      return cli::ExitCodeFor(ticket.status());
    }
    return ReportDelivery("acknowledged", *ticket, wait_, invocation_, streams, *session, {});
  }

 private:
  Invocation& invocation_;
  DeliveryWait wait_;
};

}  // namespace

std::unique_ptr<cli::Command> MakeRemediesCommand(Invocation& invocation) {
  return std::make_unique<RemediesCommand>(invocation);
}
std::unique_ptr<cli::Command> MakeNoteActionCommand(Invocation& invocation) {
  return std::make_unique<NoteActionCommand>(invocation);
}
std::unique_ptr<cli::Command> MakeAcknowledgeCommand(Invocation& invocation) {
  return std::make_unique<AcknowledgeCommand>(invocation);
}

}  // namespace vervet::member_cli
