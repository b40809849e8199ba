// The page that the SDK gives a platform for its Prometheus.
#include "tests/member-sdk/member_fixture.h"
#include "tests/support/prometheus_text.h"

namespace vervet::testing {
namespace {

using test_support::Scrape;
using ::testing::HasSubstr;
using ::testing::Not;

class MetricsTest : public MemberTest {
 protected:
  MetricsTest() { FoundCoalition(); }

  static Scrape ScrapeOf(Client& client) {
    const auto scrape = Scrape::Parse(client.MetricsText());
    EXPECT_TRUE(scrape.ok()) << scrape.status();
    return scrape.value_or(Scrape());
  }
};

TEST_F(MetricsTest, SayWhatTheClientDidAndWhereItStands) {
  Told told;
  ClientOptions options = OptionsOf("social");
  told.AddTo(&options);
  options.report_sightings = false;  // the log is not to grow while it is looked at
  auto market = Open("market"), social = Open("social", std::move(options));
  CatchUp(*market);
  CatchUp(*social);
  ASSERT_TRUE(social->Check({"user-42", {Email("seen@example.com"), Phone("12")}}, {}).ok());
  ASSERT_TRUE(social->Check({"", {Email("never@example.com")}}, {.local_only = true}).ok());
  ASSERT_TRUE(market->Publish(RecordOf({Email("seen@example.com")})).ok());
  ASSERT_FALSE(market->Publish(RecordOf({})).ok());
  Deliver(*market);
  ASSERT_TRUE(Eventually([&] { return told.matches().size() == 1; }));
  ASSERT_TRUE(social->Check({"user-42", {Email("seen@example.com")}}, {}).ok());
  CatchUp(*social);

  const Scrape seen = ScrapeOf(*social);
  EXPECT_EQ(seen.Value("vervet_sdk_checks_total{outcome=\"match\"}"), 1);
  EXPECT_EQ(seen.Value("vervet_sdk_checks_total{outcome=\"no_match\"}"), 1);
  EXPECT_EQ(seen.Value("vervet_sdk_checks_total{outcome=\"refused\"}"), 1);
  EXPECT_EQ(seen.Value("vervet_sdk_checks_total{outcome=\"not_known\"}"), 1);
  EXPECT_EQ(seen.Value("vervet_sdk_check_seconds_count"), 3);
  EXPECT_EQ(seen.Value("vervet_sdk_rpc_total{method=\"Evaluate\",code=\"OK\"}"), 1);
  // An address has two forms: exact and alias.
  EXPECT_EQ(seen.Value("vervet_sdk_evaluated_elements_total"), 2);
  EXPECT_EQ(seen.Value("vervet_sdk_matches_told_total"), 1);
  EXPECT_GE(seen.Value("vervet_sdk_sync_streams_opened_total"), 1);
  EXPECT_EQ(seen.Value("vervet_sdk_connected"), 1);
  EXPECT_EQ(seen.Value("vervet_sdk_caught_up"), 1);
  EXPECT_EQ(seen.Value("vervet_sdk_sync_lag_events"), 0);
  EXPECT_EQ(seen.Value("vervet_sdk_sync_position"),
            static_cast<double>(social->GetSyncState().position));
  EXPECT_EQ(seen.Value("vervet_sdk_records"), 1);
  EXPECT_EQ(seen.Value("vervet_sdk_cached_tokens"), 2);
  EXPECT_EQ(seen.Value("vervet_sdk_log_report"), 0);
  EXPECT_GT(seen.Value("vervet_sdk_vault_bytes{file=\"main\"}"), 0);

  const Scrape published = ScrapeOf(*market);
  EXPECT_EQ(published.Value("vervet_sdk_publications_total{result=\"queued\"}"), 1);
  EXPECT_EQ(published.Value("vervet_sdk_publications_total{result=\"refused\"}"), 1);
  EXPECT_EQ(published.Value("vervet_sdk_rpc_total{method=\"Publish\",code=\"OK\"}"), 1);
  EXPECT_EQ(published.Value("vervet_sdk_outbox_entries{state=\"pending\"}"), 0);
}

// Whoever may read a machine's metrics is to learn nothing of anybody.
TEST_F(MetricsTest, NameNobody) {
  auto market = Open("market"), social = Open("social");
  CatchUp(*market);
  CatchUp(*social);
  ASSERT_TRUE(social->Check({"user-42", {Email("seen@example.com")}}, {}).ok());
  const auto ticket = market->Publish(RecordOf({Email("seen@example.com")}));
  ASSERT_TRUE(ticket.ok());
  Deliver(*market);
  CatchUp(*social);
  const std::string record = market->GetDelivery(ticket->request_id)->record_id;
  for (const std::string& text : {market->MetricsText(), social->MetricsText()}) {
    for (const std::string& word :
         {std::string("seen"), std::string("user-42"), record, ticket->request_id,
          std::string("market"), std::string("social"), folder_}) {
      EXPECT_THAT(text, Not(HasSubstr(word)));
    }
    EXPECT_THAT(text, HasSubstr("vervet_sdk_connected"));
  }
}

TEST_F(MetricsTest, AreThereWithoutAHubToo) {
  ClientOptions options = OptionsOf("social");
  options.background = false;
  auto social = Open("social", std::move(options));
  ASSERT_TRUE(social->Check({"", {Email("never@example.com")}}, {.local_only = true}).ok());
  const Scrape scrape = ScrapeOf(*social);
  EXPECT_EQ(scrape.Value("vervet_sdk_connected"), 0);
  EXPECT_EQ(scrape.Value("vervet_sdk_checks_total{outcome=\"not_known\"}"), 1);
}

}  // namespace
}  // namespace vervet::testing
