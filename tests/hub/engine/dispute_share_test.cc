#include "hub/engine/dispute_share.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hub/engine/records.h"
#include "tests/hub/engine/engine_fixture.h"

namespace vervet::hub {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A record of member/market that social and nine others have: above 20% are three disputes.
class DisputeShareTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    const auto published = Publish("member/market", GoodRequest());
    ASSERT_TRUE(published.ok()) << published.status();
    record_id_ = published->record_id;
    for (int i = 0; i < 9; ++i) {
      Admit(Extra(i));
      Join(Extra(i), "coalition");
    }
    EXPECT_THAT(Due(), IsEmpty());
  }

  static std::string Extra(int i) { return absl::StrCat("member/extra-", i); }

  void Dispute(const std::string& party) {
    v1::OpineRequest request;
    request.set_request_id(NewRequestId());
    request.set_record_id(record_id_);
    request.set_stance(v1::DISPUTE);
    request.set_reason("our photographs show a replica");
    const auto outcome = Run(OpineCommand(party, request, policy_));
    ASSERT_TRUE(outcome.ok()) << outcome.status();
  }
  void Leave(const std::string& party) {
    v1::LeaveGroupRequest request;
    request.set_request_id(NewRequestId());
    request.set_party(party);
    request.set_group("coalition");
    ASSERT_TRUE(Run(LeaveGroupCommand("coordinator/anna", request)).ok());
  }
  void Reinstate(const std::string& party) {
    v1::ReinstateRequest request;
    request.set_request_id(NewRequestId());
    request.set_party(party);
    request.set_reason("looked into");
    ASSERT_TRUE(Run(ReinstateCommand("coordinator/anna", request)).ok());
  }
  bool Paused() {
    return state_.Read([&](const HubState& state) {
      return state.records.AftermathOf(*state.records.Find(record_id_)).paused;
    });
  }
  std::vector<std::string> Due() {
    return state_.Read([&](const HubState& state) { return review_.Next(state); });
  }
  // As the hub does with each tick.
  void Review() {
    for (const std::string& record_id : Due()) {
      const auto outcome = Run(ReviewPauseCommand(record_id, policy_));
      ASSERT_TRUE(outcome.ok()) << outcome.status();
    }
  }

  RemedyPolicy policy_;
  PauseReview review_{policy_};
  std::string record_id_;
};

TEST_F(DisputeShareTest, SuspendingWhoDisputedEndsThePauseThatTheyHeldUp) {
  for (int i = 0; i < 3; ++i) Dispute(Extra(i));
  ASSERT_TRUE(Paused());
  EXPECT_THAT(Due(), IsEmpty()) << "nobody's membership changed";
  Suspend(Extra(0));
  Review();
  EXPECT_TRUE(Paused()) << "two of nine";
  Suspend(Extra(1));
  Review();
  EXPECT_FALSE(Paused()) << "one of eight";
  EXPECT_TRUE(EventAt(LogSize())->parsed.body.has_record_resumed());
}

TEST_F(DisputeShareTest, ReinstatingThemPausesItAgain) {
  for (int i = 0; i < 3; ++i) Dispute(Extra(i));
  Suspend(Extra(0));
  Suspend(Extra(1));
  Review();
  ASSERT_FALSE(Paused());
  Reinstate(Extra(0));
  Reinstate(Extra(1));
  Review();
  EXPECT_TRUE(Paused());
  const auto& pause = EventAt(LogSize())->parsed.body.record_paused();
  EXPECT_EQ(pause.disputes(), 3u);
  EXPECT_EQ(pause.members(), 10u);
  EXPECT_EQ(AudienceOf(*EventAt(LogSize())), "roles= groups=coalition party=member/market");
}

TEST_F(DisputeShareTest, MembersThatLeaveRaiseTheShareOfThoseThatStay) {
  Dispute(Extra(0));
  Dispute(Extra(1));
  ASSERT_FALSE(Paused()) << "two of ten";
  Leave(Extra(8));
  Review();
  EXPECT_TRUE(Paused()) << "two of nine";
}

TEST_F(DisputeShareTest, MembersThatJoinEndNoPause) {
  for (int i = 0; i < 3; ++i) Dispute(Extra(i));
  ASSERT_TRUE(Paused());
  for (int i = 9; i < 20; ++i) {
    Admit(Extra(i));
    Join(Extra(i), "coalition");
  }
  EXPECT_THAT(Due(), IsEmpty());
  EXPECT_TRUE(Paused()) << "nobody has answered, and every dispute stands";
}

TEST_F(DisputeShareTest, AnotherShareInTheConfigurationCountsFromTheNextStart) {
  Dispute(Extra(0));
  ASSERT_FALSE(Paused());
  policy_.dispute_share_percent = 5;
  PauseReview after_restart(policy_);
  EXPECT_THAT(state_.Read([&](const HubState& state) { return after_restart.Next(state); }),
              ElementsAre(record_id_));
}

TEST_F(DisputeShareTest, AReviewThatCameTooLateChangesNothing) {
  for (int i = 0; i < 3; ++i) Dispute(Extra(i));
  for (int i = 0; i < 3; ++i) Suspend(Extra(i));
  ASSERT_THAT(Due(), ElementsAre(record_id_));
  ASSERT_TRUE(Retract("member/market", record_id_).ok());
  const uint64_t size = LogSize();
  ASSERT_TRUE(Run(ReviewPauseCommand(record_id_, policy_)).ok());
  ASSERT_TRUE(Run(ReviewPauseCommand(std::string(16, 'x'), policy_)).ok());
  EXPECT_EQ(LogSize(), size);
}

TEST_F(DisputeShareTest, LooksAtManyRecordsInSeveralSteps) {
  for (size_t i = 0; i < PauseReview::kRecordsAtATime; ++i) {
    // Without the disk: the state alone counts. Ids above any that the hub gave.
    auto published = std::make_shared<StoredEvent>();
    auto& record = *published->parsed.body.mutable_record_published();
    record.set_record_id(absl::StrCat("\xff", absl::Dec(i, absl::kZeroPad15)));
    record.set_publisher("member/market");
    record.mutable_facts()->add_groups("coalition");
    auto counted = std::make_shared<StoredEvent>();
    counted->parsed.body.mutable_sightings_counted()->set_record_id(record.record_id());
    state_.Apply({published, counted});
  }
  for (int i = 0; i < 3; ++i) Dispute(Extra(i));
  Suspend(Extra(0));
  Suspend(Extra(1));
  EXPECT_THAT(Due(), ElementsAre(record_id_));
  Suspend(Extra(2));
  EXPECT_THAT(Due(), IsEmpty()) << "the rest of the round";
  EXPECT_THAT(Due(), ElementsAre(record_id_)) << "a new round, for the change meanwhile";
  EXPECT_THAT(Due(), IsEmpty());
  EXPECT_THAT(Due(), IsEmpty());
}

}  // namespace
}  // namespace vervet::hub
