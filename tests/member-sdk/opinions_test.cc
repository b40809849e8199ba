// Opinions: that they reach everybody, show beside a match, pause what too many dispute, and arrive
// in their order.
#include "tests/member-sdk/aftermath_fixture.h"

namespace vervet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class OpinionsTest : public AftermathTest {
 protected:
  void SetUp() override {
    social_ = OpenTold("social", &social_told_);
    forum_ = OpenTold("forum", &forum_told_);
    record_id_ = Publish(kPhoneOfTrader);
    CatchUp(*social_);
    CatchUp(*forum_);
  }
  void Opine(Stance stance, const std::string& reason) {
    ASSERT_EQ(social_->Opine(record_id_, stance, reason).status(), absl::OkStatus());
    Deliver(*social_);
  }

  Told social_told_, forum_told_;
  std::unique_ptr<engine::Engine> social_, forum_;
  std::string record_id_;
};

TEST_F(OpinionsTest, ReachEveryMemberAndShowInItsAnswers) {
  Opine(Stance::kDispute, "the photographs show a replica");
  hub_.CountSightings(Bytes(record_id_), 2, 5);
  CatchUp(*forum_);
  const auto answer = forum_->Check(User("user-1", kPhoneOfTrader), {});
  ASSERT_TRUE(answer->matched());
  const vervet::Match& match = answer->results[0].matches[0];
  EXPECT_EQ(match.agree, 0u);
  EXPECT_EQ(match.disagree, 0u);
  EXPECT_EQ(match.disputes, 1u);
  EXPECT_EQ(match.sighted_by, 2u);
  ASSERT_THAT(match.opinions, SizeIs(1));
  EXPECT_EQ(match.opinions[0].party, "member/social");
  EXPECT_EQ(match.opinions[0].party_name, "The member/social");
  EXPECT_EQ(match.opinions[0].stance, Stance::kDispute);
  EXPECT_EQ(match.opinions[0].reason, "the photographs show a replica");
  EXPECT_FALSE(match.opinions[0].answered);
  EXPECT_EQ(absl::FromChrono(match.opinions[0].answer_due), env_.Now() + absl::Hours(7 * 24));
}

TEST_F(OpinionsTest, AreToldToThePublisherAndToWhomTheRecordMatches) {
  Match(*forum_, "user-1", kPhoneOfTrader);
  Opine(Stance::kDispute, "a replica");
  ASSERT_TRUE(Eventually([&] { return market_told_.opinions().size() == 1; }));
  EXPECT_TRUE(market_told_.opinions()[0].own);
  EXPECT_EQ(market_told_.opinions()[0].record_id, record_id_);
  EXPECT_EQ(market_told_.opinions()[0].opinion.reason, "a replica");
  ASSERT_TRUE(Eventually([&] { return forum_told_.opinions().size() == 1; }));
  EXPECT_FALSE(forum_told_.opinions()[0].own);
  EXPECT_THAT(social_told_.opinions(), IsEmpty());  // its own
}

TEST_F(OpinionsTest, PauseAMatchUntilThePublisherAnswers) {
  hub_.set_dispute_share_percent(20);
  Match(*forum_, "user-1", kPhoneOfTrader);
  Opine(Stance::kDispute, "a replica");
  ASSERT_TRUE(Eventually([&] { return forum_told_.ended().size() == 1; }));
  EXPECT_EQ(forum_told_.ended()[0].reason, "paused by disputes");
  EXPECT_FALSE(forum_->Check(User("user-1", kPhoneOfTrader), {})->matched());

  CatchUp(market());
  const auto ticket = market().AnswerDisputes(record_id_, "checked again by two reviewers");
  ASSERT_EQ(ticket.status(), absl::OkStatus());
  Deliver(market());
  ASSERT_TRUE(Eventually([&] { return forum_told_.matches().size() == 1; }));
  const vervet::Match match = forum_told_.matches()[0].match;
  EXPECT_THAT(forum_told_.matches()[0].subject_references, ElementsAre("user-1"));
  EXPECT_EQ(match.disputes, 0u);
  ASSERT_THAT(match.opinions, SizeIs(1));
  EXPECT_TRUE(match.opinions[0].answered);
  EXPECT_TRUE(forum_->Check(User("user-1", kPhoneOfTrader), {})->matched());
}

TEST_F(OpinionsTest, EndAPauseWhenTheDisputeIsTakenBack) {
  hub_.set_dispute_share_percent(20);
  Match(*forum_, "user-1", kPhoneOfTrader);
  Opine(Stance::kDispute, "a replica");
  ASSERT_TRUE(Eventually([&] { return forum_told_.ended().size() == 1; }));
  Opine(Stance::kAgree, "");
  ASSERT_TRUE(Eventually([&] { return forum_told_.matches().size() == 1; }));
  EXPECT_EQ(forum_told_.matches()[0].match.agree, 1u);
}

