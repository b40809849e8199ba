// What a member does when its budget of evaluations is spent: answers what it knows, says when it
// may ask again, and does not ask before.
#include "tests/member-sdk/member_fixture.h"

namespace vervet::testing {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kWait = absl::Hours(5);

class BudgetTest : public MemberTest {
 protected:
  BudgetTest() { FoundCoalition(); }

  CheckResult CheckOne(Client& client, const Identifier& identifier,
                       const std::string& reference = "user-1") {
    const auto answer = client.Check({reference, {identifier}}, {});
    EXPECT_EQ(answer.status(), absl::OkStatus());
    return answer->results.at(0);
  }
  void Grant(const std::string& party) {
    v1::EventBody body;
    body.mutable_budget_granted()->set_party(party);
    body.mutable_budget_granted()->set_type(v1::PHONE);
    v1::Audience audience;
    audience.set_party(party);
    hub_.Append(body, audience);
  }
};

TEST_F(BudgetTest, SaysWhenToAskAgainAndAsksNoSooner) {
  auto social = Open("social");
  CatchUp(*social);
  hub_.SetBudget(v1::PHONE, 1, kWait);
  EXPECT_EQ(CheckOne(*social, Phone("+442079460018")).outcome, CheckOutcome::kNoMatch);
  const CheckResult refused = CheckOne(*social, Phone("+442079460019"));
  EXPECT_EQ(refused.outcome, CheckOutcome::kNotKnown);
  EXPECT_EQ(refused.status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refused.status.message()), HasSubstr("budget is spent"));
  EXPECT_EQ(refused.retry_after, std::chrono::hours(5));

  const int calls = hub_.evaluate_calls();
  env_.Advance(absl::Hours(2));
  const CheckResult again = CheckOne(*social, Phone("+442079460019"));
  EXPECT_EQ(again.outcome, CheckOutcome::kNotKnown);
  EXPECT_THAT(std::string(again.status.message()), HasSubstr("budget is spent"));
  EXPECT_EQ(again.retry_after, std::chrono::hours(3));
  EXPECT_EQ(hub_.evaluate_calls(), calls) << "the hub was not asked";
  const CheckResult known = CheckOne(*social, Phone("+442079460018"));
  EXPECT_EQ(known.outcome, CheckOutcome::kNoMatch) << "what it has seen, it answers";
  EXPECT_EQ(known.retry_after, std::chrono::milliseconds(0));

  env_.Advance(absl::Hours(3));
  hub_.SetBudget(v1::PHONE, 10, kWait);
  EXPECT_EQ(CheckOne(*social, Phone("+442079460019")).outcome, CheckOutcome::kNoMatch);
}

TEST_F(BudgetTest, RefusesNoOtherTypeForIt) {
  auto social = Open("social");
  CatchUp(*social);
  hub_.SetBudget(v1::PHONE, 0, kWait);
  const Subject subject{"user-1", {Phone("+442079460018"), Email("jane@example.com")}};
  const auto first = social->Check(subject, {});
  EXPECT_EQ(first->results[0].outcome, CheckOutcome::kNotKnown);
  EXPECT_EQ(first->results[0].retry_after, std::chrono::hours(5));
  EXPECT_EQ(first->results[1].outcome, CheckOutcome::kNoMatch);
  // All three types together, and each by itself to find out which it was.
  EXPECT_EQ(hub_.evaluate_calls(), 4);
  const auto second =
      social->Check({"user-2", {Phone("+442079460019"), Email("joe@example.com")}}, {});
  EXPECT_EQ(second->results[0].outcome, CheckOutcome::kNotKnown);
  EXPECT_EQ(second->results[1].outcome, CheckOutcome::kNoMatch);
  EXPECT_EQ(hub_.evaluate_calls(), 5);
}

TEST_F(BudgetTest, AFullQueueIsNoBudget) {
  auto social = Open("social");
  CatchUp(*social);
  hub_.SetBudget(v1::PHONE, 0, absl::Milliseconds(500));
  const Subject subject{"user-1", {Phone("+442079460018"), Email("jane@example.com")}};
  const auto refused = social->Check(subject, {});
  EXPECT_EQ(refused->results[0].outcome, CheckOutcome::kNotKnown);
  EXPECT_EQ(refused->results[1].retry_after, std::chrono::milliseconds(500));
  EXPECT_EQ(hub_.evaluate_calls(), 1) << "a busy hub is not asked four times";
  env_.Advance(absl::Milliseconds(500));
  hub_.SetBudget(v1::PHONE, 10, kWait);
  EXPECT_EQ(social->Check(subject, {})->results[0].outcome, CheckOutcome::kNoMatch);
}

