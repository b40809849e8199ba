// A record that was wrong: disputed, answered, retracted, erased, with real processes over the real
// hub.
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/cli/exit_codes.h"
#include "core/oprf/token.h"
#include "examples/coalition/process.h"
#include "examples/coalition/store_text.h"
#include "tests/integration/coalition_fixture.h"

namespace vervet::integration {
namespace {

using coalition::CommandResult;
using coalition::Json;
using coalition::Process;

constexpr absl::Duration kDeadline = absl::Seconds(20);

class Remedy : public ::testing::Test {
 protected:
  Remedy()
      : coalition_({{"market", "social", "search"}, "remedy { sighting_count_interval_s: 1 }"}) {
    // Each vault has met the hub before anything is published.
    for (const char* member : {"market", "social", "search"}) Run(member, {"sync"});
  }

  std::string Run(const std::string& member, std::vector<std::string> arguments) {
    const CommandResult result = Member(coalition_, member, std::move(arguments));
    EXPECT_TRUE(result.Require().ok()) << result.Require();
    return result.output;
  }
  Json RunJson(const std::string& member, std::vector<std::string> arguments) {
    arguments.push_back("--json");
    const CommandResult result = Member(coalition_, member, std::move(arguments));
    const auto json = result.ReadJson();
    EXPECT_TRUE(json.ok()) << json.status() << result.error;
    return json.ok() ? *json : Json();
  }

  // As market; the record's id.
  std::string Publish(const std::string& email, const std::string& decision,
                      std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"publish",        "--email",    email,
                                          "--offence",      "auction",    "--taxon",
                                          "Manis javanica", "--decision", decision};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunJson("market", arguments)["record_id"].text();
  }

  std::unique_ptr<Process> Watch(const std::string& member) {
    auto watch = coalition_->StartMember(member, {"watch", "--json"});
    EXPECT_TRUE(watch.ok()) << watch.status();
    WaitFor(**watch, {"\"ready\""});
    return *std::move(watch);
  }
  // The first line with all of `parts`.
  Json WaitFor(Process& watch, const std::vector<std::string>& parts) {
    const auto line = watch.WaitForLine(
        Process::Stream::kOutput,
        [&](absl::string_view text) {
          for (const std::string& part : parts) {
            if (!absl::StrContains(text, part)) return false;
          }
          return true;
        },
        kDeadline);
    EXPECT_TRUE(line.ok()) << line.status();
    const auto json = line.ok() ? Json::Parse(line->text) : absl::StatusOr<Json>(Json());
    return json.ok() ? *json : Json();
  }
  static void Stop(Process& watch) {
    watch.Signal(SIGTERM);
    EXPECT_EQ(watch.Wait(kDeadline).value_or(-1), 0);
  }

  // What the record's publisher is told of each member, by party.
  std::map<std::string, Json> RemediesOf(const std::string& record) {
    std::map<std::string, Json> remedies;
    const Json shown = RunJson("market", {"records", "show", record});
    for (const Json& line : shown["remedies"].elements()) remedies[line["party"].text()] = line;
    return remedies;
  }

