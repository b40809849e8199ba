// Budgets, canaries and alerts through real processes: what a prober gets, and what coordinators
// learn.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/wire_limits.h"
#include "core/cli/exit_codes.h"
#include "core/log/event.h"
#include "core/net/retry_after.h"
#include "core/oprf/token.h"
#include "tests/integration/coalition_fixture.h"

namespace vervet::integration {
namespace {

using absl::StatusCode;
using coalition::CommandResult;
using coalition::Json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// The total is spent with the day: midnight, which may come during the test, changes nothing.
constexpr char kTinyBudget[] =
    "budgets { types { type: \"EMAIL\" daily: 20 total: 20 } few_own_users_evaluations: 10 "
    "alert_delay_s: 1 }\n";

CoalitionChoice Choice(const std::string& config) {
  CoalitionChoice choice;
  choice.extra_hub_config = config;
  return choice;
}

class BudgetsTest : public ::testing::Test {
 protected:
  explicit BudgetsTest(const std::string& config = kTinyBudget) : coalition_(Choice(config)) {}

  Json Vervet(std::vector<std::string> arguments) {
    arguments.push_back("--json");
    const auto result = coalition_->RunCoordinator(std::move(arguments));
    EXPECT_TRUE(result.ok() && result->Require().ok()) << (result.ok() ? result->error : "");
    const auto json = result->ReadJson();
    EXPECT_TRUE(json.ok()) << json.status();
    return json.value_or(Json());
  }
  std::vector<Json> Alerts() { return Vervet({"alerts", "--all"})["alerts"].elements(); }
  // Waits for so many.
  std::vector<Json> Alerts(size_t count) {
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    std::vector<Json> alerts = Alerts();
    while (alerts.size() < count && absl::Now() < deadline) alerts = Alerts();
    EXPECT_THAT(alerts, SizeIs(count));
    return alerts;
  }
  // The member's line of e-mail addresses.
  Json EmailBudget(const std::string& member) {
    for (const Json& line : Vervet({"budgets", "--party", member})["budgets"].elements()) {
      if (line["type"].text() == "email") return line;
    }
    ADD_FAILURE() << "no line for e-mail addresses";
    return Json();
  }
  void Grant(const std::string& member, int evaluations) {
    const std::string until =
        absl::FormatTime("%Y-%m-%d", absl::Now() + absl::Hours(48), absl::UTCTimeZone());
    const Json granted = Vervet({"budgets", "grant", member, "email", absl::StrCat(evaluations),
                                 "--until", until, "--reason", "a test"});
    EXPECT_EQ(granted["evaluations"].number(), evaluations);
  }
  absl::Status Evaluate(RawClient& member, int count) {
    std::vector<std::string> texts;
    for (int i = 0; i < count; ++i) texts.push_back(absl::StrCat("guess-", i, "@example.com"));
    return EvaluateInputs(member, v1::EMAIL, *ReadAnnouncement(member, v1::EMAIL), texts).status();
  }

