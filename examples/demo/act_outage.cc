#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/status_macros.h"
#include "core/cli/exit_codes.h"
#include "examples/coalition/temp_dir.h"
#include "examples/demo/member_commands.h"
#include "examples/demo/stage.h"

namespace vervet::demo {
namespace {

using coalition::CommandResult;
using coalition::Json;
using coalition::Process;

constexpr uint64_t kRecords = 2'000;
constexpr uint64_t kFirst = 400'000'000;  // far from the other acts' people
constexpr absl::Duration kDeadline = absl::Minutes(3);

absl::StatusOr<uint64_t> LiveRecords(Stage& stage) {
  VERVET_ASSIGN_OR_RETURN(const CommandResult result,
                          stage.coalition->RunCoordinator({"status", "--json"}));
  VERVET_RETURN_IF_ERROR(result.Require());
  VERVET_ASSIGN_OR_RETURN(const Json status, result.ReadJson());
  return status["live_records"].number();
}

absl::StatusOr<std::unique_ptr<Process>> StartImport(Stage& stage) {
  std::string csv = CsvLine({"decision_reference", "phone", "email", "payment_account",
                             "platform_account", "offence", "taxa"});
  for (uint64_t i = 0; i < kRecords; ++i) {
    std::string phone, email, payment, account;
    for (const RawIdentifier& identifier : GeneratedOffender(kFirst + i)) {
      stage.identifiers.push_back(identifier);
      (identifier.type == "phone"             ? phone
       : identifier.type == "email"           ? email
       : identifier.type == "payment_account" ? payment
                                              : account) = identifier.value;
    }
    csv += CsvLine({absl::StrFormat("KILL-%05d", i), phone, email, payment, account,
                    "offer_for_sale", "Panthera tigris"});
  }
  const std::string path = stage.coalition->dir_of(kMarket) + "/while-it-dies.csv";
  VERVET_RETURN_IF_ERROR(coalition::WriteFile(path, csv, 0600));
  return stage.coalition->StartMember(kMarket, {"import", path, "--json"});
}

}  // namespace

absl::Status KillTheHub(Stage& stage) {
  Timeline& timeline = stage.timeline;
  timeline.Act(6, "The hub dies in mid-sentence");
  VERVET_ASSIGN_OR_RETURN(const uint64_t before, LiveRecords(stage));
  VERVET_ASSIGN_OR_RETURN(const std::unique_ptr<Process> import, StartImport(stage));
  VERVET_ASSIGN_OR_RETURN(
      const Process::Line progress,
      import->WaitForLine(
          Process::Stream::kError,
          [](absl::string_view line) { return absl::StrContains(line, "deliver: "); }, kDeadline));
  VERVET_RETURN_IF_ERROR(stage.coalition->hub().Kill());
  timeline.Alarm(absl::StrCat("SIGKILL to the hub while market publishes ", WithCommas(kRecords),
                              " records (", progress.text, ")"));
  VERVET_ASSIGN_OR_RETURN(
      const CheckAnswer answer,
      Check(stage, kSocial, TraderAtTheSocialNetwork(), "user-4711", /*local_only=*/true));
  VERVET_RETURN_IF_ERROR(Expect(answer.matched, "social cannot check while the hub is dead"));
  timeline.Done("meanwhile social goes on checking its users, from its vault alone");
  VERVET_RETURN_IF_ERROR(stage.coalition->StartHub());
  VERVET_ASSIGN_OR_RETURN(const uint64_t survived, LiveRecords(stage));
  timeline.Done(absl::StrCat("the hub is back, and with it ", WithCommas(survived - before),
                             " of the records"));
  VERVET_ASSIGN_OR_RETURN(const int exit_code, import->Wait(kDeadline));
  const CommandResult result =
      coalition::ResultOf(*import, "vervet-member import", exit_code, absl::ZeroDuration());
  VERVET_RETURN_IF_ERROR(result.Require());
  VERVET_ASSIGN_OR_RETURN(const std::vector<Json> lines, result.ReadJsonLines());
  VERVET_RETURN_IF_ERROR(Expect(!lines.empty() && lines.back()["delivered"].number() == kRecords,
                                absl::StrCat("of ", kRecords, " records not all were delivered: ",
                                             lines.empty() ? "" : lines.back().Print())));
  VERVET_ASSIGN_OR_RETURN(const uint64_t after, LiveRecords(stage));
  VERVET_RETURN_IF_ERROR(
      Expect(after == before + kRecords,
             absl::StrCat("the log has ", after - before, " new records, not ", kRecords)));
  timeline.Done(absl::StrCat("market's outbox delivers the rest: ", WithCommas(kRecords), " of ",
                             WithCommas(kRecords), ", none lost and none twice"));
  // search was away all the while.
  VERVET_RETURN_IF_ERROR(CompareLogs(stage));
  timeline.Done(
      "search was away all the while and catches up: the same root at the hub and at every member");
  return absl::OkStatus();
}

}  // namespace vervet::demo