  TestCoalition coalition_;
};

TEST_F(Remedy, ADisputeReachesEverybodyAndPausesUntilItIsAnswered) {
  OutcomeOf(coalition_, "search", "doubt@example.com", {"--reference", "user-1"});
  const std::string record = Publish("doubt@example.com", "CASE-1");
  const auto search = Watch("search");
  WaitFor(*search, {"\"match\"", "user-1"});
  const auto market = Watch("market");

  Run("social", {"opinion", record, "dispute", "--reason", "the photographs show a replica"});
  const Json ended = WaitFor(*search, {"\"match_ended\"", "user-1"});
  EXPECT_EQ(ended["reason"].text(), "paused by disputes");
  const Json told = WaitFor(*market, {"\"event\":\"opinion\"", record});
  EXPECT_TRUE(told["own"].truth());
  EXPECT_EQ(told["opinion"]["party"].text(), "member/social");
  EXPECT_EQ(told["opinion"]["reason"].text(), "the photographs show a replica");
  Stop(*market);
  EXPECT_EQ(RunJson("market", {"records", "show", record})["state"].text(), "paused");

  const size_t before = search->LineCount(Process::Stream::kOutput);
  Run("market", {"answer", record, "--text", "checked again by two reviewers"});
  const auto again = search->WaitForLine(
      Process::Stream::kOutput,
      [](absl::string_view line) { return absl::StrContains(line, "\"event\":\"match\""); },
      kDeadline, before);
  EXPECT_TRUE(again.ok()) << again.status();
  Stop(*search);
  const Json answer = RunJson("search", {"check", "--email", "doubt@example.com"});
  const Json match = answer["results"].elements()[0]["matches"].elements()[0];
  EXPECT_EQ(match["disputes"].number(), 0);
  EXPECT_TRUE(match["opinions"].elements()[0]["answered"].truth());
  EXPECT_EQ(RunJson("market", {"records", "show", record})["state"].text(), "in force");
}

TEST_F(Remedy, ARetractionNamesTheAffectedAndEveryMemberSaysWhatItDid) {
  OutcomeOf(coalition_, "social", "wrong@example.com", {"--reference", "user-2"});
  const std::string record = Publish("wrong@example.com", "CASE-2");
  Run("social", {"sync"});
  Run("search", {"sync"});
  Run("social", {"remedies", "note", record, "user-2", "--action", "account suspended"});
  const auto watch = Watch("social");
  Run("market", {"retract", record, "--reason", "overturned on appeal"});

  const Json ended = WaitFor(*watch, {"\"match_ended\"", "user-2"});
  EXPECT_EQ(ended["reason"].text(), "retracted");
  EXPECT_EQ(ended["detail"].text(), "overturned on appeal");
  EXPECT_EQ(ended["affected"].elements()[0]["reference"].text(), "user-2");
  EXPECT_EQ(ended["affected"].elements()[0]["action"].text(), "account suspended");
  Stop(*watch);
  EXPECT_EQ(OutcomeOf(coalition_, "social", "wrong@example.com"), "no_match");

  auto remedies = RemediesOf(record);
  EXPECT_TRUE(remedies["member/social"]["applied"].truth());
  EXPECT_EQ(remedies["member/social"]["outcome"].text(), "");
  const Json open = RunJson("social", {"remedies", "list"});
  ASSERT_EQ(open["remedies"].elements().size(), 1u);
  EXPECT_EQ(open["remedies"].elements()[0]["record_id"].text(), record);
  Run("social", {"remedies", "acknowledge", record, "reversed"});
  EXPECT_EQ(RunJson("social", {"remedies"})["remedies"].elements().size(), 0u);
  // Nobody there had matched: the SDK says so by itself.
  Run("search", {"sync"});

  remedies = RemediesOf(record);
  EXPECT_EQ(remedies["member/social"]["outcome"].text(), "reversed");
  EXPECT_EQ(remedies["member/social"]["subjects"].number(), 1);
  EXPECT_TRUE(remedies["member/search"]["applied"].truth());
  EXPECT_EQ(remedies["member/search"]["outcome"].text(), "none");
}

TEST_F(Remedy, TheTimeOfAnEndAppliedIsKnownAcrossARestartOfTheHub) {
  const std::string record = Publish("late@example.com", "CASE-6");
  Run("social", {"sync"});
  Run("market", {"retract", record, "--reason", "wrong person"});
  ASSERT_EQ(coalition_.hub().Stop().value_or(-1), 0);
  const absl::Time restarted = absl::Now();
  ASSERT_TRUE(coalition_->StartHub().ok());
  // It was behind the retraction when it first spoke to the hub that runs now.
  Run("social", {"sync"});
  const Json social = RemediesOf(record)["member/social"];
  EXPECT_TRUE(social["applied"].truth());
  absl::Time applied;
  std::string error;
  ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, social["applied_at"].text(), &applied, &error))
      << error << social["applied_at"].text();
  EXPECT_GE(applied, restarted - absl::Seconds(1));
}

