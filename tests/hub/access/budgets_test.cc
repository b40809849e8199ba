// Budgets through their one door, on a log on the disk.
#include "hub/access/budgets.h"

#include <atomic>
#include <thread>

#include "tests/hub/access/budgets_fixture.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
constexpr auto kExhausted = absl::StatusCode::kResourceExhausted;

TEST_F(BudgetsTest, ReservesABlockAndServesFromMemory) {
  EXPECT_EQ(TakePhones(10), absl::OkStatus());
  EXPECT_EQ(TakePhones(1'024), absl::OkStatus());
  EXPECT_EQ(TakePhones(kReservedBlock - 1'034), absl::OkStatus());
  ASSERT_THAT(Reserved(), SizeIs(1));
  EXPECT_EQ(Reserved()[0].party(), kMarket);
  EXPECT_EQ(Reserved()[0].type(), v1::PHONE);
  EXPECT_EQ(Reserved()[0].evaluations(), kReservedBlock);
  EXPECT_EQ(Reserved()[0].day(), DayOf(env_.Now()));
  EXPECT_EQ(TakePhones(1), absl::OkStatus());
  EXPECT_THAT(Reserved(), SizeIs(2));
}

TEST_F(BudgetsTest, ReservesForNobodyElseToSee) {
  ASSERT_EQ(TakePhones(10), absl::OkStatus());
  const v1::Audience& audience = Events()[0]->parsed.header.audience();
  EXPECT_EQ(audience.SerializeAsString(), "");
}

TEST_F(BudgetsTest, ReservesAtLeastWhatIsAskedFor) {
  EXPECT_EQ(TakePhones(kReservedBlock + 7), absl::OkStatus());
  ASSERT_THAT(Reserved(), SizeIs(1));
  EXPECT_EQ(Reserved()[0].evaluations(), kReservedBlock + 7);
}

TEST_F(BudgetsTest, SpendsExactlyToTheDailyLimit) {
  RestartWith(10);
  EXPECT_EQ(TakePhones(9), absl::OkStatus());
  EXPECT_THAT(TakePhones(2), FailsWith(kExhausted, "2 evaluations of PHONE asked for, and 1 are"));
  EXPECT_EQ(TakePhones(1), absl::OkStatus());
  const absl::Status refused = TakePhones(1);
  EXPECT_THAT(refused, FailsWith(kExhausted, "10 of 10 for today"));
  EXPECT_THAT(std::string(refused.message()),
              HasSubstr("vervet budgets grant member/market phone EVALUATIONS --until DATE"));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("the next day begins at 2026-09-22 00:00"));
  EXPECT_EQ(net::RetryAfter(refused), Midnight() - env_.Now());
  EXPECT_THAT(Reserved(), SizeIs(1));
}

TEST_F(BudgetsTest, SaysWhereARequestIsLargerThanADay) {
  RestartWith(10);
  EXPECT_THAT(TakePhones(11), FailsWith(kExhausted, "ask for less at a time"));
  EXPECT_EQ(TakePhones(10), absl::OkStatus());
}

TEST_F(BudgetsTest, CountsEachMemberAndTypeByItself) {
  policy_.limits = {10, 100};
  policy_.by_type[v1::EMAIL] = {20, 100};
  Restart();
  EXPECT_EQ(TakePhones(10), absl::OkStatus());
  EXPECT_THAT(TakePhones(1), FailsWith(kExhausted, "PHONE"));
  EXPECT_TRUE(Take(kMarket, {{v1::EMAIL, 20}}).ok());
  EXPECT_THAT(Take(kMarket, {{v1::EMAIL, 1}}).status(), FailsWith(kExhausted, "EMAIL"));
  EXPECT_TRUE(Take(kSocial, {{v1::PHONE, 10}}).ok());
}

TEST_F(BudgetsTest, BeginsAnewAtMidnightUtc) {
  RestartWith(10);
  ASSERT_EQ(TakePhones(10), absl::OkStatus());
  env_.SetWallClock(Midnight() - absl::Microseconds(1));
  EXPECT_THAT(TakePhones(1), FailsWith(kExhausted, "for today"));
  env_.SetWallClock(Midnight());
  EXPECT_EQ(TakePhones(10), absl::OkStatus());
  EXPECT_THAT(TakePhones(1), FailsWith(kExhausted, "for today"));
}

TEST_F(BudgetsTest, LosesTheRestOfABlockAtMidnight) {
  RestartWith(10);
  ASSERT_EQ(TakePhones(3), absl::OkStatus());  // reserves all ten
  env_.SetWallClock(Midnight());
  EXPECT_THAT(TakePhones(11), FailsWith(kExhausted, "and 10 are left"));
  EXPECT_EQ(TakePhones(10), absl::OkStatus());
}

TEST_F(BudgetsTest, AWallClockSetBackBeginsNoDayAgain) {
  RestartWith(10);
  ASSERT_EQ(TakePhones(10), absl::OkStatus());
  const absl::Time midnight = Midnight();
  env_.SetWallClock(env_.Now() - 365 * kDay);
  const absl::Status refused = TakePhones(1);
  EXPECT_THAT(refused, FailsWith(kExhausted, "for today"));
  EXPECT_EQ(net::RetryAfter(refused), net::kMaxRetryAfter);
  Restart();
  EXPECT_THAT(TakePhones(1), FailsWith(kExhausted, "for today"));
  env_.SetWallClock(midnight);
  EXPECT_EQ(TakePhones(10), absl::OkStatus());
}

TEST_F(BudgetsTest, ForfeitsTheRestOfABlockAtARestart) {
  RestartWith(5'000);
  ASSERT_EQ(TakePhones(1), absl::OkStatus());
  Restart();
  EXPECT_THAT(TakePhones(5'000 - kReservedBlock + 1), FailsWith(kExhausted, "904 are left"));
  EXPECT_EQ(TakePhones(5'000 - kReservedBlock), absl::OkStatus());
  EXPECT_THAT(TakePhones(1), FailsWith(kExhausted, "5000 of 5000 for today"));
}

TEST_F(BudgetsTest, NoDayAddsToASpentTotal) {
  RestartWith(10, 15);
  ASSERT_EQ(TakePhones(10), absl::OkStatus());
  env_.SetWallClock(Midnight());
  EXPECT_EQ(TakePhones(5), absl::OkStatus());
  EXPECT_THAT(TakePhones(1), FailsWith(kExhausted, "15 of 15 in all"));
  env_.SetWallClock(Midnight());
  const absl::Status refused = TakePhones(1);
  EXPECT_THAT(refused, FailsWith(kExhausted, "no new day adds"));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("vervet budgets grant"));
  EXPECT_EQ(net::RetryAfter(refused), kDay);
}

TEST_F(BudgetsTest, UsesGrantsAfterTheDailyBudgetTheSoonestToExpireFirst) {
  RestartWith(10);
  Grant(kMarket, v1::PHONE, 7, 3 * kDay);
  Grant(kMarket, v1::PHONE, 5, 2 * kDay);
  Grant(kMarket, v1::EMAIL, 100, kDay);
  Grant(kSocial, v1::PHONE, 100, kDay);
  EXPECT_EQ(TakePhones(10), absl::OkStatus());
  ASSERT_THAT(Reserved(), SizeIs(1));
  EXPECT_EQ(Reserved()[0].grant_id(), "");
  EXPECT_EQ(TakePhones(5), absl::OkStatus());
  EXPECT_EQ(TakePhones(7), absl::OkStatus());
  ASSERT_THAT(Reserved(), SizeIs(3));
  EXPECT_EQ(Reserved()[1].evaluations(), 5u);
  EXPECT_EQ(Reserved()[2].evaluations(), 7u);
  EXPECT_THAT(TakePhones(1), FailsWith(kExhausted, "and 0 are left"));
}

TEST_F(BudgetsTest, PutsOneRequestTogetherFromSeveralSources) {
  RestartWith(10);
  Grant(kMarket, v1::PHONE, 7, 3 * kDay);
  Grant(kMarket, v1::PHONE, 5, 2 * kDay);
  EXPECT_THAT(TakePhones(23), FailsWith(kExhausted, "and 22 are left"));
  EXPECT_THAT(Reserved(), IsEmpty());
  EXPECT_EQ(TakePhones(22), absl::OkStatus());
  EXPECT_THAT(TakePhones(1), FailsWith(kExhausted, "and 0 are left"));
}

TEST_F(BudgetsTest, KeepsWhatWasReservedOfAGrantOverMidnightButNotOverItsEnd) {
  RestartWith(10);
  ASSERT_EQ(TakePhones(10), absl::OkStatus());
  Grant(kMarket, v1::PHONE, 100, Midnight() - env_.Now() + absl::Hours(1));
  ASSERT_EQ(TakePhones(1), absl::OkStatus());  // reserves all hundred
  ASSERT_THAT(Reserved(), SizeIs(2));
  env_.SetWallClock(Midnight());
  EXPECT_EQ(TakePhones(90), absl::OkStatus());
  EXPECT_THAT(Reserved(), SizeIs(2)) << "what is in memory is used first";
  EXPECT_EQ(TakePhones(10), absl::OkStatus());
  EXPECT_THAT(Reserved(), SizeIs(3));
  EXPECT_EQ(TakePhones(1), absl::OkStatus());
  env_.SetWallClock(env_.Now() + absl::Hours(1));
  EXPECT_THAT(TakePhones(1), FailsWith(kExhausted, "and 0 are left"));
}

TEST_F(BudgetsTest, AGrantHelpsWhereTheTotalIsSpent) {
  RestartWith(10, 10);
  ASSERT_EQ(TakePhones(10), absl::OkStatus());
  ASSERT_THAT(TakePhones(1), FailsWith(kExhausted, "in all"));
  Grant(kMarket, v1::PHONE, 3, kDay);
  EXPECT_EQ(TakePhones(3), absl::OkStatus());
}

TEST_F(BudgetsTest, TakesAllTypesOfARequestOrNone) {
  policy_.limits = {10, 100};
  policy_.by_type[v1::EMAIL] = {5, 100};
  Restart();
  EXPECT_THAT(Take(kMarket, {{v1::PHONE, 10}, {v1::EMAIL, 6}}).status(),
              FailsWith(kExhausted, "6 evaluations of EMAIL asked for, and 5 are left"));
  EXPECT_THAT(Reserved(), IsEmpty());
  EXPECT_EQ(TakePhones(1), absl::OkStatus());  // now the phones are in memory
  EXPECT_FALSE(Take(kMarket, {{v1::PHONE, 9}, {v1::EMAIL, 6}}).ok());
  EXPECT_TRUE(Take(kMarket, {{v1::PHONE, 9}, {v1::EMAIL, 5}}).ok());
  EXPECT_FALSE(Take(kMarket, {{v1::PHONE, 1}}).ok());
  EXPECT_FALSE(Take(kMarket, {{v1::EMAIL, 1}}).ok());
}

TEST_F(BudgetsTest, ConcurrentRequestsOfAMemberWaitForOneReservation) {
  Plug plug(*appender_);
  std::vector<int> waiting;
  for (int i = 0; i < 4; ++i) waiting.push_back(Begin(kMarket, {{v1::PHONE, 1'024}}));
  EXPECT_EQ(charges_.answered(), 0u);
  plug.Pull();
  for (const int key : waiting) EXPECT_TRUE(charges_.Of(key).ok());
  EXPECT_THAT(Reserved(), SizeIs(1));
}

TEST_F(BudgetsTest, OneThatIsRefusedHoldsUpNobodyBehindIt) {
  RestartWith(10);
  Plug plug(*appender_);
  const int first = Begin(kMarket, {{v1::PHONE, 8}});
  const int second = Begin(kMarket, {{v1::PHONE, 8}});
  const int third = Begin(kMarket, {{v1::PHONE, 2}});
  plug.Pull();
  EXPECT_TRUE(charges_.Of(first).ok());
  EXPECT_THAT(charges_.Of(second).status(), FailsWith(kExhausted, "and 2 are left"));
  EXPECT_TRUE(charges_.Of(third).ok());
}

TEST_F(BudgetsTest, WhatWaitsOfOneMemberIsBounded) {
  Plug plug(*appender_);
  std::vector<int> waiting;
  for (size_t i = 0; i < kMaxWaitingForBudget; ++i)
    waiting.push_back(Begin(kMarket, {{v1::PHONE, 1}}));
  const absl::Status refused = TakePhones(1);
  EXPECT_THAT(refused, FailsWith(kExhausted, "256 requests of this member wait"));
  EXPECT_EQ(net::RetryAfter(refused), absl::Milliseconds(200));
  const int other = Begin(kSocial, {{v1::PHONE, 1}});
  plug.Pull();
  for (const int key : waiting) EXPECT_TRUE(charges_.Of(key).ok());
  EXPECT_TRUE(charges_.Of(other).ok());
}

TEST_F(BudgetsTest, GivesBackWhatCouldNotBeWorkedOn) {
  RestartWith(10);
  const auto charge = Take(kMarket, {{v1::PHONE, 10}});
  ASSERT_TRUE(charge.ok());
  ASSERT_FALSE(TakePhones(1).ok());
  budgets_->GiveBack(kMarket, *charge);
  EXPECT_EQ(TakePhones(10), absl::OkStatus());
  EXPECT_FALSE(TakePhones(1).ok());
  EXPECT_THAT(Reserved(), SizeIs(1));
}

TEST_F(BudgetsTest, WhatIsGivenBackAfterMidnightIsLost) {
  RestartWith(10);
  const auto charge = Take(kMarket, {{v1::PHONE, 10}});
  ASSERT_TRUE(charge.ok());
  env_.SetWallClock(Midnight());
  budgets_->GiveBack(kMarket, *charge);
  EXPECT_THAT(TakePhones(11), FailsWith(kExhausted, "and 10 are left"));
}

TEST_F(BudgetsTest, FailsAsTheLogDoes) {
  appender_->Stop();
  EXPECT_THAT(TakePhones(1), FailsWith(absl::StatusCode::kUnavailable, "shutting down"));
  EXPECT_THAT(TakePhones(1), FailsWith(absl::StatusCode::kUnavailable, "shutting down"));
}

TEST_F(BudgetsTest, NeverGivesMoreThanTheLimitToManyAtOnce) {
  constexpr uint64_t kLimit = 20'000;
  RestartWith(kLimit);
  std::atomic<uint64_t> taken{0}, asked{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const auto count = static_cast<uint64_t>(1 + (i * 37 + t * 11) % 100);
        const int key = 1'000 * (t + 1) + i;
        asked += count;
        budgets_->Take(kMarket, {{v1::PHONE, count}}, charges_.Into(key));
        if (charges_.Of(key).ok()) taken += count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(asked, kLimit);
  // What is left is less than anybody was refused for; single ones take it.
  while (TakePhones(1).ok()) ++taken;
  EXPECT_EQ(taken, kLimit);
}

// ---- what coordinators are told

TEST_F(BudgetsTest, TheFirstRefusalOfADayRaisesAnAlert) {
  RestartWith(10);
  ASSERT_EQ(TakePhones(10), absl::OkStatus());
  EXPECT_THAT(RaisedAlerts(), IsEmpty());
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(TakePhones(1).ok());
  ASSERT_THAT(RaisedAlerts(), SizeIs(1));
  const v1::AlertRaised alert = RaisedAlerts()[0];
  EXPECT_EQ(alert.kind(), v1::BUDGET_SPENT);
  EXPECT_EQ(alert.party(), kMarket);
  EXPECT_EQ(alert.type(), v1::PHONE);
  EXPECT_EQ(alert.day(), DayOf(env_.Now()));
  const auto& audience = Events().back()->parsed.header.audience();
  ASSERT_EQ(audience.roles_size(), 1);
  EXPECT_EQ(audience.roles(0), v1::COORDINATOR);
  EXPECT_EQ(audience.party(), "");

  Restart();
  EXPECT_FALSE(TakePhones(1).ok());
  EXPECT_THAT(RaisedAlerts(), SizeIs(1));
  env_.SetWallClock(Midnight());
  ASSERT_EQ(TakePhones(10), absl::OkStatus());
  EXPECT_FALSE(TakePhones(1).ok());
  EXPECT_THAT(RaisedAlerts(), SizeIs(2));
}

TEST_F(BudgetsTest, ManyEvaluationsOfFewOwnUsersRaiseAnAlertOnceADay) {
  policy_.few_own_users_evaluations = 100;
  Restart();
  budgets_->CountServed(kMarket, v1::PHONE, 99, 0);
  alerts_->RaiseAll();
  EXPECT_THAT(RaisedAlerts(), IsEmpty());
  budgets_->CountServed(kMarket, v1::PHONE, 1, 1);
  budgets_->CountServed(kMarket, v1::PHONE, 100, 0);
  EXPECT_THAT(RaisedAlerts(), IsEmpty()) << "it waits";
  alerts_->RaiseAll();
  ASSERT_THAT(RaisedAlerts(), SizeIs(1));
  EXPECT_EQ(RaisedAlerts()[0].kind(), v1::FEW_OWN_USERS);
  EXPECT_EQ(RaisedAlerts()[0].type(), v1::PHONE);
  EXPECT_THAT(RaisedAlerts()[0].detail(), HasSubstr("100 evaluations, 1 of them"));
  budgets_->CountServed(kMarket, v1::PHONE, 100, 0);
  alerts_->RaiseAll();
  EXPECT_THAT(RaisedAlerts(), SizeIs(1));
  env_.SetWallClock(Midnight());
  budgets_->CountServed(kMarket, v1::PHONE, 100, 49);
  alerts_->RaiseAll();
  EXPECT_THAT(RaisedAlerts(), SizeIs(2));
}

TEST_F(BudgetsTest, EnoughOwnUsersRaiseNone) {
  policy_.few_own_users_evaluations = 100;
  Restart();
  budgets_->CountServed(kMarket, v1::PHONE, 100, 50);
  budgets_->CountServed(kSocial, v1::PHONE, 60, 0);
  budgets_->CountServed(kSocial, v1::EMAIL, 60, 0);
  alerts_->RaiseAll();
  EXPECT_THAT(RaisedAlerts(), IsEmpty());
}

TEST_F(BudgetsTest, CountsWhatWasServedByDay) {
  const int64_t today = DayOf(env_.Now());
  budgets_->CountServed(kMarket, v1::PHONE, 5, 3);
  budgets_->CountServed(kMarket, v1::PHONE, 2, 0);
  EXPECT_EQ(budgets_->ServedOn(today, kMarket, v1::PHONE).evaluations, 7u);
  EXPECT_EQ(budgets_->ServedOn(today, kMarket, v1::PHONE).own_users, 3u);
  EXPECT_EQ(budgets_->ServedOn(today, kMarket, v1::EMAIL).evaluations, 0u);
  EXPECT_EQ(budgets_->ServedOn(today, kSocial, v1::PHONE).evaluations, 0u);
  EXPECT_EQ(budgets_->ServedOn(today + 1, kMarket, v1::PHONE).evaluations, 0u);
}

}  // namespace
}  // namespace vervet::hub
