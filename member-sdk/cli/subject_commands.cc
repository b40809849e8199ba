// subject: a person's request at the platform, answered.
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/cli/exit_codes.h"
#include "core/cli/json.h"
#include "core/cli/table.h"
#include "core/cli/text.h"
#include "member-sdk/cli/commands.h"
#include "member-sdk/cli/delivery.h"
#include "member-sdk/cli/identifiers.h"
#include "member-sdk/cli/image_files.h"
#include "member-sdk/cli/match_text.h"
#include "member-sdk/cli/remedy_text.h"

namespace vervet::member_cli {
namespace {

std::string ForPeople(TimePoint time) { return cli::TimeForPeople(absl::FromChrono(time)); }
std::string ForPrograms(TimePoint time) { return cli::TimeForPrograms(absl::FromChrono(time)); }

// --reference and the identifiers: who it is.
struct WhoFlags {
  IdentifierFlags identifiers;
  std::string reference;
  std::vector<NamedIdentifier> named;

  void DeclareFlags(cli::FlagSet& flags) {
    flags.String("reference", "REFERENCE", "the platform's own reference of the person",
                 &reference);
    identifiers.DeclareFlags(flags);
  }

  // Opens a session and says who is meant; null: `*exit_code` is set, and stderr says why.
  std::unique_ptr<Session> Open(const std::string& command, const Invocation& invocation,
                                const cli::Streams& streams, bool background, Subject* subject,
                                int* exit_code) {
    Config config;
    *exit_code = LoadConfigOrExplain(invocation, streams, &config);
    if (*exit_code != cli::kExitOk) return nullptr;
    absl::StatusOr<std::vector<NamedIdentifier>> collected =
        identifiers.Collect(config.default_region);
    std::string problem(collected.status().message());
    if (collected.ok() && collected->empty() && reference.empty()) {
      problem = "give --reference, or an identifier such as --phone NUMBER";
    }
    if (!problem.empty()) {
      streams.PrintError(absl::StrCat(command, ": ", problem));
      *exit_code = cli::kExitUsage;
      return nullptr;
    }
    named = *std::move(collected);
    *subject = {reference, WithoutNames(named)};
    return Session::Open(invocation, streams, background, exit_code);
  }
};

class ShowSubjectCommand final : public cli::Command {
 public:
  explicit ShowSubjectCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "subject show",
            .arguments = "(--reference REFERENCE | --phone NUMBER | ...)",
            .summary = "show what the vault holds of one person",
            .purpose =
                "For the answer to a person's request: cached tokens, hashes of pictures, matches "
                "with their source, "
                "noted actions, objections and what became of them, this platform's own records "
                "about the person. With --reference nothing of other references is shown. Works "
                "without the network, as of the last sync.\n\n--json: one document.",
            .examples = {{"subject show --reference user-42", "by the platform's reference"},
                         {"subject show --email jane@mail.example --json",
                          "by what the person calls theirs"}},
            .exit_codes = {{cli::kExitOk, "shown; also where nothing is held"},
                           {cli::kExitFailed, "the vault cannot be opened or read"},
                           {cli::kExitUsage, "the command line or the configuration is wrong"}}};
  }
  void DeclareFlags(cli::FlagSet& flags) override { who_.DeclareFlags(flags); }

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    Subject subject;
    int exit_code = cli::kExitOk;
    auto session = who_.Open("subject show", invocation_, streams, false, &subject, &exit_code);
    if (session == nullptr) return exit_code;
    const auto holdings = session->client().ShowSubject(subject);
    if (!holdings.ok()) {
      streams.PrintError(
          absl::Status(holdings.status().code(), Explain(holdings.status().message(), who_.named)));
      return cli::ExitCodeFor(holdings.status());
    }
    if (invocation_.json) {
      PrintJson(*holdings, streams);
    } else {
      Print(*holdings, streams);
    }
    return cli::kExitOk;
  }

 private:
  void PrintJson(const SubjectHoldings& held, const cli::Streams& streams) const {
    cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
    json.BeginObject().Key("identifiers").BeginArray();
    for (size_t i = 0; i < held.identifiers.size() && i < who_.named.size(); ++i) {
      json.BeginObject()
          .Field("identifier", who_.named[i].name)
          .Field("cached", held.identifiers[i].cached);
      if (!held.identifiers[i].status.ok()) {
        json.Field("reason", Explain(held.identifiers[i].status.message(), who_.named));
      }
      json.EndObject();
    }
    json.EndArray().Key("tokens").BeginArray();
    for (const HeldToken& token : held.tokens) {
      json.BeginObject()
          .Field("signature_type", token.signature_type)
          .Field("rules_version", token.rules_version)
          .Field("epoch", token.epoch);
      if (token.since) json.Field("since", ForPrograms(*token.since));
      json.StringArray("references", token.references).EndObject();
    }
    json.EndArray().Key("images").BeginArray();
    for (const HeldImage& image : held.images) {
      json.BeginObject();
      AppendHash(image.hash, json);
      json.Field("variants", image.variants)
          .Field("since", ForPrograms(image.since))
          .Field("until", ForPrograms(image.until))
          .EndObject();
    }
    json.EndArray().StringArray("references", held.references).Key("matches").BeginArray();
    for (const Match& match : held.matches) {
      json.BeginObject();
      AppendMatchFields(match, json);
      json.EndObject();
    }
    json.EndArray().Key("matched").BeginArray();
    for (const PastMatch& match : held.matched) {
      json.BeginObject()
          .Field("record_id", match.record_id)
          .Field("publisher", match.publisher)
          .Field("reference", match.subject_reference)
          .Field("first_matched", ForPrograms(match.first_matched))
          .Field("in_force", match.in_force)
          .EndObject();
    }
    json.EndArray().Key("actions").BeginArray();
    for (const NotedAction& action : held.actions) {
      json.BeginObject()
          .Field("record_id", action.record_id)
          .Field("reference", action.subject_reference)
          .Field("action", action.action)
          .Field("when", ForPrograms(action.when))
          .EndObject();
    }
    json.EndArray().StringArray("own_records", held.own_records).Key("objections").BeginArray();
    for (const Objection& objection : held.objections) AppendObjection(objection, json);
    json.EndArray().StringArray("pending", held.pending).EndObject();
    *streams.out << json.Finish();
  }

  void Print(const SubjectHoldings& held, const cli::Streams& streams) const {
    for (size_t i = 0; i < held.identifiers.size() && i < who_.named.size(); ++i) {
      if (held.identifiers[i].status.ok()) continue;
      streams.PrintWarning(absl::StrCat(who_.named[i].name, ": ",
                                        Explain(held.identifiers[i].status.message(), who_.named)));
    }
    if (held.empty()) {
      *streams.out << "nothing is held\n";
      return;
    }
    if (!held.references.empty()) {
      *streams.out << "references  " << cli::Printable(absl::StrJoin(held.references, ", "))
                   << "\n";
    }
    PrintTokens(held, streams);
    PrintImages(held, streams);
    const absl::Time now = invocation_.environment().Now();
    for (const Match& match : held.matches) {
      *streams.out << "\nmatch\n" << MatchForPeople(match, now, streams);
    }
    PrintHistory(held, streams);
    for (const Objection& objection : held.objections) {
      *streams.out << cli::Printable(ObjectionForPeople(objection)) << "\n";
    }
    for (const std::string& record_id : held.own_records) {
      *streams.out << "own record  " << record_id << "  (retract or erase takes it back)\n";
    }
    for (const std::string& request_id : held.pending) {
      *streams.out << "waits in the outbox  request " << request_id << "\n";
    }
    if (!held.matches.empty()) streams.PrintNote(EvidenceReminder());
  }

  void PrintTokens(const SubjectHoldings& held, const cli::Streams& streams) const {
    if (held.tokens.empty()) return;
    cli::Table table({{"TOKEN"}, {"SINCE"}, {"RULES"}, {"KEY"}, {"REFERENCES"}});
    for (const HeldToken& token : held.tokens) {
      table.AddRow({token.signature_type,
                    token.since ? ForPeople(*token.since) : "before this version",
                    absl::StrCat("version ", token.rules_version),
                    absl::StrCat("epoch ", token.epoch), absl::StrJoin(token.references, ", ")});
    }
    *streams.out << table.Render(streams);
  }

  void PrintImages(const SubjectHoldings& held, const cli::Streams& streams) const {
    if (held.images.empty()) return;
    cli::Table table({{"PICTURE"}, {"QUALITY"}, {"SINCE"}, {"KEPT UNTIL"}});
    for (const HeldImage& image : held.images) {
      table.AddRow({image.hash.Hex(), absl::StrCat(image.hash.quality), ForPeople(image.since),
                    ForPeople(image.until)});
    }
    *streams.out << table.Render(streams);
  }

  void PrintHistory(const SubjectHoldings& held, const cli::Streams& streams) const {
    if (held.matched.empty() && held.actions.empty()) return;
    cli::Table table({{"RECORD"}, {"REFERENCE"}, {"WHAT"}, {"WHEN"}});
    for (const PastMatch& match : held.matched) {
      table.AddRow({match.record_id, match.subject_reference,
                    match.in_force ? "matches" : "matched once", ForPeople(match.first_matched)});
    }
    for (const NotedAction& action : held.actions) {
      table.AddRow(
          {action.record_id, action.subject_reference, action.action, ForPeople(action.when)});
    }
    *streams.out << "\n" << table.Render(streams);
  }

  Invocation& invocation_;
  WhoFlags who_;
};

