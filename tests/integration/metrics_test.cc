// What Prometheus would read of a hub that runs, and of a member that watches.
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "examples/coalition/json.h"
#include "examples/coalition/process.h"
#include "examples/coalition/temp_dir.h"
#include "tests/integration/coalition_fixture.h"
#include "tests/integration/scrape.h"
#include "tests/support/prometheus_text.h"

namespace vervet::integration {
namespace {

using coalition::Process;
using test_support::Scrape;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Duration kDeadline = absl::Seconds(30);

class Metrics : public ::testing::Test {
 protected:
  std::string HubPage() { return MetricsPage(HubMetricsAddress(coalition_)); }

  TestCoalition coalition_{WithHubConfig("metrics_address: \"127.0.0.1:0\"\n")};
};

TEST_F(Metrics, OfTheHubSayWhatItDoesAndWhatIsLeft) {
  ASSERT_EQ(OutcomeOf(coalition_, "social", "heron-77@example.com", {"--reference", "user-9"}),
            "no_match");
  const auto published = Member(coalition_, "market",
                                {"publish", "--email", "heron-77@example.com", "--offence",
                                 "auction", "--taxon", "Manis javanica", "--decision", "CASE-9"});
  ASSERT_TRUE(published.Require().ok()) << published.Require();
  ASSERT_EQ(Member(coalition_, "social", {"sync"}).exit_code, 0);
  // Nobody's, and not let in.
  EXPECT_FALSE(coalition_.With(test_support::ClientLeaf("member/stranger")).List().ok());

  const Scrape scrape = ScrapeHub(coalition_);
  EXPECT_EQ(scrape.Value("vervet_hub_rpc_total{method=\"Publish\",code=\"OK\"}"), 1);
  EXPECT_EQ(scrape.Value("vervet_hub_rpc_seconds_count{method=\"Publish\"}"), 1);
  EXPECT_GT(scrape.Value("vervet_hub_rpc_seconds_sum{method=\"Publish\"}"), 0);
  EXPECT_GE(scrape.Value("vervet_hub_rpc_total{method=\"Evaluate\",code=\"OK\"}"), 1);
  EXPECT_GE(scrape.Value("vervet_hub_evaluated_elements_total"), 2);
  EXPECT_GE(scrape.Value("vervet_hub_refused_at_the_door_total{code=\"PERMISSION_DENIED\"}"), 1);
  EXPECT_EQ(scrape.Value("vervet_hub_log_events"), static_cast<double>(coalition_.LogSize()));
  EXPECT_GE(scrape.Value("vervet_hub_commits_total"), 1);
  EXPECT_EQ(scrape.Value("vervet_hub_commits_total"),
            scrape.Value("vervet_hub_commit_seconds_count"));
  EXPECT_EQ(scrape.Value("vervet_hub_events_appended_total"),
            scrape.Value("vervet_hub_commit_events_sum"));
  EXPECT_EQ(scrape.Value("vervet_hub_records"), 1);
  EXPECT_EQ(scrape.Value("vervet_hub_signatures"), 2) << "an address, exact and alias";
  EXPECT_EQ(scrape.Value("vervet_hub_members{state=\"active\"}"), 2);
  EXPECT_EQ(scrape.Value("vervet_hub_members{state=\"suspended\"}"), 0);
  EXPECT_GE(scrape.Value("vervet_hub_sync_streams_opened_total"), 1);
  EXPECT_EQ(scrape.Value("vervet_hub_sync_streams_limit"), 1'024);
  EXPECT_EQ(scrape.Value("vervet_hub_sync_data_loss_total"), 0);
  EXPECT_EQ(scrape.Value("vervet_hub_sync_unread_bytes_limit"), 64.0 * 1024 * 1024);
  EXPECT_EQ(scrape.Value("vervet_hub_queue_length{queue=\"append\"}"), 0);
  EXPECT_EQ(scrape.Value("vervet_hub_queue_capacity{queue=\"append\"}"), 4'096);
  EXPECT_EQ(scrape.Value("vervet_hub_queue_capacity{queue=\"arithmetic\"}"), 256);
  EXPECT_GE(scrape.Value("vervet_hub_member_sync_lag_events{member=\"social\"}"), 0);
  EXPECT_EQ(scrape.Value("vervet_hub_budget_left_today{member=\"social\",type=\"EMAIL\"}"),
            200'000 - 4'096);
  EXPECT_EQ(scrape.Value("vervet_hub_budget_granted_left{member=\"social\",type=\"EMAIL\"}"), 0);
  EXPECT_GT(scrape.Value("vervet_hub_store_bytes{file=\"main\"}"), 0);
  EXPECT_NEAR(scrape.Value("vervet_hub_certificate_expiry_timestamp_seconds"),
              absl::ToDoubleSeconds(absl::Now() + absl::Hours(24) - absl::UnixEpoch()), 600);
  EXPECT_GT(scrape.Value("process_resident_memory_bytes"), 1e6);
  EXPECT_GT(scrape.Value("process_open_fds"), 5);
}

// A page without a password is to say no more of anybody than coordinators see of a member.
TEST_F(Metrics, OfTheHubNameMembersAndNobodyElse) {
  ASSERT_EQ(OutcomeOf(coalition_, "social", "heron-77@example.com", {"--reference", "user-9"}),
            "no_match");
  const auto published =
      Member(coalition_, "market",
             {"publish", "--json", "--email", "heron-77@example.com", "--offence", "auction",
              "--taxon", "Manis javanica", "--decision", "CASE-9"});
  ASSERT_TRUE(published.Require().ok()) << published.Require();
  const std::string page = HubPage();
  EXPECT_THAT(page, HasSubstr("member=\"social\""));
  for (const char* word : {"heron", "user-9", "CASE-9", "Manis", "=\"coordinator", "Test Ltd"}) {
    EXPECT_THAT(page, Not(HasSubstr(word)));
  }
}

TEST_F(Metrics, OfAMemberThatWatches) {
  ASSERT_EQ(OutcomeOf(coalition_, "social", "heron-77@example.com", {"--reference", "user-9"}),
            "no_match");
  const auto watch = coalition_->StartMember("social", {"watch", "--json", "--metrics-port", "0"});
  ASSERT_TRUE(watch.ok());
  const auto note = (*watch)->WaitForLine(
      Process::Stream::kError,
      [](absl::string_view line) { return absl::StrContains(line, "metrics: http://"); },
      kDeadline);
  ASSERT_TRUE(note.ok()) << note.status();
  const auto ready = (*watch)->WaitForLine(
      Process::Stream::kOutput,
      [](absl::string_view line) { return absl::StrContains(line, "\"ready\""); }, kDeadline);
  ASSERT_TRUE(ready.ok()) << ready.status();
  std::string address = note->text.substr(note->text.find("http://") + 7);
  address.resize(address.find('/'));
  const std::string page = MetricsPage(address);
  const auto scrape = Scrape::Parse(page);
  ASSERT_TRUE(scrape.ok()) << scrape.status();
  EXPECT_EQ(scrape->Value("vervet_sdk_connected"), 1);
  EXPECT_EQ(scrape->Value("vervet_sdk_caught_up"), 1);
  EXPECT_EQ(scrape->Value("vervet_sdk_cached_tokens"), 2);
  EXPECT_GT(scrape->Value("vervet_sdk_certificate_expiry_timestamp_seconds"), 1.6e9);
  EXPECT_GT(scrape->Value("process_resident_memory_bytes"), 1e6);
  EXPECT_THAT(page, Not(HasSubstr("user-9")));
  EXPECT_THAT(page, Not(HasSubstr("heron")));
  (*watch)->Signal(SIGTERM);
  EXPECT_EQ((*watch)->Wait(kDeadline).value_or(-1), 0);
}

TEST_F(Metrics, OutsideOfTheMachineAreRefused) {
  ASSERT_EQ(coalition_.hub().Stop().value_or(-1), 0);
  const std::string path = coalition_.hub().settings().dir + "/other.textproto";
  const std::string text = coalition::ReadFile(coalition_.hub().config_path()).value();
  ASSERT_TRUE(
      coalition::WriteFile(path, absl::StrReplaceAll(text, {{"metrics_address: \"127.0.0.1:",
                                                             "metrics_address: \"0.0.0.0:"}}))
          .ok());
  const auto serve = coalition::RunCommand(
      {{coalition_.hub().settings().program, "serve", "--config", path}}, kDeadline);
  ASSERT_TRUE(serve.ok());
  EXPECT_EQ(serve->exit_code, 2);
  EXPECT_THAT(serve->error, HasSubstr("metrics_address: must be a loopback address"));
}

TEST(Board, IsJsonThatGrafanaCanRead) {
  const char* root = std::getenv("VERVET_SOURCE_DIR");
  if (root == nullptr) GTEST_SKIP() << "VERVET_SOURCE_DIR is not set; ctest sets it";
  const auto text = coalition::ReadFile(absl::StrCat(root, "/docs/grafana/vervet-hub.json"));
  ASSERT_TRUE(text.ok()) << text.status();
  const auto board = coalition::Json::Parse(*text);
  ASSERT_TRUE(board.ok()) << board.status();
  EXPECT_EQ((*board)["title"].text(), "Vervet hub");
  std::set<uint64_t> ids;
  for (const coalition::Json& panel : (*board)["panels"].elements()) {
    EXPECT_FALSE(panel["title"].text().empty());
    EXPECT_TRUE(ids.insert(panel["id"].number()).second) << panel["title"].text();
    EXPECT_FALSE(panel["targets"].elements().empty()) << panel["title"].text();
  }
  EXPECT_GE(ids.size(), 10u);
}

}  // namespace
}  // namespace vervet::integration