  TestCoalition coalition_;
};

TEST_F(BudgetsTest, ASpentBudgetRefusesUntilAGrant) {
  RawClient market = coalition_.As("market");
  EXPECT_TRUE(Evaluate(market, 20).ok());
  const absl::Status refused = Evaluate(market, 1);
  EXPECT_THAT(refused, FailsWith(StatusCode::kResourceExhausted, "20 of 20 in all"));
  EXPECT_THAT(refused, FailsWith(StatusCode::kResourceExhausted, "vervet budgets grant"));
  ASSERT_TRUE(net::RetryAfter(refused).has_value());
  EXPECT_GT(*net::RetryAfter(refused), absl::ZeroDuration());
  EXPECT_EQ(EmailBudget("market")["used_in_all"].number(), 20);
  const std::vector<Json> alerts = Alerts(2);  // it said nothing of own users, either
  EXPECT_THAT(alerts[0]["party"].text(), "member/market");

  Grant("market", 30);
  EXPECT_TRUE(Evaluate(market, 1).ok());
  RawClient social = coalition_.As("social");
  EXPECT_TRUE(Evaluate(social, 1).ok()) << "another member's budget is its own";
}

TEST_F(BudgetsTest, AKilledHubForfeitsTheRestOfABlockAndResetsNothing) {
  RawClient market = coalition_.As("market");
  ASSERT_TRUE(Evaluate(market, 1).ok());  // reserves all twenty
  ASSERT_TRUE(coalition_.hub().Kill().ok());
  ASSERT_TRUE(coalition_.hub().Start().ok());
  RawClient again = coalition_.As("market");
  EXPECT_THAT(Evaluate(again, 1), FailsWith(StatusCode::kResourceExhausted, "20 of 20 in all"));
}

TEST_F(BudgetsTest, RefusesMoreOwnUsersThanElements) {
  RawClient market = coalition_.As("market");
  v1::EvaluateRequest request;
  request.add_batches()->set_type(v1::EMAIL);
  request.mutable_batches(0)->set_blinded(std::string(32, 'x'));
  request.mutable_batches(0)->set_own_users(2);
  EXPECT_THAT(market.Evaluate(request).status(),
              FailsWith(StatusCode::kInvalidArgument, "batches[0].own_users"));
  EXPECT_EQ(EmailBudget("market")["used_in_all"].number(), 0) << "cheap checks come first";
  request.mutable_batches(0)->set_own_users(1);
  EXPECT_THAT(market.Evaluate(request).status(),
              FailsWith(StatusCode::kInvalidArgument, "batches[0].blinded[0]"));
  EXPECT_EQ(EmailBudget("market")["used_in_all"].number(), 20) << "reserved before any arithmetic";
}

TEST_F(BudgetsTest, ManyGuessesAtStrangersRaiseAnAlert) {
  RawClient market = coalition_.As("market");
  ASSERT_TRUE(Evaluate(market, 10).ok());
  const std::vector<Json> alerts = Alerts(1);
  EXPECT_EQ(alerts[0]["kind"].text(), "few_own_users");
  EXPECT_EQ(alerts[0]["type"].text(), "email");
  EXPECT_EQ(alerts[0]["closed"].truth(), false);
  const uint64_t number = alerts[0]["sequence"].number();
  Vervet({"alerts", "close", absl::StrCat(number), "--note", "spoke with them"});
  EXPECT_THAT(Vervet({"alerts"})["alerts"].elements(), IsEmpty());
  EXPECT_EQ(Alerts()[0]["note"].text(), "spoke with them");
}

TEST_F(BudgetsTest, TheSdkSaysWhatIsItsOwnAndGoesOnAnsweringLocally) {
  const auto check = [this](const std::string& email, const std::string& reference) {
    return Member(coalition_, "social",
                  {"check", "--json", "--email", email, "--reference", reference});
  };
  EXPECT_EQ(check("seen@example.com", "user-1").exit_code, cli::kExitOk);
  EXPECT_EQ(EmailBudget("social")["served_today"].number(), 1);
  EXPECT_EQ(EmailBudget("social")["own_users_today"].number(), 1);
  RawClient social = coalition_.As("social");
  ASSERT_TRUE(Evaluate(social, 19).ok());

  EXPECT_EQ(check("seen@example.com", "user-1").exit_code, cli::kExitOk);
  const CommandResult unknown = check("new@example.com", "user-2");
  EXPECT_EQ(unknown.exit_code, cli::kExitUnavailable);
  const auto json = unknown.ReadJson();
  ASSERT_TRUE(json.ok()) << json.status();
  const Json result = (*json)["results"].elements().at(0);
  EXPECT_EQ(result["outcome"].text(), "not_known");
  EXPECT_THAT(result["reason"].text(), HasSubstr("20 of 20 in all"));
  EXPECT_GT(result["retry_after_ms"].number(), 0);
  Grant("social", 5);
  EXPECT_EQ(check("new@example.com", "user-2").exit_code, cli::kExitOk);
}

class CanaryTest : public BudgetsTest {
 protected:
  CanaryTest() : BudgetsTest("budgets { alert_delay_s: 1 }\n") {}

