// What others say of a record: opinions, disputes that pause it, the publisher's answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "core/base/wire_limits.h"
#include "tests/hub/engine/records_fixture.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;

class OpinionsTest : public RecordsTest {};

TEST_F(OpinionsTest, TellsEveryMemberThatHasTheRecordOfAnOpinion) {
  const auto outcome = Opine("member/social", v1::AGREE);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  const auto event = EventAt(outcome->sequence);
  EXPECT_EQ(AudienceOf(*event), "roles= groups=coalition party=member/market");
  EXPECT_EQ(event->parsed.body.opinion_given().party(), "member/social");
  const v1::RecordStatus status = Show("member/market");
  ASSERT_EQ(status.opinions_size(), 1);
  EXPECT_EQ(status.opinions(0).stance(), v1::AGREE);
  EXPECT_EQ(status.state(), v1::IN_FORCE);
}

TEST_F(OpinionsTest, LetsASecondOpinionReplaceTheFirstAndKeepsBothInTheLog) {
  AddMembers(9);
  const auto first = Opine("member/social", v1::DISAGREE);
  const auto second = Opine("member/social", v1::AGREE);
  ASSERT_TRUE(first.ok() && second.ok()) << second.status();
  const v1::RecordStatus status = Show("member/social");
  ASSERT_EQ(status.opinions_size(), 1);
  EXPECT_EQ(status.opinions(0).stance(), v1::AGREE);
  EXPECT_EQ(EventAt(first->sequence)->parsed.body.opinion_given().stance(), v1::DISAGREE);
}

TEST_F(OpinionsTest, GivesARetriedOpinionTheFirstAnswer) {
  const v1::OpineRequest request = Opinion(v1::AGREE);
  const auto first = Run(OpineCommand("member/social", request, policy_));
  const uint64_t size = LogSize();
  const auto again = Run(OpineCommand("member/social", request, policy_));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->sequence, first->sequence);
  EXPECT_EQ(LogSize(), size);
}

TEST_F(OpinionsTest, StopsMatchingAboveTheConfiguredShareOfDisputesAndNotAtIt) {
  AddMembers(9);  // with social, ten members have the record: 20% is two of them
  ASSERT_TRUE(Opine("member/social", v1::DISPUTE).ok());
  ASSERT_TRUE(Opine("member/extra-0", v1::DISPUTE).ok());
  EXPECT_TRUE(Matches()) << "two of ten is the share itself";
  const uint64_t before = LogSize();
  ASSERT_TRUE(Opine("member/extra-1", v1::DISPUTE).ok());
  EXPECT_FALSE(Matches());
  EXPECT_EQ(Show("member/market").state(), v1::PAUSED);
  // The pause was committed with the dispute, for those who have the record.
  ASSERT_EQ(LogSize(), before + 2);
  const auto pause = EventAt(before + 2);
  EXPECT_EQ(pause->parsed.body.record_paused().disputes(), 3u);
  EXPECT_EQ(pause->parsed.body.record_paused().members(), 10u);
  EXPECT_EQ(AudienceOf(*pause), "roles= groups=coalition party=member/market");
}

TEST_F(OpinionsTest, MatchesAgainOnceThePublisherAnswers) {
  ASSERT_TRUE(Opine("member/social", v1::DISPUTE).ok());
  ASSERT_FALSE(Matches());
  ASSERT_TRUE(Run(AnswerDisputesCommand("member/market", Answer())).ok());
  EXPECT_TRUE(Matches());
  const v1::RecordStatus status = Show("member/social");
  EXPECT_EQ(status.unanswered_disputes(), 0u);
  EXPECT_TRUE(status.opinions(0).answered());
  EXPECT_EQ(status.last_answer(), "checked again by two reviewers");
  // A dispute after the answer counts anew.
  ASSERT_TRUE(Opine("member/social", v1::DISPUTE).ok());
  EXPECT_FALSE(Matches());
}

TEST_F(OpinionsTest, MatchesAgainWhenEnoughDisputesAreTakenBack) {
  ASSERT_TRUE(Opine("member/social", v1::DISPUTE).ok());
  ASSERT_FALSE(Matches());
  ASSERT_TRUE(Opine("member/social", v1::AGREE).ok());
  EXPECT_TRUE(Matches());
  EXPECT_TRUE(EventAt(LogSize())->parsed.body.has_record_resumed());
}

TEST_F(OpinionsTest, DoesNotCountTheDisputesOfASuspendedMember) {
  AddMembers(3);  // four have the record; suspended ones are no holders either
  policy_.dispute_share_percent = 40;
  ASSERT_TRUE(Opine("member/social", v1::DISPUTE).ok());
  Suspend("member/social");
  ASSERT_TRUE(Opine("member/extra-0", v1::DISPUTE).ok());
  EXPECT_TRUE(Matches()) << "one of three";
}

TEST_F(OpinionsTest, DoesNotCountTheDisputesOfAMemberThatLeft) {
  AddMembers(9);
  ASSERT_TRUE(Opine("member/extra-0", v1::DISPUTE).ok());
  ASSERT_TRUE(Opine("member/extra-1", v1::DISPUTE).ok());
  Leave("member/extra-0", "coalition");
  Leave("member/extra-1", "coalition");
  ASSERT_TRUE(Opine("member/extra-2", v1::AGREE).ok());
  EXPECT_TRUE(Matches()) << "an AGREE paused it";
  ASSERT_TRUE(Opine("member/extra-2", v1::DISPUTE).ok());
  EXPECT_TRUE(Matches()) << "one of eight";
}

