// records show, records list and records erase: what becomes of a record after it was published.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/cli/exit_codes.h"
#include "core/cli/json.h"
#include "core/cli/text.h"
#include "hub/cli/commands.h"
#include "hub/cli/records_text.h"
#include "hub/cli/words.h"

namespace vervet::coordinator_cli {
namespace {

using Stub = v1::Records::StubInterface;

// A record with many opinions and remedies is large, and gRPC takes no more than 4 MiB at once.
constexpr uint32_t kRecordsPerCall = 50;
constexpr int64_t kMostListed = 1'000'000;

// Names are an ornament: who may not list the roster (a member's certificate) reads identities.
DisplayNames NamesOf(RegistrySession& session) {
  v1::ListResponse list;
  DisplayNames names;
  if (!session.Call(&v1::Registry::StubInterface::List, v1::ListRequest(), &list).ok()) {
    return names;
  }
  for (const v1::RosterEntry& entry : list.parties()) names[entry.party()] = entry.display_name();
  return names;
}

class ShowCommand final : public cli::Command {
 public:
  explicit ShowCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "records show",
        .arguments = "RECORD",
        .summary = "one record: opinions, answers, and who has applied its end",
        .purpose =
            "RECORD is its id, 32 hexadecimal digits. After a retraction or an erasure there is "
            "a line for each member that had the record. APPLIED is when it said to have "
            "applied the end durably; \"not yet\" also stands where it has not said so since "
            "the hub's last start. A client without a vault applies nothing: its line says "
            "when it last looked up. OUTCOME is what it did about its own users, for how many "
            "ACCOUNTS, and WHEN it said so; LATE, that the deadline passed without a word.\n\n"
            "Publishers read the same of their own records, with a member's certificate.",
        .examples = {{"records show 0192f3a47c1e7d21a1b2c3d4e5f60718", "for people"},
                     {"records show 0192f3a47c1e7d21a1b2c3d4e5f60718 --json | jq -r "
                      "'.remedies[] | select(.late) | .party'",
                      "the members to write to"}},
        .exit_codes = CommonExitCodes(),
        .minimum_arguments = 1,
        .maximum_arguments = 1};
  }
  void DeclareFlags(cli::FlagSet&) override {}

  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    const absl::StatusOr<std::string> record_id = RecordArgument(arguments[0]);
    if (!record_id.ok()) return RefuseArguments("records show", record_id.status(), streams);
    int exit_code = cli::kExitOk;
    const auto session = RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    v1::ShowRecordRequest request;
    request.set_record_id(*record_id);
    v1::RecordStatus record;
    const absl::Status status = session->Call(&Stub::ShowRecord, request, &record);
    if (!status.ok()) return session->Explain(status);
    const DisplayNames names = NamesOf(*session);
    if (invocation_.json) {
      cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
      AppendRecord(record, names, json);
      *streams.out << json.Finish();
    } else {
      *streams.out << RecordPage(record, names, invocation_.seams->environment->Now(), streams);
    }
    return cli::kExitOk;
  }

 private:
  Invocation& invocation_;
};

class ListRecordsCommand final : public cli::Command {
 public:
  explicit ListRecordsCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "records list",
        .summary = "records that somebody has to see to",
        .purpose =
            "Records of which something became: an opinion, a sighting, an end. --need narrows it: "
            "open-disputes waits for the publisher's answer; remedies-due was retracted or erased, "
            "and not every member has said what it did about its own users; late is past a "
            "deadline of either. REMEDIES counts the members that have said so, of those that had "
            "the record; LATE names what is past its deadline. Oldest record first.",
        .examples = {{"records list --need late", "whom to call today"},
                     {"records list --need open-disputes --limit 20", "the 20 oldest"},
                     {"records list --need remedies-due --json", "for programs, member by member"}},
        .exit_codes = CommonExitCodes()};
  }

  void DeclareFlags(cli::FlagSet& flags) override {
    flags.Choice("need", "NEED", "only what needs this; without it, all",
                 {"open_disputes", "remedies_due", "late"}, &need_);
    flags.Int("limit", "NUMBER", "at most so many; without it, all", 1, kMostListed, &limit_);
  }

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    int exit_code = cli::kExitOk;
    const auto session = RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    std::vector<v1::RecordStatus> records;
    bool more = false;
    const absl::Status status = ReadAll(*session, &records, &more);
    if (!status.ok()) return session->Explain(status);
    const DisplayNames names = records.empty() ? DisplayNames() : NamesOf(*session);
    if (invocation_.json) {
      cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
      json.BeginObject().Key("records").BeginArray();
      for (const v1::RecordStatus& record : records) AppendRecord(record, names, json);
      json.EndArray().Field("more", more).EndObject();
      *streams.out << json.Finish();
      return cli::kExitOk;
    }
    *streams.out << (records.empty()
                         ? "no record needs this\n"
                         : RecordsTable(records, names, invocation_.seams->environment->Now(),
                                        streams));
    if (more) streams.PrintNote("there are more: raise --limit, or leave it out");
    return cli::kExitOk;
  }

 private:
  absl::Status ReadAll(RegistrySession& session, std::vector<v1::RecordStatus>* records,
                       bool* more) const {
    v1::ListRecordsRequest request;
    v1::ListRecordsRequest::Need need = v1::ListRecordsRequest::ANY;
    if (!need_.empty()) v1::ListRecordsRequest::Need_Parse(absl::AsciiStrToUpper(need_), &need);
    request.set_need(need);
    do {
      const int64_t wanted = limit_ - static_cast<int64_t>(records->size());
      request.set_limit(static_cast<uint32_t>(std::min<int64_t>(wanted, kRecordsPerCall)));
      v1::ListRecordsResponse page;
      const absl::Status status = session.Call(&Stub::ListRecords, request, &page);
      if (!status.ok()) return status;
      *more = page.more();
      if (page.records().empty()) break;  // nothing to go on from, whatever `more` says
      for (v1::RecordStatus& record : *page.mutable_records()) {
        records->push_back(std::move(record));
      }
      request.set_after_record_id(records->back().record_id());
    } while (*more && static_cast<int64_t>(records->size()) < limit_);
    return absl::OkStatus();
  }

  Invocation& invocation_;
  std::string need_;
  int64_t limit_ = kMostListed;
};

