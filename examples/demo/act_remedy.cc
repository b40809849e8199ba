#include <signal.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/cli/exit_codes.h"
#include "examples/coalition/process.h"
#include "examples/demo/member_commands.h"
#include "examples/demo/stage.h"

namespace vervet::demo {
namespace {

using coalition::CommandResult;
using coalition::Json;
using coalition::Process;

constexpr char kWronged[] = "user-0815";  // social's, checked in act 2: nobody's record then
constexpr char kWrongDecision[] = "CASE-2026-0999";
constexpr absl::Duration kDeadline = absl::Seconds(20);

absl::Status RunAs(Stage& stage, const std::string& member, std::vector<std::string> arguments) {
  VERVET_ASSIGN_OR_RETURN(const CommandResult result,
                          stage.coalition->RunMember(member, std::move(arguments)));
  return result.Require();
}

// Syncs first, so that the answer is the coalition's of this moment.
absl::StatusOr<CheckAnswer> CheckInStep(Stage& stage, const std::string& member,
                                        const std::string& reference) {
  VERVET_RETURN_IF_ERROR(RunAs(stage, member, {"sync", "--json"}));
  return Check(stage, member, InnocentPerson(), reference);
}

absl::Status Dispute(Stage& stage, const std::string& record) {
  Timeline& timeline = stage.timeline;
  VERVET_ASSIGN_OR_RETURN(const CheckAnswer wronged, CheckInStep(stage, kSocial, kWronged));
  VERVET_RETURN_IF_ERROR(Expect(wronged.matched, "social does not see the wrong record"));
  VERVET_RETURN_IF_ERROR(RunAs(
      stage, kSocial, {"remedies", "note", record, kWronged, "--action", "account suspended"}));
  timeline.Done(
      absl::StrCat("market makes a mistake: its record is about an innocent person, and "
                   "social suspends ",
                   kWronged, " because of it"));
  VERVET_RETURN_IF_ERROR(RunAs(stage, kSocial,
                               {"opinion", record, "dispute", "--reason",
                                "the account sells postcards; a digit of the number is wrong"}));
  VERVET_ASSIGN_OR_RETURN(const CheckAnswer paused, CheckInStep(stage, kSearch, "visitor-8"));
  VERVET_RETURN_IF_ERROR(Expect(!paused.matched, "a disputed record goes on matching"));
  timeline.Done(
      "social looks again and disputes the record: one of two members, so it matches "
      "nobody, at search neither, until market answers");
  VERVET_RETURN_IF_ERROR(RunAs(stage, kMarket, {"sync", "--json"}));
  VERVET_RETURN_IF_ERROR(
      RunAs(stage, kMarket, {"answer", record, "--text", "compared with the listing: it stands"}));
  VERVET_ASSIGN_OR_RETURN(const CheckAnswer resumed, CheckInStep(stage, kSearch, "visitor-8"));
  VERVET_RETURN_IF_ERROR(Expect(resumed.matched, "an answered record does not match again"));
  const std::vector<Json> opinions = resumed.FirstMatch()["opinions"].elements();
  VERVET_RETURN_IF_ERROR(
      Expect(opinions.size() == 1 && opinions[0]["party"].text() == "member/social",
             "search's match does not show social's dispute: " + resumed.FirstMatch().Print()));
  timeline.Done(
      "market answers in haste that it stands: it matches again, and search's answer "
      "shows who disputes it and why");
  timeline.Detail(absl::StrCat(opinions[0]["party"].text(), ": ", opinions[0]["reason"].text()));
  return absl::OkStatus();
}

absl::Status Retract(Stage& stage, const std::string& record) {
  Timeline& timeline = stage.timeline;
  VERVET_ASSIGN_OR_RETURN(const std::unique_ptr<Process> watch,
                          stage.coalition->StartMember(kSocial, {"watch", "--json"}));
  VERVET_RETURN_IF_ERROR(
      watch
          ->WaitForLine(
              Process::Stream::kOutput,
              [](absl::string_view line) { return absl::StrContains(line, "\"event\":\"ready\""); },
              kDeadline)
          .status());
  VERVET_RETURN_IF_ERROR(RunAs(
      stage, kMarket, {"retract", record, "--reason", "mistaken identity: a digit was wrong"}));
  VERVET_ASSIGN_OR_RETURN(const Process::Line line,
                          watch->WaitForLine(
                              Process::Stream::kOutput,
                              [&](absl::string_view text) {
                                return absl::StrContains(text, "\"event\":\"match_ended\"") &&
                                       absl::StrContains(text, record);
                              },
                              kDeadline));
  VERVET_ASSIGN_OR_RETURN(const Json ended, Json::Parse(line.text));
  const std::vector<Json> affected = ended["affected"].elements();
  VERVET_RETURN_IF_ERROR(Expect(affected.size() == 1 &&
                                    affected[0]["reference"].text() == kWronged &&
                                    affected[0]["action"].text() == "account suspended",
                                "social is not told whom it had acted on: " + ended.Print()));
  timeline.Alarm(
      absl::StrCat("market retracts. social's watch names its own user and what was "
                   "done: ",
                   kWronged, ", account suspended"));
  watch->Signal(SIGTERM);
  VERVET_RETURN_IF_ERROR(watch->Wait(absl::Seconds(10)).status());
  VERVET_RETURN_IF_ERROR(RunAs(stage, kSocial, {"remedies", "acknowledge", record, "reversed"}));
  // Its visitor had matched, and nothing had been done about it.
  VERVET_RETURN_IF_ERROR(RunAs(stage, kSearch, {"sync", "--json"}));
  return RunAs(stage, kSearch, {"remedies", "acknowledge", record, "none"});
}

absl::Status ShowRemedies(Stage& stage, const std::string& record) {
  VERVET_ASSIGN_OR_RETURN(const CommandResult result,
                          stage.coalition->RunCoordinator({"records", "show", record, "--json"}));
  VERVET_RETURN_IF_ERROR(result.Require());
  VERVET_ASSIGN_OR_RETURN(const Json shown, result.ReadJson());
  const std::vector<Json> remedies = shown["remedies"].elements();
  VERVET_RETURN_IF_ERROR(
      Expect(remedies.size() == 2, "the coordinator does not see two remedies: " + shown.Print()));
  stage.timeline.Done(
      "the coordinator sees member by member what was applied (vervet records show)");
  for (const Json& remedy : remedies) {
    VERVET_RETURN_IF_ERROR(Expect(
        remedy["applied"].truth() && !remedy["outcome"].text().empty() && !remedy["late"].truth(),
        "a member has not applied or acknowledged it: " + remedy.Print()));
    stage.timeline.Detail(absl::StrCat(remedy["party"].text(), ": applied, ",
                                       remedy["outcome"].text(), ", ", remedy["subjects"].number(),
                                       " accounts"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RightAWrong(Stage& stage) {
  stage.timeline.Act(5, "A wrong record does not stand");
  VERVET_ASSIGN_OR_RETURN(const Published published,
                          Publish(stage, kMarket, InnocentPerson(), kWrongDecision, kEverybody));
  VERVET_RETURN_IF_ERROR(Dispute(stage, published.record_id));
  VERVET_RETURN_IF_ERROR(Retract(stage, published.record_id));
  VERVET_RETURN_IF_ERROR(ShowRemedies(stage, published.record_id));
  for (const char* member : {kSocial, kSearch}) {
    VERVET_ASSIGN_OR_RETURN(const CheckAnswer after, CheckInStep(stage, member, "visitor-8"));
    VERVET_RETURN_IF_ERROR(
        Expect(!after.matched, absl::StrCat(member, " goes on matching the innocent person")));
  }
  stage.timeline.Done("the innocent person matches nowhere any more");
  return absl::OkStatus();
}

}  // namespace vervet::demo
