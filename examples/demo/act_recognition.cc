#include <signal.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "core/cli/exit_codes.h"
#include "examples/coalition/store_text.h"
#include "examples/coalition/temp_dir.h"
#include "examples/demo/member_commands.h"
#include "examples/demo/stage.h"

namespace vervet::demo {
namespace {

using coalition::Json;
using coalition::Process;

constexpr char kOwnReference[] = "user-4711";  // social's, of the trader
constexpr int kMoreUsers = 8;
constexpr absl::Duration kNoticeDeadline = absl::Seconds(10);

std::string UserReference(int i) { return absl::StrCat("user-", 5'000 + i); }
// Far away from the numbers of act 4.
std::vector<RawIdentifier> User(int i) {
  return GeneratedOffender(900'000'000u + 4u * static_cast<uint64_t>(i));
}

absl::Status CheckProvenance(const Json& match, const std::string& decision) {
  VERVET_RETURN_IF_ERROR(Expect(match["publisher"].text() == absl::StrCat("member/", kMarket),
                                "the match names another publisher: " + match.Print()));
  VERVET_RETURN_IF_ERROR(Expect(match["decision_reference"].text() == decision,
                                "the match names another decision: " + match.Print()));
  VERVET_RETURN_IF_ERROR(
      Expect(match["offence"].text() == "offer_for_sale" && match["taxa"].texts().size() == 2,
             "offence or taxa are missing: " + match.Print()));
  return Expect(!match["certainty"].text().empty() && !match["expires"].text().empty(),
                "certainty or expiry are missing: " + match.Print());
}

void TellProvenance(Timeline& timeline, const CheckAnswer& answer) {
  for (const Json& result : answer.results) {
    const std::vector<Json> matches = result["matches"].elements();
    if (matches.empty()) continue;
    timeline.Detail(absl::StrCat(result["identifier"].text(), " matches by its ",
                                 matches[0]["signature_type"].text(), " signature, until ",
                                 matches[0]["expires"].text().substr(0, 10)));
  }
  const Json match = answer.FirstMatch();
  timeline.Detail(absl::StrCat("acted on by ", match["publisher_name"].text(), " (",
                               match["legal_entity"].text(), "), ",
                               match["decision_reference"].text()));
  timeline.Detail(absl::StrCat(match["offence"].text(), ", ", match["form"].text(), ": ",
                               absl::StrJoin(match["taxa"].texts(), ", "), "; ",
                               match["certainty"].text(), "; TLP ", match["tlp"].text(), "; ",
                               match["lawful_basis"].text()));
}

absl::Status ExpectMatches(Stage& stage, const std::string& member,
                           const std::vector<RawIdentifier>& person, const std::string& how,
                           bool local_only) {
  VERVET_ASSIGN_OR_RETURN(const CheckAnswer answer,
                          Check(stage, member, person, kOwnReference, local_only));
  VERVET_RETURN_IF_ERROR(Expect(answer.MatchedIdentifiers() == person.size(),
                                absl::StrCat(member, " recognised ", answer.MatchedIdentifiers(),
                                             " of ", person.size(), " identifiers")));
  VERVET_RETURN_IF_ERROR(CheckProvenance(answer.FirstMatch(), kDecision));
  stage.timeline.Done(absl::StrCat(member, " recognises the person ", how, ": ",
                                   answer.MatchedIdentifiers(), " of ", person.size(),
                                   " identifiers"));
  TellProvenance(stage.timeline, answer);
  return absl::OkStatus();
}

absl::Status ExpectNoMatch(Stage& stage, const std::string& member,
                           const std::vector<RawIdentifier>& person, const std::string& reference) {
  VERVET_ASSIGN_OR_RETURN(const CheckAnswer answer, Check(stage, member, person, reference));
  return Expect(!answer.matched,
                absl::StrCat(member, " matches somebody whom no record that it may see is about: ",
                             answer.FirstMatch().Print()));
}

// On a day before anybody knew: social's users are checked, remembered, and nobody matches.
absl::Status SocialChecksItsUsers(Stage& stage) {
  VERVET_RETURN_IF_ERROR(ExpectNoMatch(stage, kSocial, TraderAtTheSocialNetwork(), kOwnReference));
  VERVET_RETURN_IF_ERROR(ExpectNoMatch(stage, kSocial, InnocentPerson(), "user-0815"));
  std::string csv = CsvLine({"reference", "type", "value", "region"});
  for (int i = 0; i < kMoreUsers; ++i) {
    for (const RawIdentifier& identifier : User(i)) {
      stage.identifiers.push_back(identifier);
      csv += CsvLine({UserReference(i), identifier.type, identifier.value, identifier.region});
    }
  }
  const std::string path = stage.coalition->dir_of(kSocial) + "/users.csv";
  VERVET_RETURN_IF_ERROR(coalition::WriteFile(path, csv, 0600));
  VERVET_ASSIGN_OR_RETURN(const auto result,
                          stage.coalition->RunMember(kSocial, {"check", "--csv", path, "--json"}));
  VERVET_RETURN_IF_ERROR(Expect(result.exit_code == cli::kExitOk,
                                absl::StrCat("social's check of its users ended with ",
                                             result.exit_code, ": ", result.error)));
  stage.timeline.Done(absl::StrCat("earlier: social checks ", 2 + kMoreUsers,
                                   " of its own users, and nobody matches; it keeps watching"));
  return absl::OkStatus();
}

// The watch's line about `reference`, and how long after the hub's time stamp it was noticed.
absl::StatusOr<Json> WaitForNotice(Process& watch, const std::string& reference,
                                   absl::Duration* latency) {
  VERVET_ASSIGN_OR_RETURN(const Process::Line line,
                          watch.WaitForLine(
                              Process::Stream::kOutput,
                              [&](absl::string_view text) {
                                return absl::StrContains(text, "\"event\":\"match\"") &&
                                       absl::StrContains(text, absl::StrCat("\"", reference, "\""));
                              },
                              kNoticeDeadline));
  VERVET_ASSIGN_OR_RETURN(const Json json, Json::Parse(line.text));
  VERVET_RETURN_IF_ERROR(Expect(json["references"].texts() == std::vector<std::string>{reference},
                                "the notice names other references: " + json.Print()));
  // Cut to whole milliseconds by the program that prints it: it was at most this long.
  *latency = absl::Milliseconds(json["latency_ms"].real() + 1);
  return json;
}

absl::StatusOr<std::unique_ptr<Process>> StartWatching(Stage& stage) {
  VERVET_ASSIGN_OR_RETURN(std::unique_ptr<Process> watch,
                          stage.coalition->StartMember(kSocial, {"watch", "--json"}));
  VERVET_RETURN_IF_ERROR(
      watch
          ->WaitForLine(
              Process::Stream::kOutput,
              [](absl::string_view text) { return absl::StrContains(text, "\"event\":\"ready\""); },
              kNoticeDeadline)
          .status());
  return watch;
}

absl::Status MarketWarns(Stage& stage) {
  VERVET_ASSIGN_OR_RETURN(const Published published,
                          Publish(stage, kMarket, TraderAtTheMarket(), kDecision, kEverybody));
  stage.timeline.Done(
      absl::StrCat("market has confirmed an offender and publishes: event ", published.sequence));
  stage.timeline.Detail(
      "phone, e-mail, payment account and platform account, all of them blinded on the way");
  return absl::OkStatus();
}

absl::Status ShareInTheSubCoalition(Stage& stage) {
  VERVET_RETURN_IF_ERROR(
      Publish(stage, kMarket, TraderOfTheSubCoalition(), kSubDecision, kSubCoalition).status());
  VERVET_ASSIGN_OR_RETURN(const CheckAnswer inside,
                          Check(stage, kSocial, TraderOfTheSubCoalition(), "user-4712"));
  VERVET_RETURN_IF_ERROR(
      Expect(inside.MatchedIdentifiers() == 2,
             "social belongs to the sub-coalition and does not recognise its record"));
  VERVET_RETURN_IF_ERROR(CheckProvenance(inside.FirstMatch(), kSubDecision));
  VERVET_RETURN_IF_ERROR(ExpectNoMatch(stage, kSearch, TraderOfTheSubCoalition(), "visitor-9"));
  VERVET_ASSIGN_OR_RETURN(const coalition::StoreText vault,
                          coalition::ReadWholeStore(stage.coalition->vault_of(kSearch),
                                                    stage.coalition->vault_key_of(kSearch)));
  VERVET_RETURN_IF_ERROR(Expect(absl::StrContains(vault.bytes, kDecision),
                                "search's vault does not hold the record that it may see"));
  VERVET_RETURN_IF_ERROR(Expect(!absl::StrContains(vault.bytes, kSubDecision),
                                "search's vault holds a record of a group that it is not in"));
  stage.timeline.Done(absl::StrCat("a record for ", kSubCoalition,
                                   " alone: social recognises it, search does not"));
  stage.timeline.Detail(
      "search's vault, decrypted: holds the other record, and nothing of this one");
  return absl::OkStatus();
}

absl::Status TellOfEachNotice(Stage& stage, Process& watch) {
  Timeline& timeline = stage.timeline;
  absl::Duration latency;
  VERVET_ASSIGN_OR_RETURN(const Json notice, WaitForNotice(watch, kOwnReference, &latency));
  VERVET_RETURN_IF_ERROR(CheckProvenance(notice, kDecision));
  stage.measured.told.push_back(latency);
  timeline.Alarm(absl::StrCat("social's watch: ", kOwnReference, " matches a record of ",
                              notice["publisher_name"].text(), ", ", ForPeople(latency),
                              " after it entered the log"));
  timeline.Done(
      "social had checked that person before: it is told without asking, by its own reference");
  for (int i = 0; i < kMoreUsers; ++i) {
    VERVET_RETURN_IF_ERROR(
        Publish(stage, kMarket, User(i), absl::StrCat("CASE-2026-02", 10 + i), kEverybody)
            .status());
    VERVET_RETURN_IF_ERROR(WaitForNotice(watch, UserReference(i), &latency).status());
    stage.measured.told.push_back(latency);
  }
  timeline.Done(absl::StrCat(kMoreUsers, " more records, ", kMoreUsers, " more notices"));
  return absl::OkStatus();
}

}  // namespace

absl::Status WarnAndRecognise(Stage& stage) {
  Timeline& timeline = stage.timeline;
  timeline.Act(2, "One platform warns, the others recognise");
  VERVET_RETURN_IF_ERROR(SocialChecksItsUsers(stage));
  VERVET_ASSIGN_OR_RETURN(const auto watch, StartWatching(stage));
  VERVET_RETURN_IF_ERROR(MarketWarns(stage));
  VERVET_RETURN_IF_ERROR(ExpectMatches(stage, kSearch, TraderAtTheSearchEngine(),
                                       "from full-width digits, a plus-address and other spellings",
                                       false));
  VERVET_RETURN_IF_ERROR(ExpectNoMatch(stage, kSearch, InnocentPerson(), "visitor-8"));
  timeline.Done("search checks an innocent person, one digit and one letter away: no match");

  timeline.Act(3, "Told without asking");
  VERVET_RETURN_IF_ERROR(TellOfEachNotice(stage, *watch));
  watch->Signal(SIGTERM);
  VERVET_ASSIGN_OR_RETURN(const int watch_exit, watch->Wait(absl::Seconds(10)));
  VERVET_RETURN_IF_ERROR(Expect(watch_exit == 0, absl::StrCat("watch ended with ", watch_exit)));
  timeline.StartStep();
  VERVET_RETURN_IF_ERROR(
      ExpectMatches(stage, kSocial, TraderAtTheSocialNetwork(),
                    "from a national number and capital letters, without any network", true));
  return ShareInTheSubCoalition(stage);
}

}  // namespace vervet::demo