TEST_F(Remedy, SuspendingWhoDisputedEndsThePause) {
  const std::string record = Publish("contested@example.com", "CASE-7");
  Run("social", {"opinion", record, "dispute", "--reason", "the photographs show a replica"});
  const auto state = [&] { return RunJson("market", {"records", "show", record})["state"].text(); };
  EXPECT_EQ(state(), "paused");
  const auto suspended =
      coalition_->RunCoordinator({"members", "suspend", "member/social", "--reason", "left"});
  ASSERT_TRUE(suspended.ok() && suspended->Require().ok()) << suspended->Require();
  const absl::Time give_up = absl::Now() + kDeadline;
  while (state() == "paused" && absl::Now() < give_up) {
  }
  EXPECT_EQ(state(), "in force");
}

TEST_F(Remedy, ASightingIsCountedForEverybodyAndNamedToNobody) {
  OutcomeOf(coalition_, "social", "seen@example.com", {"--reference", "user-3"});
  const std::string record = Publish("seen@example.com", "CASE-3");
  Run("social", {"sync"});
  // The hub counts from time to time.
  const absl::Time give_up = absl::Now() + kDeadline;
  Json match;
  do {
    const Json answer = RunJson("search", {"check", "--email", "seen@example.com"});
    match = answer["results"].elements()[0]["matches"].elements()[0];
  } while (match["sighted_by"].number() == 0 && absl::Now() < give_up);
  EXPECT_EQ(match["sighted_by"].number(), 1);
  const auto vault =
      coalition::ReadWholeStore(coalition_->vault_of("search"), coalition_->vault_key_of("search"));
  ASSERT_TRUE(vault.ok()) << vault.status();
  EXPECT_FALSE(absl::StrContains(vault->bytes, "user-3"));
}

