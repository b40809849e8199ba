// log head and log verify: for whoever does not take the hub's word. (log check-report needs no
// hub: report_command.cc.)
#include <memory>
#include <ostream>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/cli/exit_codes.h"
#include "core/cli/json.h"
#include "core/cli/progress.h"
#include "core/cli/table.h"
#include "core/cli/text.h"
#include "core/log/tree_head.h"
#include "hub/cli/commands.h"
#include "hub/cli/log_files.h"
#include "hub/cli/log_verification.h"
#include "hub/cli/words.h"

namespace vervet::coordinator_cli {
namespace {

using Layout = cli::JsonWriter::Layout;

constexpr size_t kRecordIdHexDigits = 32;

std::vector<std::pair<int, std::string>> ExitCodes() {
  std::vector<std::pair<int, std::string>> codes = CommonExitCodes();
  codes.emplace_back(cli::kExitDataLoss,
                     "the log is not what the hub has signed: nothing of it can be believed; the "
                     "output names both heads");
  return codes;
}

// A session of a hub whose log key is known. Null after a failure.
std::unique_ptr<RegistrySession> OpenWithLogKey(const Invocation& invocation,
                                                const cli::Streams& streams, int* exit_code) {
  std::unique_ptr<RegistrySession> session = RegistrySession::Open(invocation, streams, exit_code);
  if (session == nullptr || !session->settings().log_public_key.empty()) return session;
  streams.PrintError(
      "--log-public-key (or log_public_key in the configuration): is required here: 64 "
      "hexadecimal digits, as a coordinator reads them out");
  *exit_code = cli::kExitUsage;
  return nullptr;
}

// Ends a command that found something: both heads, the report, the exit code.
int PrintDispute(const log::Dispute& dispute, const ConnectionSettings& settings,
                 const std::string& report_path, const Invocation& invocation,
                 const cli::Streams& streams) {
  if (invocation.json) {
    cli::JsonWriter json(Layout::kDocument);
    json.BeginObject().Field("verified", false).Field("finding", dispute.finding);
    if (dispute.known_head) AppendHead("known_head", *dispute.known_head, json);
    if (dispute.shown_head) AppendHead("shown_head", *dispute.shown_head, json);
    json.Field("own_size", dispute.own_size)
        .Field("own_root", absl::BytesToHexString(log::AsBytes(dispute.own_root)))
        .EndObject();
    *streams.out << json.Finish();
  } else {
    if (dispute.known_head) *streams.out << HeadFacts("known head", *dispute.known_head, streams);
    if (dispute.shown_head)
      *streams.out << HeadFacts("the hub's head", *dispute.shown_head, streams);
    cli::FactSheet own(2);
    own.Add("size", cli::WithThousands(dispute.own_size));
    own.Add("root", absl::BytesToHexString(log::AsBytes(dispute.own_root)));
    *streams.out << "computed from the events\n" << own.Render(streams);
  }
  streams.PrintError(absl::DataLossError(dispute.finding));
  if (report_path.empty()) {
    streams.PrintNote("do not believe this hub; --report FILE keeps both heads for others");
    return cli::kExitDataLoss;
  }
  const absl::Time now = invocation.seams->environment->Now();
  const absl::Status written = WriteTextFile(
      report_path, log::ToFile(log::MakeReport(settings.coalition, settings.log_public_key,
                                               "vervet log", now, dispute)));
  if (!written.ok()) {
    streams.PrintError(written);
  } else {
    streams.PrintNote(absl::StrCat("do not believe this hub; the report is in ", report_path,
                                   ": vervet log check-report verifies it"));
  }
  return cli::kExitDataLoss;
}

int SaveTo(const std::string& path, const v1::SignedTreeHead& head,
           const ConnectionSettings& settings, const cli::Streams& streams) {
  if (path.empty()) return cli::kExitOk;
  const absl::Status written = WriteTextFile(
      path, log::ToFile(log::SaveHead(settings.coalition, settings.log_public_key, head)));
  if (written.ok()) return cli::kExitOk;
  streams.PrintError(written);
  return cli::kExitFailed;
}

class HeadCommand final : public cli::Command {
 public:
  explicit HeadCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "log head",
        .arguments = "",
        .summary = "the log's signed head",
        .purpose =
            "Asks the hub for the head of its log and checks the signature under the log key of "
            "the configuration. Two heads of one size with different roots prove that the hub "
            "shows different logs to different people: compare yours with others'.",
        .examples = {{"log head", "for people"},
                     {"log head --save-head june.head", "keeps it for log verify --old-head"}},
        .exit_codes = ExitCodes()};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.String("save-head", "FILE", "keep the head in this file", &save_path_);
    flags.String("report", "FILE", "where it is not signed by the log key: write it down here",
                 &report_path_);
  }

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    int exit_code = cli::kExitOk;
    const auto session = OpenWithLogKey(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    v1::SignedTreeHead head;
    const absl::Status status =
        session->Call(&v1::Audit::StubInterface::GetHead, v1::GetHeadRequest(), &head);
    if (!status.ok()) return session->Explain(status);
    const ConnectionSettings& settings = session->settings();
    const absl::Status verified =
        log::VerifyTreeHead(settings.log_public_key, settings.coalition, head);
    if (!verified.ok()) {
      log::Dispute dispute;
      dispute.finding = std::string(verified.message());
      dispute.shown_head = head;
      return PrintDispute(dispute, settings, report_path_, invocation_, streams);
    }
    if (invocation_.json) {
      cli::JsonWriter json(Layout::kDocument);
      json.BeginObject().Field("verified", true);
      AppendHead("head", head, json);
      json.EndObject();
      *streams.out << json.Finish();
    } else {
      *streams.out << HeadFacts("head, signed by the log key", head, streams);
    }
    return SaveTo(save_path_, head, settings, streams);
  }

