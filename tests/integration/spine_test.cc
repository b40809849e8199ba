// The thinnest path through everything: one platform warns, another recognises, and the warning can
// be taken back.
#include <gtest/gtest.h>
#include <signal.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/cli/exit_codes.h"
#include "examples/coalition/process.h"
#include "examples/coalition/store_text.h"
#include "tests/integration/coalition_fixture.h"

namespace vervet::integration {
namespace {

using coalition::CommandResult;
using coalition::Json;
using coalition::Process;

constexpr absl::Duration kDeadline = absl::Seconds(15);

// Publishes `email` as market and returns the record's id.
std::string Publish(TestCoalition& coalition, const std::string& email, const std::string& decision,
                    const std::string& group = kEverybody) {
  const CommandResult result =
      Member(coalition, "market",
             {"publish", "--json", "--email", email, "--offence", "auction", "--taxon",
              "Manis javanica", "--decision", decision, "--group", group});
  EXPECT_TRUE(result.Require().ok()) << result.Require();
  const auto json = result.ReadJson();
  EXPECT_TRUE(json.ok()) << json.status();
  return json.ok() ? (*json)["record_id"].text() : "";
}

std::unique_ptr<Process> StartWatch(TestCoalition& coalition, const std::string& member) {
  auto watch = coalition->StartMember(member, {"watch", "--json"});
  EXPECT_TRUE(watch.ok()) << watch.status();
  const auto ready = (*watch)->WaitForLine(
      Process::Stream::kOutput,
      [](absl::string_view line) { return absl::StrContains(line, "\"ready\""); }, kDeadline);
  EXPECT_TRUE(ready.ok()) << ready.status();
  return *std::move(watch);
}

absl::StatusOr<Process::Line> WaitForEvent(Process& watch, const std::string& event,
                                           const std::string& reference) {
  return watch.WaitForLine(
      Process::Stream::kOutput,
      [&](absl::string_view line) {
        return absl::StrContains(line, absl::StrCat("\"event\":\"", event, "\"")) &&
               absl::StrContains(line, reference);
      },
      kDeadline);
}

TEST(Spine, RecognisesInAnotherNotationAndTellsWithoutAsking) {
  TestCoalition coalition;
  EXPECT_EQ(OutcomeOf(coalition, "social", "Trader@Example.com", {"--reference", "user-1"}),
            "no_match");
  const auto watch = StartWatch(coalition, "social");
  const std::string record = Publish(coalition, "trader@example.com", "CASE-1");

  const auto told = WaitForEvent(*watch, "match", "user-1");
  ASSERT_TRUE(told.ok()) << told.status();
  const auto notice = Json::Parse(told->text);
  ASSERT_TRUE(notice.ok());
  EXPECT_EQ((*notice)["record_id"].text(), record);
  EXPECT_EQ((*notice)["publisher"].text(), "member/market");
  EXPECT_EQ((*notice)["decision_reference"].text(), "CASE-1");
  watch->Signal(SIGTERM);
  EXPECT_EQ(watch->Wait(kDeadline).value_or(-1), 0);

  EXPECT_EQ(OutcomeOf(coalition, "social", "TRADER+spam@EXAMPLE.COM"),
            "match");  // by the alias form
  EXPECT_EQ(OutcomeOf(coalition, "social", "ｔｒａｄｅｒ@example.com"), "match");  // full width
  EXPECT_EQ(OutcomeOf(coalition, "social", "trade@example.com"), "no_match");
  EXPECT_EQ(OutcomeOf(coalition, "social", "trader@example.com", {"--local-only"}), "match");
}

TEST(Spine, TakesAWarningBack) {
  TestCoalition coalition;
  EXPECT_EQ(OutcomeOf(coalition, "social", "mistaken@example.com", {"--reference", "user-2"}),
            "no_match");
  const std::string record = Publish(coalition, "mistaken@example.com", "CASE-2");
  const auto watch = StartWatch(coalition, "social");
  ASSERT_TRUE(WaitForEvent(*watch, "match", "user-2").ok());
  const CommandResult retracted =
      Member(coalition, "market", {"retract", record, "--reason", "overturned on appeal"});
  EXPECT_TRUE(retracted.Require().ok()) << retracted.Require();
  const auto ended = WaitForEvent(*watch, "match_ended", "user-2");
  EXPECT_TRUE(ended.ok()) << ended.status();
  watch->Signal(SIGTERM);
  ASSERT_EQ(watch->Wait(kDeadline).value_or(-1), 0);
  EXPECT_EQ(OutcomeOf(coalition, "social", "mistaken@example.com"), "no_match");
}

TEST(Spine, KeepsARecordOfTheSubCoalitionInIt) {
  TestCoalition coalition({{"market", "social", "search"}, ""});
  ASSERT_TRUE(coalition->RunCoordinator({"groups", "join", kSubCoalition, "member/social"})
                  ->Require()
                  .ok());
  Publish(coalition, "narrow@example.com", "CASE-NARROW", kSubCoalition);
  Publish(coalition, "wide@example.com", "CASE-WIDE");
  EXPECT_EQ(OutcomeOf(coalition, "social", "narrow@example.com"), "match");
  EXPECT_EQ(OutcomeOf(coalition, "search", "narrow@example.com"), "no_match");
  EXPECT_EQ(OutcomeOf(coalition, "search", "wide@example.com"), "match");
  const auto vault =
      coalition::ReadWholeStore(coalition->vault_of("search"), coalition->vault_key_of("search"));
  ASSERT_TRUE(vault.ok()) << vault.status();
  EXPECT_TRUE(absl::StrContains(vault->bytes, "CASE-WIDE"));
  EXPECT_FALSE(absl::StrContains(vault->bytes, "CASE-NARROW"));

  // Joining brings the group's history, leaving takes it away.
  ASSERT_TRUE(coalition->RunCoordinator({"groups", "join", kSubCoalition, "member/search"})
                  ->Require()
                  .ok());
  EXPECT_EQ(OutcomeOf(coalition, "search", "narrow@example.com"), "match");
  ASSERT_TRUE(coalition->RunCoordinator({"groups", "leave", kSubCoalition, "member/search"})
                  ->Require()
                  .ok());
  EXPECT_EQ(OutcomeOf(coalition, "search", "narrow@example.com"), "no_match");
}

TEST(Spine, DropsTheRecordsOfASuspendedPublisherAndBringsThemBack) {
  TestCoalition coalition;
  Publish(coalition, "doubtful@example.com", "CASE-3");
  EXPECT_EQ(OutcomeOf(coalition, "social", "doubtful@example.com"), "match");
  ASSERT_TRUE(
      coalition->RunCoordinator({"members", "suspend", "member/market", "--reason", "under review"})
          ->Require()
          .ok());
  EXPECT_EQ(OutcomeOf(coalition, "social", "doubtful@example.com"), "no_match");
  ASSERT_TRUE(
      coalition->RunCoordinator({"members", "reinstate", "member/market", "--reason", "cleared"})
          ->Require()
          .ok());
  EXPECT_EQ(OutcomeOf(coalition, "social", "doubtful@example.com"), "match");
}

// Whoever waited for these times would fail by this test's own deadline.
TEST(Spine, TellsASuspendedMemberAtOnceAndKeepsItsRecordForBetterDays) {
  const std::string a_day = "86400";
  const auto expect_reason = [](const CommandResult& result) {
    EXPECT_TRUE(absl::StrContains(result.error, "permission denied: member/market is suspended"))
        << result.error;
    EXPECT_TRUE(absl::StrContains(result.error, "under review")) << result.error;
    EXPECT_TRUE(absl::StrContains(result.error, "ask a coordinator to reinstate it"))
        << result.error;
  };
  TestCoalition coalition;
  ASSERT_TRUE(Member(coalition, "market", {"sync"}).Require().ok());
  ASSERT_TRUE(
      coalition->RunCoordinator({"members", "suspend", "member/market", "--reason", "under review"})
          ->Require()
          .ok());
  const CommandResult synced = Member(coalition, "market", {"sync", "--timeout", a_day});
  EXPECT_EQ(synced.exit_code, cli::kExitFailed);
  expect_reason(synced);
  const CommandResult watched = Member(coalition, "market", {"watch"});
  EXPECT_EQ(watched.exit_code, cli::kExitFailed);
  expect_reason(watched);
  const CommandResult published =
      Member(coalition, "market",
             {"publish", "--email", "late@example.com", "--offence", "auction", "--taxon",
              "Manis javanica", "--decision", "CASE-4", "--group", kEverybody, "--timeout", a_day});
  EXPECT_EQ(published.exit_code, cli::kExitUnavailable);
  expect_reason(published);
  EXPECT_TRUE(absl::StrContains(published.error, "safe in the outbox")) << published.error;
  const CommandResult flushed = Member(coalition, "market", {"flush", "--timeout", a_day});
  EXPECT_EQ(flushed.exit_code, cli::kExitFailed);
  expect_reason(flushed);

  ASSERT_TRUE(
      coalition->RunCoordinator({"members", "reinstate", "member/market", "--reason", "cleared"})
          ->Require()
          .ok());
  EXPECT_TRUE(Member(coalition, "market", {"flush"}).Require().ok());
  EXPECT_EQ(OutcomeOf(coalition, "social", "late@example.com"), "match");
}

TEST(Spine, RefusesForGoodToRetractAnothersRecord) {
  TestCoalition coalition;
  const std::string record = Publish(coalition, "theirs@example.com", "CASE-5");
  const CommandResult refused = Member(
      coalition, "social", {"retract", record, "--reason", "we know better", "--timeout", "60"});
  EXPECT_EQ(refused.exit_code, cli::kExitFailed);
  EXPECT_TRUE(absl::StrContains(refused.error, "only its publisher can retract it"))
      << refused.error;
  // Nothing is left that would be sent again.
  const CommandResult flushed = Member(coalition, "social", {"flush", "--json"});
  EXPECT_TRUE(flushed.Require().ok()) << flushed.Require();
  const auto json = flushed.ReadJson();
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_EQ((*json)["refused"].number(), 1);
  EXPECT_EQ(OutcomeOf(coalition, "social", "theirs@example.com"), "match");
}

}  // namespace
}  // namespace vervet::integration
