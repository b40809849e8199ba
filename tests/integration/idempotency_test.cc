// A request that arrives twice is answered twice and happens once.
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/integration/coalition_fixture.h"

namespace vervet::integration {
namespace {

using absl::StatusCode;

TEST(Idempotency, GivesTheFirstAnswerAgainAlsoAfterAKill) {
  TestCoalition coalition;
  RawClient market = coalition.As("market");
  const auto request = GoodPublishRequest(market, "twice@example.com", kEverybody);
  ASSERT_TRUE(request.ok()) << request.status();
  const uint64_t size = coalition.LogSize();

  const auto first = market.Publish(*request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->sequence(), size + 1);
  const auto again = market.Publish(*request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->record_id(), first->record_id());
  EXPECT_EQ(again->sequence(), first->sequence());

  ASSERT_TRUE(coalition.hub().Kill().ok());
  ASSERT_TRUE(coalition->StartHub().ok());
  RawClient market_after = coalition.As("market");
  const auto after = market_after.Publish(*request);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->record_id(), first->record_id());
  EXPECT_EQ(coalition.LogSize(), size + 1);

  v1::PublishRequest other = *request;
  other.mutable_facts()->set_decision_reference("CASE-2");
  EXPECT_THAT(market_after.Publish(other).status(),
              FailsWith(StatusCode::kAlreadyExists, "request"));
  // Ids belong to their caller: another member's same id is another request.
  EXPECT_TRUE(coalition.As("social").Publish(other).ok());
  EXPECT_EQ(coalition.LogSize(), size + 2);
}

TEST(Idempotency, HoldsForCallsAtTheSameTime) {
  TestCoalition coalition;
  RawClient market = coalition.As("market");
  const auto request = GoodPublishRequest(market, "at-once@example.com", kEverybody);
  ASSERT_TRUE(request.ok()) << request.status();
  const uint64_t size = coalition.LogSize();
  std::vector<absl::StatusOr<v1::PublishResponse>> answers(8, absl::UnknownError("not called"));
  std::vector<std::thread> callers;
  for (auto& answer : answers) callers.emplace_back([&] { answer = market.Publish(*request); });
  for (std::thread& caller : callers) caller.join();
  for (const auto& answer : answers) {
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->sequence(), size + 1);
  }
  EXPECT_EQ(coalition.LogSize(), size + 1);
}

TEST(Idempotency, HoldsForRetractionsAndAdmissions) {
  TestCoalition coalition;
  RawClient market = coalition.As("market"), coordinator = coalition.As("coordinator");
  const auto request = GoodPublishRequest(market, "retracted@example.com", kEverybody);
  ASSERT_TRUE(request.ok()) << request.status();
  const auto published = market.Publish(*request);
  ASSERT_TRUE(published.ok()) << published.status();

  v1::RetractRequest retraction;
  retraction.set_request_id(NewRequestId());
  retraction.set_record_id(published->record_id());
  retraction.set_reason("overturned on appeal");
  const auto first = market.Retract(retraction), again = market.Retract(retraction);
  ASSERT_TRUE(first.ok() && again.ok()) << first.status() << again.status();
  EXPECT_EQ(first->sequence(), again->sequence());
  retraction.set_reason("another reason");
  EXPECT_THAT(market.Retract(retraction).status(),
              FailsWith(StatusCode::kAlreadyExists, "request"));
  // With an id of its own, a second retraction changes nothing either.
  retraction.set_request_id(NewRequestId());
  const auto later = market.Retract(retraction);
  ASSERT_TRUE(later.ok()) << later.status();
  EXPECT_EQ(later->sequence(), first->sequence());

  v1::AdmitRequest admission;
  admission.set_request_id(NewRequestId());
  admission.set_party("member/newcomer");
  admission.set_display_name("Newcomer");
  admission.set_region("IE");
  const auto admitted = coordinator.Admit(admission), repeated = coordinator.Admit(admission);
  ASSERT_TRUE(admitted.ok() && repeated.ok()) << admitted.status() << repeated.status();
  EXPECT_EQ(admitted->sequence(), repeated->sequence());
}

}  // namespace
}  // namespace vervet::integration