 private:
  Invocation& invocation_;
  std::string save_path_, report_path_;
};

class VerifyCommand final : public cli::Command {
 public:
  explicit VerifyCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "log verify",
        .arguments = "",
        .summary = "read the whole log and check all of it",
        .purpose =
            "For auditors and coordinators. Reads every event that your role may see, and the leaf "
            "hash of every other, computes the tree of all of them, and compares its root with the "
            "one that the hub has signed with the log key of the configuration.\n\n"
            "--old-head: also checks that the log still begins with a head that you saved before, "
            "by your own computation and by the hub's consistency proof. Save a head with each "
            "check: then nothing before it can be changed unnoticed. --record or --sequence: also "
            "checks the hub's proof that this event is in the log.",
        .examples = {{"log verify --save-head june.head", "the first time"},
                     {"log verify --old-head june.head --save-head july.head --report r.txt",
                      "from then "
                      "on"},
                     {"log verify --sequence 4711", "also that event 4711 is in the log"}},
        .exit_codes = ExitCodes()};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.String("record", "ID", "also prove that this record's publication is in the log",
                 &record_);
    flags.Int("sequence", "NUMBER", "also prove that this event is in the log", 1, INT64_MAX,
              &sequence_);
    flags.String("old-head", "FILE", "a head saved before, with which the log has to begin",
                 &old_path_);
    flags.String("save-head", "FILE", "keep the head in this file, if all is right", &save_path_);
    flags.String("report", "FILE", "if not: write both heads down here, for others", &report_path_);
  }

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    int exit_code = cli::kExitOk;
    const auto session = OpenWithLogKey(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    VerificationWish wish;
    const absl::Status understood = Understand(session->settings(), &wish);
    if (!understood.ok()) {
      streams.PrintError(understood);
      return cli::kExitUsage;
    }
    Verification found;
    absl::Status status;
    {
      std::unique_ptr<cli::Progress> bar;
      status = VerifyLog(
          session.get(), wish,
          [&](uint64_t read, uint64_t size) {
            if (bar == nullptr) {
              bar = std::make_unique<cli::Progress>(streams, *invocation_.seams->environment,
                                                    "read", size);
            }
            bar->Update(read, cli::Count(read, "event"));
          },
          &found);
    }
    if (found.dispute) {
      return PrintDispute(*found.dispute, session->settings(), report_path_, invocation_, streams);
    }
    if (!status.ok()) return session->Explain(status);
    invocation_.json ? PrintJson(found, wish, streams) : PrintText(found, wish, streams);
    return SaveTo(save_path_, found.reading.head, session->settings(), streams);
  }

 private:
  absl::Status Understand(const ConnectionSettings& settings, VerificationWish* wish) const {
    if (!record_.empty() && sequence_ != 0) {
      return absl::InvalidArgumentError("--record, --sequence: give one of them");
    }
    if (!record_.empty()) {
      if (record_.size() != kRecordIdHexDigits ||
          record_.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
        return absl::InvalidArgumentError("--record: must be 32 hexadecimal digits");
      }
      wish->record_id = absl::HexStringToBytes(record_);
    }
    wish->sequence = static_cast<uint64_t>(sequence_);
    if (old_path_.empty()) return absl::OkStatus();
    auto old_head = ReadSavedHead(old_path_, settings);
    if (!old_head.ok()) return old_head.status();
    wish->old_head = *std::move(old_head);
    return absl::OkStatus();
  }

  void PrintText(const Verification& found, const VerificationWish& wish,
                 const cli::Streams& streams) const {
    const LogReading& reading = found.reading;
    cli::FactSheet sheet;
    sheet.Add("log", absl::StrCat(cli::Count(reading.head.size(), "event"),
                                  " read: ", cli::WithThousands(reading.seen), " seen, ",
                                  cli::WithThousands(reading.hashes), " as leaf hashes"));
    sheet.Add("root", absl::BytesToHexString(reading.head.root()));
    sheet.Add("", "as computed, and as the hub has signed");
    sheet.Add("signed", cli::TimeForPeople(absl::FromUnixMicros(reading.head.time_us())));
    if (reading.seen != 0) {
      sheet.Add("events from", absl::StrCat(cli::TimeForPeople(reading.first), " to ",
                                            cli::TimeForPeople(reading.last)));
    }
    if (wish.old_head) {
      sheet.Add("old head",
                absl::StrCat("size ", cli::WithThousands(wish.old_head->size()), " of ",
                             cli::TimeForPeople(absl::FromUnixMicros(wish.old_head->time_us())),
                             ": the log begins with it, as computed and as proved in ",
                             found.consistency_hashes,
                             found.consistency_hashes == 1 ? " hash" : " hashes"));
    }
    if (found.sequence != 0) {
      sheet.Add("event", absl::StrCat(cli::WithThousands(found.sequence),
                                      ": in the log, as proved by a path of ", found.path_hashes,
                                      found.path_hashes == 1 ? " hash" : " hashes",
                                      found.event_seen ? "" : " (its content is not for you)"));
      sheet.Add("leaf hash", absl::BytesToHexString(log::AsBytes(found.leaf)));
    }
    *streams.out << sheet.Render(streams) << streams.OutPaint(cli::Paint::kGreen, "verified")
                 << "\n";
  }

  void PrintJson(const Verification& found, const VerificationWish& wish,
                 const cli::Streams& streams) const {
    cli::JsonWriter json(Layout::kDocument);
    json.BeginObject().Field("verified", true);
    AppendHead("head", found.reading.head, json);
    json.Field("events_seen", found.reading.seen).Field("leaf_hashes", found.reading.hashes);
    if (wish.old_head) {
      AppendHead("old_head", *wish.old_head, json);
      json.Field("consistency_hashes", static_cast<uint64_t>(found.consistency_hashes));
    }
    if (found.sequence != 0) {
      json.Key("event")
          .BeginObject()
          .Field("sequence", found.sequence)
          .Field("leaf_hash", absl::BytesToHexString(log::AsBytes(found.leaf)))
          .Field("seen", found.event_seen)
          .Field("path_hashes", static_cast<uint64_t>(found.path_hashes))
          .EndObject();
    }
    json.EndObject();
    *streams.out << json.Finish();
  }

  Invocation& invocation_;
  std::string record_, old_path_, save_path_, report_path_;
  int64_t sequence_ = 0;
};

}  // namespace

void AddLogCommands(Invocation& invocation, cli::Program& program) {
  program.Add(std::make_unique<HeadCommand>(invocation));
  program.Add(std::make_unique<VerifyCommand>(invocation));
}

}  // namespace vervet::coordinator_cli
