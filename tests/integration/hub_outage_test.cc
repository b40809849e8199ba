// The hub goes away while members work. They go on, and everything arrives once when it is back.
#include <gtest/gtest.h>
#include <signal.h>

#include <map>
#include <regex>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/environment.h"
#include "core/cli/exit_codes.h"
#include "examples/coalition/process.h"
#include "examples/coalition/store_text.h"
#include "tests/integration/coalition_fixture.h"

namespace vervet::integration {
namespace {

using coalition::CommandResult;
using coalition::Process;

constexpr absl::Duration kDeadline = absl::Seconds(40);
constexpr int kRows = 400;

std::vector<std::string> PublishArguments(const std::string& email, const std::string& decision) {
  return {"publish", "--json",  "--email",        email,        "--offence",
          "auction", "--taxon", "Manis javanica", "--decision", decision};
}

// How often each decision "ROW-<n>" stands among the events of the hub's log.
std::map<std::string, int> PublishedDecisions(TestCoalition& coalition) {
  EXPECT_TRUE(coalition.hub().Stop().ok());
  const auto store =
      coalition::ReadWholeStore(coalition.hub().store_path(), coalition.hub().store_key_path());
  EXPECT_TRUE(store.ok()) << store.status();
  std::map<std::string, int> counts;
  if (!store.ok()) return counts;
  static const std::regex kDecision("ROW-[0-9]{4}");
  for (auto it = std::sregex_iterator(store->bytes.begin(), store->bytes.end(), kDecision);
       it != std::sregex_iterator(); ++it) {
    ++counts[it->str()];
  }
  return counts;
}

std::string WriteRows(TestCoalition& coalition) {
  std::string csv = "decision_reference,email,offence,taxa\n";
  for (int i = 0; i < kRows; ++i) {
    absl::StrAppend(&csv, "ROW-", 1000 + i, ",row-", i, "@example.com,auction,Manis javanica\n");
  }
  const std::string path = coalition.path("rows.csv");
  EXPECT_TRUE(coalition::WriteFile(path, csv, 0600).ok());
  return path;
}

// True once more than `records` are in force, false after the deadline.
bool WaitUntilRecordsExceed(TestCoalition& coalition, uint64_t records) {
  const absl::Duration start = Environment::System()->Monotonic();
  while (Environment::System()->Monotonic() - start < kDeadline) {
    if (coalition.LiveRecords() > records) return true;
  }
  return false;
}

TEST(HubOutage, LeavesLocalChecksWorkingAndPublicationsWaiting) {
  TestCoalition coalition;
  const auto published =
      Member(coalition, "market", PublishArguments("known@example.com", "CASE-1"));
  ASSERT_TRUE(published.Require().ok()) << published.Require();
  ASSERT_EQ(OutcomeOf(coalition, "social", "known@example.com"), "match");
  ASSERT_EQ(OutcomeOf(coalition, "social", "harmless@example.com"), "no_match");
  const uint64_t records = coalition.LiveRecords();
  ASSERT_EQ(coalition.hub().Stop().value_or(-1), 0);

  EXPECT_EQ(OutcomeOf(coalition, "social", "known@example.com", {"--local-only"}), "match");
  EXPECT_EQ(OutcomeOf(coalition, "social", "harmless@example.com", {"--local-only"}), "no_match");
  EXPECT_EQ(OutcomeOf(coalition, "social", "new@example.com", {"--local-only"}), "not_known");
  // Also without the flag: what the vault knows is answered, with a warning that it may be behind.
  EXPECT_EQ(OutcomeOf(coalition, "social", "known@example.com", {"--timeout", "0"}), "match");

  std::vector<std::string> away = PublishArguments("while-away@example.com", "CASE-2");
  away.insert(away.end(), {"--timeout", "1"});
  EXPECT_EQ(Member(coalition, "market", away).exit_code, cli::kExitUnavailable);
  std::vector<std::string> later = PublishArguments("later@example.com", "CASE-3");
  later.push_back("--no-wait");
  EXPECT_EQ(Member(coalition, "market", later).exit_code, cli::kExitOk);

  ASSERT_TRUE(coalition->StartHub().ok());
  const CommandResult flushed = Member(coalition, "market", {"flush", "--json", "--timeout", "30"});
  ASSERT_TRUE(flushed.Require().ok()) << flushed.Require();
  EXPECT_EQ(coalition.LiveRecords(), records + 2);
  EXPECT_EQ(OutcomeOf(coalition, "social", "while-away@example.com"), "match");
  EXPECT_EQ(OutcomeOf(coalition, "social", "later@example.com"), "match");
  EXPECT_EQ(Member(coalition, "market", {"flush"}).exit_code, cli::kExitOk);
  EXPECT_EQ(coalition.LiveRecords(), records + 2);  // nothing is sent twice
}

TEST(HubOutage, LosesAndRepeatsNothingWhenTheHubIsKilledInMidImport) {
  TestCoalition coalition;
  const std::string rows = WriteRows(coalition);
  const uint64_t records = coalition.LiveRecords();
  const auto import = coalition->StartMember("market", {"import", rows, "--json"});
  ASSERT_TRUE(import.ok()) << import.status();
  ASSERT_TRUE(WaitUntilRecordsExceed(coalition, records + 5));
  ASSERT_TRUE(coalition.hub().Kill().ok());
  ASSERT_TRUE((*import)->running()) << "the import was over before the kill: give it more rows";
  ASSERT_TRUE(coalition->StartHub().ok());
  const auto exit_code = (*import)->Wait(kDeadline);
  ASSERT_TRUE(exit_code.ok()) << exit_code.status();
  EXPECT_EQ(*exit_code, cli::kExitOk) << (*import)->Text(Process::Stream::kError);
  EXPECT_EQ(coalition.LiveRecords(), records + kRows);
  const auto decisions = PublishedDecisions(coalition);
  EXPECT_EQ(decisions.size(), static_cast<size_t>(kRows));
  for (const auto& [decision, count] : decisions) EXPECT_EQ(count, 1) << decision;
}

TEST(HubOutage, LosesAndRepeatsNothingWhenTheMemberIsKilledInMidImport) {
  TestCoalition coalition;
  const std::string rows = WriteRows(coalition);
  const uint64_t records = coalition.LiveRecords();
  // Everything is in the outbox before anything is delivered: the kill falls into the delivery.
  ASSERT_TRUE(Member(coalition, "market", {"import", rows, "--no-wait"}).Require().ok());
  const auto flush = coalition->StartMember("market", {"flush"});
  ASSERT_TRUE(flush.ok()) << flush.status();
  ASSERT_TRUE(WaitUntilRecordsExceed(coalition, records + 5));
  (*flush)->Signal(SIGKILL);
  ASSERT_EQ((*flush)->Wait(kDeadline).value_or(-1), 128 + SIGKILL)
      << "the delivery was over before the kill: give it more rows";
  const CommandResult again = Member(coalition, "market", {"flush", "--timeout", "40"});
  ASSERT_TRUE(again.Require().ok()) << again.Require();
  EXPECT_EQ(coalition.LiveRecords(), records + kRows);
  const auto decisions = PublishedDecisions(coalition);
  EXPECT_EQ(decisions.size(), static_cast<size_t>(kRows));
  for (const auto& [decision, count] : decisions) EXPECT_EQ(count, 1) << decision;
}

}  // namespace
}  // namespace vervet::integration