class ObjectCommand final : public cli::Command {
 public:
  explicit ObjectCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "subject object",
        .arguments = "RECORD_ID --reference REFERENCE --reason TEXT",
        .summary = "carry a person's objection to a record's publisher",
        .purpose =
            "A dispute for a subject: the publisher has a deadline to retract the record or to "
            "say why it stays. `subject show` and `watch` tell what became of it. The reference "
            "stays in the vault.",
        .examples = {{"subject object 0190a1b2c3d4e5f60718293a4b5c6d7e --reference user-42 "
                      "--reason 'says the number was sold before the date'",
                      "once for the whole coalition: no other company needs to be asked"}},
        .exit_codes = DeliveryExitCodes("objected"),
        .minimum_arguments = 1,
        .maximum_arguments = 1};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.String("reference", "REFERENCE", "the platform's own reference of the person",
                 &reference_);
    flags.String("reason", "TEXT",
                 "what the person says, 1-512 bytes, without their data; all who "
                 "have the record read it",
                 &reason_);
    flags.Require("reference");
    flags.Require("reason");
    wait_.DeclareFlags(flags);
  }

  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    std::string record_id;
    if (!RecordIdArgument("subject object", arguments[0], streams, &record_id)) {
      return cli::kExitUsage;
    }
    int exit_code = cli::kExitOk;
    auto session = Session::Open(invocation_, streams, !wait_.no_wait, &exit_code);
    if (session == nullptr) return exit_code;
    const auto ticket = session->client().ObjectForSubject(record_id, reference_, reason_);
    if (!ticket.ok()) {
      streams.PrintError(ticket.status());
      return cli::ExitCodeFor(ticket.status());
    }
    return ReportDelivery("objected", *ticket, wait_, invocation_, streams, *session, {});
  }

 private:
  Invocation& invocation_;
  std::string reference_;
  std::string reason_;
  DeliveryWait wait_;
};