TEST_F(OpinionsTest, IsResumedByADisputeTakenBackAndByNoOtherOpinion) {
  ASSERT_TRUE(Opine("member/social", v1::DISPUTE).ok());
  ASSERT_FALSE(Matches());
  AddMembers(9);  // one of ten by now
  ASSERT_TRUE(Opine("member/extra-0", v1::AGREE).ok());
  EXPECT_FALSE(Matches()) << "nobody has answered";
  ASSERT_TRUE(Opine("member/social", v1::DISAGREE).ok());
  EXPECT_TRUE(Matches());
}

TEST_F(OpinionsTest, SaysUntilWhenADisputeIsToBeAnswered) {
  AddMembers(9);
  const auto due = [this](const RequestOutcome& outcome) {
    return state_.Read([&](const HubState& state) {
      return AnswerDueUs(state, record_id_, "member/social", outcome.sequence);
    });
  };
  const absl::Time given = env_.Now();
  const v1::OpineRequest request = Opinion(v1::DISPUTE);
  const auto first = Run(OpineCommand("member/social", request, policy_));
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(due(*first), absl::ToUnixMicros(given + policy_.answer_deadline));
  env_.Advance(absl::Hours(1));
  const auto retried = Run(OpineCommand("member/social", request, policy_));
  EXPECT_EQ(due(*retried), due(*first)) << "of the first time";
  const auto second = Opine("member/social", v1::DISPUTE);
  EXPECT_EQ(due(*second), absl::ToUnixMicros(env_.Now() + policy_.answer_deadline));
  EXPECT_EQ(due(*first), 0) << "it no longer stands";
}

TEST_F(OpinionsTest, GivesAnObjectionOfAPersonItsOwnDeadline) {
  v1::OpineRequest request = Opinion(v1::DISPUTE);
  request.set_for_subject(true);
  ASSERT_TRUE(Run(OpineCommand("member/social", request, policy_)).ok());
  const v1::RecordStatus status = Show("member/market");
  EXPECT_TRUE(status.opinions(0).for_subject());
  EXPECT_EQ(status.answer_due_us(),
            absl::ToUnixMicros(env_.Now() + policy_.subject_answer_deadline));
}

TEST_F(OpinionsTest, RefusesOpinionsThatCannotStand) {
  struct Refusal {
    const char* what;
    std::string party;
    std::function<void(v1::OpineRequest&)> change;
    absl::StatusCode code;
    const char* words;
  };
  const auto as_is = [](v1::OpineRequest&) {};
  const std::vector<Refusal> cases = {
      {"no request id", "member/social", [](auto& r) { r.clear_request_id(); }, kInvalid,
       "request_id: has 0"},
      {"a short record id", "member/social", [](auto& r) { r.set_record_id("short"); }, kInvalid,
       "record_id: has 5"},
      {"no stance", "member/social", [](auto& r) { r.clear_stance(); }, kInvalid, "stance: "},
      {"an unknown stance", "member/social",
       [](auto& r) { r.set_stance(static_cast<v1::Stance>(99)); }, kInvalid, "stance: "},
      {"a dispute without a reason", "member/social", [](auto& r) { r.clear_reason(); }, kInvalid,
       "reason: is empty"},
      {"a reason too long", "member/social",
       [](auto& r) { r.set_reason(std::string(kMaxReasonBytes + 1, 'x')); }, kInvalid,
       "reason: has 513"},
      {"a person's objection that is no dispute", "member/social",
       [](auto& r) {
         r.set_stance(v1::AGREE);
         r.set_for_subject(true);
       },
       kInvalid, "for_subject: "},
      {"an unknown record", "member/social", [](auto& r) { r.set_record_id(std::string(16, 'z')); },
       kNotFound, "no such record"},
      {"a record of a group that the caller is not in", "member/search", as_is, kNotFound,
       "no such record"},
      {"the caller's own record", "member/market", as_is, kDenied, "own record"},
  };
  for (const Refusal& refusal : cases) {
    SCOPED_TRACE(refusal.what);
    v1::OpineRequest request = Opinion(v1::DISPUTE);
    refusal.change(request);
    const uint64_t size = LogSize();
    EXPECT_THAT(Run(OpineCommand(refusal.party, request, policy_)),
                FailsWith(refusal.code, refusal.words));
    EXPECT_EQ(LogSize(), size);
  }
  v1::OpineRequest longest = Opinion(v1::DISPUTE);
  longest.set_reason(std::string(kMaxReasonBytes, 'x'));
  EXPECT_TRUE(Run(OpineCommand("member/social", longest, policy_)).ok());
}

TEST_F(OpinionsTest, RefusesAnOpinionOnARecordThatHasEnded) {
  env_.Advance(kPhoneLife);  // the hub's own event of the expiry has not come yet
  EXPECT_THAT(Opine("member/social", v1::DISPUTE), FailsWith(kPrecondition, "expired"));
  ASSERT_TRUE(Run(ExpireCommand(record_id_)).ok());
  EXPECT_THAT(Opine("member/social", v1::DISPUTE), FailsWith(kPrecondition, "expired"));
}

TEST_F(OpinionsTest, RefusesAnAnswerThatNobodyWaitsForOrThatIsNotThePublishers) {
  EXPECT_THAT(Run(AnswerDisputesCommand("member/market", Answer())),
              FailsWith(kPrecondition, "no dispute"));
  ASSERT_TRUE(Opine("member/social", v1::DISPUTE).ok());
  EXPECT_THAT(Run(AnswerDisputesCommand("member/social", Answer())),
              FailsWith(kDenied, "only its publisher"));
  v1::AnswerDisputesRequest empty = Answer();
  empty.clear_answer();
  EXPECT_THAT(Run(AnswerDisputesCommand("member/market", empty)),
              FailsWith(kInvalid, "answer: is empty"));
}

}  // namespace
}  // namespace vervet::hub