  // What the member is answered about the token.
  v1::LookupResult Lookup(RawClient& member, const oprf::Token& token) {
    v1::LookupRequest request;
    v1::LookupToken& asked = *request.add_tokens();
    asked.set_type(v1::EMAIL);
    asked.set_epoch(1);
    asked.set_token(std::string(token.bytes().begin(), token.bytes().end()));
    const auto response = member.Lookup(request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->results(0) : v1::LookupResult();
  }
  // The kinds of all events that the member may see.
  std::vector<int> VisibleKinds(RawClient& member, uint64_t size) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    const auto stream = member.exchange().Sync(&context);
    v1::SyncRequest hello;
    hello.mutable_hello();
    stream->Write(hello);
    std::vector<int> kinds;
    uint64_t entries = 0;
    v1::SyncResponse response;
    while (entries < size && stream->Read(&response)) {
      for (const v1::SyncEntry& entry : response.entries().entries()) {
        ++entries;
        if (entry.has_event()) kinds.push_back(log::ParseEvent(entry.event())->header.kind());
      }
    }
    EXPECT_EQ(entries, size);
    context.TryCancel();
    return kinds;
  }
};

TEST_F(CanaryTest, AHitRaisesAnAlertAndChangesNoAnswer) {
  RawClient market = coalition_.As("market"), social = coalition_.As("social");
  const auto request = GoodPublishRequest(market, "nobody@example.com", kEverybody);
  ASSERT_TRUE(request.ok()) << request.status();
  const auto published = market.Publish(*request);
  ASSERT_TRUE(published.ok()) << published.status();
  const oprf::Token token = oprf::DeriveToken(
      v1::EMAIL, 1, *oprf::Element::Decode(oprf::AsBytes(request->signatures(0).element())));
  const v1::LookupResult before = Lookup(social, token);
  ASSERT_EQ(before.records_size(), 1);
  EXPECT_THAT(Alerts(), IsEmpty());

  Vervet({"canaries", "mark", absl::BytesToHexString(published->record_id())});
  EXPECT_EQ(Lookup(market, token).records_size(), 1) << "its publisher, who raises nothing";
  EXPECT_EQ(Lookup(social, token).SerializeAsString(), before.SerializeAsString());
  const std::vector<Json> alerts = Alerts(1);
  EXPECT_EQ(alerts[0]["kind"].text(), "canary_hit");
  EXPECT_EQ(alerts[0]["party"].text(), "member/social");
  EXPECT_EQ(alerts[0]["record_id"].text(), absl::BytesToHexString(published->record_id()));

  for (RawClient* member : {&market, &social}) {
    for (const int kind : VisibleKinds(*member, coalition_.LogSize())) {
      EXPECT_NE(kind, v1::CANARY_MARKED);
      EXPECT_NE(kind, v1::ALERT_RAISED);
      EXPECT_NE(kind, v1::BUDGET_RESERVED);
    }
  }
}

TEST_F(CanaryTest, AStoppedHubLosesNoAlertThatWaits) {
  RawClient market = coalition_.As("market"), social = coalition_.As("social");
  const auto request = GoodPublishRequest(market, "nobody@example.com", kEverybody);
  ASSERT_TRUE(request.ok()) << request.status();
  const auto published = market.Publish(*request);
  ASSERT_TRUE(published.ok()) << published.status();
  Vervet({"canaries", "mark", absl::BytesToHexString(published->record_id())});
  const oprf::Token token = oprf::DeriveToken(
      v1::EMAIL, 1, *oprf::Element::Decode(oprf::AsBytes(request->signatures(0).element())));
  ASSERT_EQ(Lookup(social, token).records_size(), 1);
  ASSERT_TRUE(coalition_.hub().Stop().ok());
  ASSERT_TRUE(coalition_.hub().Start().ok());
  EXPECT_THAT(Alerts(), SizeIs(1));
}

}  // namespace
}  // namespace vervet::integration