TEST_F(OpinionsTest, StayPausedAcrossARestart) {
  hub_.set_dispute_share_percent(20);
  Opine(Stance::kDispute, "a replica");
  CatchUp(*forum_);
  forum_ = nullptr;
  forum_ = OpenTold("forum", &forum_told_);
  EXPECT_FALSE(forum_->Check(User("user-1", kPhoneOfTrader), {})->matched());
}

TEST_F(OpinionsTest, ArriveInTheirOrderWhateverIsLost) {
  hub_.LoseAnswers(3);
  for (const Stance stance : {Stance::kDispute, Stance::kDisagree, Stance::kAgree}) {
    ASSERT_EQ(social_->Opine(record_id_, stance, "one after the other").status(), absl::OkStatus());
  }
  Deliver(*social_);
  ASSERT_THAT(hub_.opinions(), SizeIs(3));
  EXPECT_EQ(hub_.opinions()[0].stance(), v1::DISPUTE);
  EXPECT_EQ(hub_.opinions()[1].stance(), v1::DISAGREE);
  EXPECT_EQ(hub_.opinions()[2].stance(), v1::AGREE);
}

TEST_F(OpinionsTest, WaitInTheOutboxForTheHub) {
  hub_.SetReachable(false);
  const auto ticket = social_->Opine(record_id_, Stance::kDispute, "a replica");
  ASSERT_EQ(ticket.status(), absl::OkStatus());
  social_ = nullptr;
  hub_.SetReachable(true);
  social_ = OpenTold("social", &social_told_);
  Deliver(*social_);
  const auto delivery = social_->GetDelivery(ticket->request_id);
  EXPECT_EQ(delivery->state, DeliveryState::kDelivered);
  EXPECT_EQ(delivery->record_id, record_id_);
  ASSERT_TRUE(delivery->answer_due.has_value());
  EXPECT_EQ(absl::FromChrono(*delivery->answer_due), env_.Now() + absl::Hours(7 * 24));
  EXPECT_THAT(hub_.opinions(), SizeIs(1));
}

TEST_F(OpinionsTest, AreRefusedAtOnceWhereTheMistakeIsPlain) {
  CatchUp(market());
  const auto code = [](const auto& result) { return result.status().code(); };
  EXPECT_EQ(code(social_->Opine(record_id_, Stance::kDispute, "")),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(social_->Opine(record_id_, Stance::kDispute, std::string(513, 'x'))),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(social_->Opine(record_id_, Stance::kDispute, "\xff")),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(social_->Opine("17", Stance::kAgree, "")), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(social_->AnswerDisputes(record_id_, "x")), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(code(market().Opine(record_id_, Stance::kAgree, "")),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(code(market().AnswerDisputes(record_id_, "")), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(hub_.opinions(), IsEmpty());
}

TEST_F(OpinionsTest, ShowTheHubsRefusalInTheirDelivery) {
  const auto nobody = social_->Opine(std::string(32, 'a'), Stance::kAgree, "");
  const auto nothing_to_answer = market().AnswerDisputes(record_id_, "kept");
  Retract(record_id_);
  const auto ended = social_->Opine(record_id_, Stance::kAgree, "");
  Deliver(*social_);
  Deliver(market());
  EXPECT_TRUE(absl::IsNotFound(social_->GetDelivery(nobody->request_id)->status));
  EXPECT_TRUE(absl::IsFailedPrecondition(social_->GetDelivery(ended->request_id)->status));
  const auto answered = market().GetDelivery(nothing_to_answer->request_id);
  EXPECT_EQ(answered->state, DeliveryState::kRefused);
  EXPECT_THAT(std::string(answered->status.message()), HasSubstr("no dispute"));
}

TEST_F(OpinionsTest, AreShownByTheHubToo) {
  Opine(Stance::kDisagree, "another species");
  const auto status = market().ShowRecord(record_id_);
  ASSERT_EQ(status.status(), absl::OkStatus());
  EXPECT_EQ(status->state, RecordState::kInForce);
  ASSERT_THAT(status->opinions, SizeIs(1));
  EXPECT_EQ(status->opinions[0].reason, "another species");
  EXPECT_TRUE(absl::IsNotFound(market().ShowRecord(std::string(32, 'b')).status()));
}

}  // namespace
}  // namespace vervet::testing