TEST_F(BudgetTest, AGrantEndsTheWait) {
  auto social = Open("social");
  CatchUp(*social);
  hub_.SetBudget(v1::PHONE, 0, kWait);
  EXPECT_EQ(CheckOne(*social, Phone("+442079460018")).outcome, CheckOutcome::kNotKnown);
  hub_.SetBudget(v1::PHONE, 10, kWait);
  Grant("member/market");
  CatchUp(*social);
  EXPECT_EQ(CheckOne(*social, Phone("+442079460018")).outcome, CheckOutcome::kNotKnown)
      << "another member's";
  Grant("member/social");
  CatchUp(*social);
  EXPECT_EQ(CheckOne(*social, Phone("+442079460018")).outcome, CheckOutcome::kNoMatch);
}

TEST_F(BudgetTest, WhatIsRefusedInTheMiddleOfABatchKeepsWhatWasAnswered) {
  auto social = Open("social");
  CatchUp(*social);
  std::vector<Subject> subjects;
  for (int i = 0; i < 3'000; ++i) {
    subjects.push_back({"user-" + std::to_string(i),
                        {{IdentifierType::kPlatformAccount,
                          "market.example:" + std::to_string(100'000 + i), ""}}});
  }
  hub_.SetBudget(v1::PLATFORM_ACCOUNT, 1'024, kWait);
  const auto answers = social->CheckBatch(subjects, {});
  ASSERT_EQ(answers.status(), absl::OkStatus());
  int answered = 0, refused = 0;
  for (const SubjectResult& answer : *answers) {
    if (answer.results[0].outcome == CheckOutcome::kNoMatch) ++answered;
    if (answer.results[0].retry_after > std::chrono::hours(4)) ++refused;
  }
  // Three requests, two of them at a time: which of them the budget serves is chance.
  EXPECT_TRUE(answered == 1'024 || answered == 3'000 - 2 * 1'024) << answered;
  EXPECT_EQ(answered + refused, 3'000);
  EXPECT_LE(hub_.evaluate_calls(), 3);
}

TEST_F(BudgetTest, DraftsOfASpentTypeHoldUpNoOther) {
  auto market = Open("market");
  CatchUp(*market);
  hub_.SetBudget(v1::PLATFORM_ACCOUNT, 0, kWait);
  // More than the builder looks at in one step.
  std::vector<OffenderRecord> records;
  for (int i = 0; i < 1'500; ++i) {
    records.push_back(RecordOf(
        {{IdentifierType::kPlatformAccount, "market.example:" + std::to_string(100'000 + i), ""}}));
  }
  const auto waiting = market->PublishBatch(records);
  ASSERT_EQ(waiting.status(), absl::OkStatus());
  const auto ticket = market->Publish(RecordOf({Email("jane@example.com")}));
  ASSERT_EQ(ticket.status(), absl::OkStatus());
  EXPECT_TRUE(Eventually(
      [&] { return market->GetDelivery(ticket->request_id)->state == DeliveryState::kDelivered; }));
  EXPECT_EQ(market->GetDelivery((*waiting)[1'499]->request_id)->state, DeliveryState::kPending);
}

TEST_F(BudgetTest, TellsTheHubHowManyAreItsOwnUsers) {
  auto social = Open("social");
  CatchUp(*social);
  CheckOne(*social, Phone("+442079460018"), "user-1");
  EXPECT_EQ(hub_.own_users(), 1);
  CheckOne(*social, Phone("+442079460019"), "");
  EXPECT_EQ(hub_.own_users(), 1) << "nobody's reference";
  CheckOne(*social, Email("jane@example.com"), "user-2");
  EXPECT_EQ(hub_.own_users(), 3) << "two forms of one address";
  EXPECT_EQ(hub_.evaluated_elements(), 4);
}

TEST_F(BudgetTest, CountsWhomItPublishesAsItsOwn) {
  auto market = Open("market");
  CatchUp(*market);
  ASSERT_EQ(market->Publish(RecordOf({Phone("+442079460018")})).status(), absl::OkStatus());
  Deliver(*market);
  EXPECT_EQ(hub_.own_users(), 1);
}

TEST_F(BudgetTest, APublicationWaitsForItsOwnTypeAlone) {
  hub_.SetBudget(v1::PHONE, 0, kWait);
  auto market = Open("market");
  CatchUp(*market);
  const auto waiting = market->Publish(RecordOf({Phone("+442079460018")}));
  ASSERT_TRUE(Eventually([&] { return market->GetDelivery(waiting->request_id)->attempts > 0; }));
  EXPECT_THAT(std::string(market->GetDelivery(waiting->request_id)->status.message()),
              HasSubstr("budget is spent"));
  const auto other = market->Publish(RecordOf({Email("jane@example.com")}));
  EXPECT_TRUE(Eventually(
      [&] { return market->GetDelivery(other->request_id)->state == DeliveryState::kDelivered; }));
  EXPECT_EQ(market->GetDelivery(waiting->request_id)->state, DeliveryState::kPending);
  hub_.SetBudget(v1::PHONE, 10, kWait);
  Grant("member/market");
  EXPECT_TRUE(Eventually([&] {
    return market->GetDelivery(waiting->request_id)->state == DeliveryState::kDelivered;
  }));
}

}  // namespace
}  // namespace vervet::testing