class EraseCommand final : public cli::Command {
 public:
  explicit EraseCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "records erase",
        .arguments = "RECORD --ground GROUND --yes",
        .summary = "delete all that the hub and the members hold of a record",
        .purpose =
            "What the record said, its signatures, and every opinion and answer about it are "
            "deleted from the log, from the hub's memory and at every member; the log still "
            "verifies. It cannot be undone. Each member that had the record is to say what it did "
            "about its own users, as after a retraction: `records show` says who has.\n\n"
            "A coordinator may erase on a court's or an authority's order alone. The record's "
            "publisher, with its own certificate, may also withdraw it (withdrawn) or follow a "
            "person's right (subject-right). Backups made before keep the record: docs/"
            "operating.md. Nothing is erased, and nothing is asked, without --yes.",
        .examples = {{"records erase 0192f3a47c1e7d21a1b2c3d4e5f60718 --ground court-order --yes",
                      "for good"}},
        .exit_codes = CommonExitCodes(),
        .minimum_arguments = 1,
        .maximum_arguments = 1};
  }

  void DeclareFlags(cli::FlagSet& flags) override {
    flags.Choice("ground", "GROUND", "why; a coordinator may give court_order alone",
                 {"court_order", "subject_right", "withdrawn"}, &ground_);
    flags.Switch("yes", "erase it; without this the command only says what would happen", &yes_);
    flags.Require("ground");
  }

  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    const absl::StatusOr<std::string> record_id = RecordArgument(arguments[0]);
    if (!record_id.ok()) return RefuseArguments("records erase", record_id.status(), streams);
    if (!yes_) return RefuseWithoutYes(streams);
    int exit_code = cli::kExitOk;
    const auto session = RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    v1::EraseRequest request;
    request.set_request_id(session->NewRequestId());
    request.set_record_id(*record_id);
    v1::ErasureGround ground = v1::ERASURE_GROUND_UNSPECIFIED;
    v1::ErasureGround_Parse(absl::AsciiStrToUpper(ground_), &ground);
    request.set_ground(ground);
    v1::EraseResponse erased;
    const absl::Status status = session->Call(&Stub::Erase, request, &erased);
    if (!status.ok()) return session->Explain(status);
    const std::string hex = absl::BytesToHexString(*record_id);
    if (invocation_.json) {
      cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
      json.BeginObject()
          .Field("record_id", hex)
          .Field("sequence", uint64_t{erased.sequence()})
          .EndObject();
      *streams.out << json.Finish();
    } else {
      *streams.out << "erased  " << hex << ", event " << cli::WithThousands(erased.sequence())
                   << "\n";
    }
    return cli::kExitOk;
  }

 private:
  static int RefuseWithoutYes(const cli::Streams& streams) {
    streams.PrintError("records erase: nothing was erased, because --yes is not there");
    streams.PrintNote(
        "with it, what the record says, its signatures and every opinion about it are deleted at "
        "the hub and at every member, for good, and each member that had it is asked what it did "
        "about its own users. Look at it first: vervet records show RECORD");
    return cli::kExitUsage;
  }

  Invocation& invocation_;
  std::string ground_;
  bool yes_ = false;
};

}  // namespace

void AddRecordsCommands(Invocation& invocation, cli::Program& program) {
  program.Add(std::make_unique<ShowCommand>(invocation));
  program.Add(std::make_unique<ListRecordsCommand>(invocation));
  program.Add(std::make_unique<EraseCommand>(invocation));
}

}  // namespace vervet::coordinator_cli