// Everything in every file of hub and members, decrypted where it is a store of theirs.
class Erasure : public Remedy {
 protected:
  std::string Decrypted(const std::string& member) {
    const auto store = member == "hub"
                           ? coalition::ReadWholeStore(coalition_.hub().store_path(),
                                                       coalition_.hub().store_key_path())
                           : coalition::ReadWholeStore(coalition_->vault_of(member),
                                                       coalition_->vault_key_of(member));
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? store->bytes : "";
  }
  std::string RawFiles() {
    std::string bytes;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(coalition_->options().dir)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      bytes.append(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return bytes;
  }
  // N and token of every form of the address.
  std::vector<std::string> SecretsOf(const std::string& email) {
    std::vector<std::string> secrets;
    RawClient market = coalition_.As("market");
    for (const v1::SignatureType type : {v1::EMAIL, v1::EMAIL_ALIAS}) {
      const auto announced = ReadAnnouncement(market, type);
      EXPECT_TRUE(announced.ok()) << announced.status();
      const auto elements = EvaluateInputs(market, type, *announced, {email});
      EXPECT_TRUE(elements.ok()) << elements.status();
      const auto element = oprf::Element::Decode(oprf::AsBytes((*elements)[0]));
      const oprf::Token token = oprf::DeriveToken(type, announced->epoch, *element);
      secrets.push_back((*elements)[0]);
      secrets.emplace_back(token.bytes().begin(), token.bytes().end());
    }
    return secrets;
  }
};

TEST_F(Erasure, LeavesNothingOfTheRecordInAnyFile) {
  constexpr char kReason[] = "the photographs show a replica";
  const std::string email = "erased@example.com";
  OutcomeOf(coalition_, "social", email, {"--reference", "user-4"});
  const std::string record = Publish(email, "CASE-ERASED", {"--reference", "seller-4"});
  Run("social", {"opinion", record, "disagree", "--reason", kReason});
  for (const char* member : {"market", "social", "search"}) Run(member, {"sync"});
  std::vector<std::string> needles = SecretsOf(email);
  ASSERT_EQ(needles.size(), 4u);

  // The search finds what is there.
  ASSERT_EQ(coalition_.hub().Stop().value_or(-1), 0);
  EXPECT_TRUE(absl::StrContains(Decrypted("hub"), needles[0]));     // N
  EXPECT_TRUE(absl::StrContains(Decrypted("search"), needles[1]));  // the token
  EXPECT_TRUE(absl::StrContains(Decrypted("market"), needles[2]));
  for (const char* text : {kReason, "CASE-ERASED"}) {
    needles.push_back(text);
    EXPECT_TRUE(absl::StrContains(Decrypted("hub"), text));
    EXPECT_TRUE(absl::StrContains(Decrypted("search"), text));
  }
  ASSERT_TRUE(coalition_->StartHub().ok());

  // The person asks market, which published the record, and social, which checked them.
  Run("market", {"subject", "erase", "--reference", "seller-4", "--own-records"});
  Run("market", {"sync"});
  Run("social", {"sync"});
  const Json open = RunJson("social", {"remedies"});
  EXPECT_EQ(open["remedies"].elements()[0]["affected"].elements()[0]["reference"].text(), "user-4");
  Run("social", {"remedies", "acknowledge", record, "kept"});
  Run("social", {"subject", "erase", "--reference", "user-4"});
  Run("search", {"sync"});

  EXPECT_EQ(RunJson("market", {"records", "show", record})["state"].text(), "erased");
  auto remedies = RemediesOf(record);
  EXPECT_EQ(remedies["member/social"]["outcome"].text(), "kept");
  EXPECT_EQ(remedies["member/search"]["outcome"].text(), "none");
  EXPECT_TRUE(remedies["member/search"]["applied"].truth());

  ASSERT_EQ(coalition_.hub().Stop().value_or(-1), 0);
  for (const char* store : {"hub", "market", "social", "search"}) {
    const std::string bytes = Decrypted(store);
    EXPECT_FALSE(bytes.empty());
    for (size_t i = 0; i < needles.size(); ++i) {
      EXPECT_FALSE(absl::StrContains(bytes, needles[i])) << store << ", needle " << i;
    }
  }
  const std::string raw = RawFiles();
  for (size_t i = 0; i < needles.size(); ++i) {
    EXPECT_FALSE(absl::StrContains(raw, needles[i])) << "needle " << i;
  }
  for (const char* reference : {"user-4", "seller-4"}) {
    EXPECT_FALSE(absl::StrContains(Decrypted("social"), reference));
    EXPECT_FALSE(absl::StrContains(Decrypted("market"), reference));
  }
}

TEST_F(Remedy, APersonsRequestIsAnsweredAtThePlatform) {
  OutcomeOf(coalition_, "social", "person@example.com", {"--reference", "user-5"});
  const std::string record = Publish("person@example.com", "CASE-5");
  Run("social", {"sync"});
  Json shown = RunJson("social", {"subject", "show", "--email", "Person@Example.com"});
  EXPECT_EQ(shown["references"].elements()[0].text(), "user-5");
  EXPECT_EQ(shown["matches"].elements()[0]["publisher"].text(), "member/market");
  EXPECT_EQ(shown["matched"].elements()[0]["record_id"].text(), record);

  Run("social", {"subject", "object", record, "--reference", "user-5", "--reason",
                 "the address was sold before the date"});
  Run("social", {"sync"});
  shown = RunJson("social", {"subject", "show", "--reference", "user-5"});
  EXPECT_EQ(shown["objections"].elements()[0]["state"].text(), "open");
  EXPECT_FALSE(shown["objections"].elements()[0]["answer_due"].text().empty());

  Run("market", {"sync"});
  Run("market", {"answer", record, "--text", "the sale came later"});
  const auto watch = Watch("social");
  const Json told = WaitFor(*watch, {"\"event\":\"objection\"", "user-5"});
  EXPECT_EQ(told["objection"]["state"].text(), "kept");
  EXPECT_EQ(told["objection"]["answer"].text(), "the sale came later");
  Stop(*watch);

  Run("social", {"subject", "erase", "--email", "person@example.com"});
  shown = RunJson("social", {"subject", "show", "--reference", "user-5"});
  EXPECT_TRUE(shown["tokens"].elements().empty());
  EXPECT_TRUE(shown["objections"].elements().empty());
  const std::string vault =
      coalition::ReadWholeStore(coalition_->vault_of("social"), coalition_->vault_key_of("social"))
          ->bytes;
  EXPECT_FALSE(absl::StrContains(vault, "user-5"));
}

}  // namespace
}  // namespace vervet::integration