class EraseSubjectCommand final : public cli::Command {
 public:
  explicit EraseSubjectCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "subject erase",
        .arguments = "(--reference REFERENCE | --phone NUMBER | ...) [--own-records]",
        .summary = "delete what the vault holds of one person",
        .purpose =
            "Deletes tokens, hashes of pictures, references, reported matches, noted actions and "
            "objections; "
            "nothing of them is in any file afterwards. Records of other members stay where "
            "they are: `subject object` carries an objection. With --own-records this "
            "platform's records about the person are erased everywhere too. Refused while a "
            "publication about the person waits in the outbox.\n\n--json: one document with the "
            "counts and \"own_records\".",
        .examples = {{"subject erase --reference user-42", "the vault alone"},
                     {"subject erase --reference user-42 --own-records",
                      "and what this platform published about the person"}},
        .exit_codes = {{cli::kExitOk, "deleted; also where nothing was held"},
                       {cli::kExitFailed,
                        "refused, and nothing was deleted; or the erasure of "
                        "an own record was refused"},
                       {cli::kExitUsage, "the command line or the configuration is wrong"},
                       {cli::kExitUnavailable,
                        "deleted here; the erasure of own records waits in the outbox and goes "
                        "out later"}}};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    who_.DeclareFlags(flags);
    flags.Switch("own-records", "also erase this platform's records about the person, everywhere",
                 &own_records_);
    wait_.DeclareFlags(flags);
  }

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    Subject subject;
    int exit_code = cli::kExitOk;
    auto session = who_.Open("subject erase", invocation_, streams, own_records_ && !wait_.no_wait,
                             &subject, &exit_code);
    if (session == nullptr) return exit_code;
    // First the records, found by the tokens that are deleted afterwards: whoever is interrupted
    // between repeats the command.
    std::vector<Ticket> tickets;
    const absl::Status asked =
        own_records_ ? EraseRecords(session->client(), subject, &tickets) : absl::OkStatus();
    const absl::StatusOr<SubjectErasure> erased =
        asked.ok() ? session->client().EraseSubject(subject) : asked;
    if (!erased.ok()) {
      streams.PrintError(
          absl::Status(erased.status().code(), Explain(erased.status().message(), who_.named)));
      return cli::ExitCodeFor(erased.status());
    }
    invocation_.json ? PrintJson(*erased, tickets, streams) : Print(*erased, streams);
    for (const Ticket& ticket : tickets) {
      const int code = Await(ticket, streams, *session);
      if (exit_code == cli::kExitOk) exit_code = code;
    }
    return exit_code;
  }

 private:
  absl::Status EraseRecords(Client& client, const Subject& subject, std::vector<Ticket>* tickets) {
    const auto held = client.ShowSubject(subject);
    if (!held.ok()) return held.status();
    // EraseSubject would refuse it: before anything is asked for.
    if (!held->pending.empty()) return client.EraseSubject(subject).status();
    for (const std::string& record_id : held->own_records) {
      auto ticket = client.Erase(record_id, ErasureGround::kSubjectRight);
      if (!ticket.ok()) return ticket.status();
      tickets->push_back(*std::move(ticket));
    }
    return absl::OkStatus();
  }

  int Await(const Ticket& ticket, const cli::Streams& streams, Session& session) {
    if (!invocation_.json) {
      return ReportDelivery("erased", ticket, wait_, invocation_, streams, session, {});
    }
    // The one document is written already.
    Invocation silent = invocation_;
    silent.json = false;
    cli::Streams quiet = streams;
    quiet.out = streams.err;
    return ReportDelivery("erased", ticket, wait_, silent, quiet, session, {});
  }

  void PrintJson(const SubjectErasure& erased, const std::vector<Ticket>& tickets,
                 const cli::Streams& streams) const {
    cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
    json.BeginObject()
        .Field("tokens", erased.tokens)
        .Field("shared_tokens", erased.shared_tokens)
        .Field("images", erased.images)
        .Field("references", erased.references)
        .Field("matches", erased.matches)
        .Field("actions", erased.actions)
        .Field("objections", erased.objections)
        .StringArray("own_records", erased.own_records);
    std::vector<std::string> requests;
    for (const Ticket& ticket : tickets) requests.push_back(ticket.request_id);
    json.StringArray("requests", requests).EndObject();
    *streams.out << json.Finish();
  }

  void Print(const SubjectErasure& erased, const cli::Streams& streams) const {
    *streams.out << "deleted  " << cli::Count(erased.tokens, "token") << ", "
                 << cli::Count(erased.images, "picture") << ", "
                 << cli::Count(erased.references, "reference") << ", "
                 << cli::WithThousands(erased.matches) << " of a match, "
                 << cli::Count(erased.actions, "action") << ", "
                 << cli::Count(erased.objections, "objection") << "\n";
    if (erased.shared_tokens > 0) {
      streams.PrintNote(absl::StrCat(cli::Count(erased.shared_tokens, "token"),
                                     " stayed, without this reference: another user of the "
                                     "platform has the same identifier"));
    }
    if (own_records_) return;
    for (const std::string& record_id : erased.own_records) {
      streams.PrintNote(absl::StrCat("still published by this platform: record ", record_id,
                                     "; vervet-member erase ", record_id,
                                     " --ground subject-right"));
    }
  }

  Invocation& invocation_;
  WhoFlags who_;
  bool own_records_ = false;
  DeliveryWait wait_;
};

}  // namespace

std::unique_ptr<cli::Command> MakeShowSubjectCommand(Invocation& invocation) {
  return std::make_unique<ShowSubjectCommand>(invocation);
}
std::unique_ptr<cli::Command> MakeObjectCommand(Invocation& invocation) {
  return std::make_unique<ObjectCommand>(invocation);
}
std::unique_ptr<cli::Command> MakeEraseSubjectCommand(Invocation& invocation) {
  return std::make_unique<EraseSubjectCommand>(invocation);
}

}  // namespace vervet::member_cli
