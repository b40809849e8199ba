#include "hub/access/alert_queue.h"

#include "hub/engine/alerts.h"
#include "tests/hub/access/budgets_fixture.h"

namespace vervet::hub {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class AlertQueueTest : public BudgetsTest {
 protected:
  v1::AlertRaised Hit(const std::string& party, uint32_t record) {
    return CanaryHit(party, IdOf(record), env_.Now(), "looked up");
  }
};

TEST_F(AlertQueueTest, RaisesWhatItIsGivenOnce) {
  alerts_->Raise(Hit(kMarket, 1));
  alerts_->Raise(Hit(kMarket, 1));
  alerts_->Raise(Hit(kMarket, 2));
  alerts_->Raise(Hit(kSocial, 1));
  EXPECT_THAT(RaisedAlerts(), SizeIs(3));
  Restart();
  alerts_->Raise(Hit(kMarket, 1));
  EXPECT_THAT(RaisedAlerts(), SizeIs(3));
  env_.Advance(kDay);
  alerts_->Raise(Hit(kMarket, 1));
  EXPECT_THAT(RaisedAlerts(), SizeIs(4));
}

TEST_F(AlertQueueTest, RaisesTheSameOnceAlsoWithinOneCommit) {
  Plug plug(*appender_);
  for (int i = 0; i < 5; ++i) alerts_->Raise(Hit(kMarket, 1));
  plug.Pull();
  EXPECT_THAT(RaisedAlerts(), SizeIs(1));
}

TEST_F(AlertQueueTest, ASuspicionWaitsForARandomWhileUpToTheLongest) {
  std::vector<absl::Duration> raised_after;
  for (uint32_t i = 0; i < 20; ++i) alerts_->RaiseLater(Hit(kMarket, i));
  alerts_->Tick();
  size_t before = RaisedAlerts().size();
  EXPECT_LT(before, 20u);
  // Not all at one moment.
  size_t moments = 0;
  for (int minute = 0; minute < 10; ++minute) {
    env_.Advance(absl::Minutes(1));
    alerts_->Tick();
    const size_t now = RaisedAlerts().size();
    if (now > before) ++moments;
    before = now;
  }
  EXPECT_GT(moments, 3u);
  EXPECT_EQ(before, 20u);
}

TEST_F(AlertQueueTest, AnOrderlyEndRaisesWhatWaits) {
  alerts_->RaiseLater(Hit(kMarket, 1));
  alerts_->RaiseLater(Hit(kMarket, 1));
  alerts_->RaiseAll();
  EXPECT_THAT(RaisedAlerts(), SizeIs(1));
  alerts_->RaiseAll();
  EXPECT_THAT(RaisedAlerts(), SizeIs(1));
}

TEST_F(AlertQueueTest, TriesAgainWhereTheLogTakesNothing) {
  Appender::Options tiny;
  tiny.queue_capacity = 1;
  End();
  Start();
  Appender appender(
      log_.get(), state_.get(), &env_, tiny, [](absl::Span<const StoredEventPtr>) {},
      [](const absl::Status& status) { ADD_FAILURE() << status; });
  AlertQueue alerts(state_.get(), &appender, &env_, absl::ZeroDuration());
  {
    Plug plug(appender);
    ASSERT_TRUE(appender.Submit(AdmitCommandOf("member/filler", answers_.Into(-1))).ok());
    alerts.Raise(Hit(kMarket, 1));
    plug.Pull();
    ASSERT_TRUE(answers_.Of(-1).ok());
  }
  EXPECT_FALSE(
      state_->Read([&](const HubState& state) { return state.alerts.WasRaised(Hit(kMarket, 1)); }));
  alerts.Tick();
  appender.Stop();
  EXPECT_TRUE(
      state_->Read([&](const HubState& state) { return state.alerts.WasRaised(Hit(kMarket, 1)); }));
}

TEST_F(AlertQueueTest, WhatWaitsIsBounded) {
  for (uint32_t i = 0; i <= kMaxWaitingAlerts; ++i) alerts_->RaiseLater(Hit(kMarket, i));
  alerts_->RaiseAll();
  while (true) {  // the log's queue is shorter
    Settle();
    const size_t before = RaisedAlerts().size();
    alerts_->Tick();
    if (RaisedAlerts().size() == before) break;
  }
  EXPECT_THAT(RaisedAlerts(), SizeIs(kMaxWaitingAlerts));
}

}  // namespace
}  // namespace vervet::hub
