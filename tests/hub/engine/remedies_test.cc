// What members did about the end of a record.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/hub/engine/records_fixture.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;

class RemediesTest : public RecordsTest {};

TEST_F(RemediesTest, ShowsMemberByMemberWhatWasAppliedAndWhoIsLate) {
  AddMembers(2);
  Suspend("member/extra-1");
  const auto retracted = Retract("member/market", record_id_);
  ASSERT_TRUE(retracted.ok()) << retracted.status();
  positions_.Applied("member/social", retracted->sequence, env_.Now());
  positions_.LookedUp("member/extra-0", env_.Now());
  ASSERT_TRUE(
      Run(AcknowledgeRemedyCommand("member/social", Acknowledgement(retracted->sequence))).ok());
  EXPECT_EQ(AudienceOf(*EventAt(LogSize())), "roles=COORDINATOR groups= party=member/market");

  v1::RecordStatus status = Show("coordinator/anna");
  EXPECT_EQ(status.state(), v1::RETRACTED);
  ASSERT_EQ(status.remedies_size(), 3) << "what the suspended member had, it has";
  EXPECT_EQ(status.remedies(0).party(), "member/extra-0");
  EXPECT_FALSE(status.remedies(0).applied());
  EXPECT_FALSE(status.remedies(0).late());
  EXPECT_EQ(status.remedies(0).last_lookup_us(), absl::ToUnixMicros(env_.Now()));
  EXPECT_EQ(status.remedies(1).party(), "member/extra-1");
  EXPECT_EQ(status.remedies(2).party(), "member/social");
  EXPECT_TRUE(status.remedies(2).applied());
  EXPECT_EQ(status.remedies(2).outcome(), v1::REVERSED);
  EXPECT_EQ(Show("member/market").remedies_size(), 3);
  EXPECT_EQ(Show("member/social").remedies_size(), 0) << "another member's remedies";

  EXPECT_EQ(List("coordinator/anna", v1::ListRecordsRequest::REMEDIES_DUE).records_size(), 1);
  EXPECT_EQ(List("coordinator/anna", v1::ListRecordsRequest::LATE).records_size(), 0);
  env_.Advance(policy_.remedy_deadline + absl::Microseconds(1));
  status = Show("member/market");
  EXPECT_TRUE(status.remedies(0).late());
  EXPECT_TRUE(status.remedies(1).late());
  EXPECT_FALSE(status.remedies(2).late());
  EXPECT_EQ(List("coordinator/anna", v1::ListRecordsRequest::LATE).records_size(), 1);
  EXPECT_EQ(List("member/social", v1::ListRecordsRequest::ANY).records_size(), 0)
      << "members list their own records";
}

TEST_F(RemediesTest, TakesAnAcknowledgementOfAMemberThatHasLeftSince) {
  const auto retracted = Retract("member/market", record_id_);
  ASSERT_TRUE(retracted.ok());
  Leave("member/social", "coalition");
  ASSERT_TRUE(
      Run(AcknowledgeRemedyCommand("member/social", Acknowledgement(retracted->sequence))).ok());
  EXPECT_EQ(Show("member/market").remedies(0).outcome(), v1::REVERSED);
}

TEST_F(RemediesTest, RefusesAcknowledgementsThatFitNoEnd) {
  EXPECT_THAT(Run(AcknowledgeRemedyCommand("member/social", Acknowledgement(published_))),
              FailsWith(kPrecondition, "neither retracted nor erased"));
  const auto retracted = Retract("member/market", record_id_);
  const uint64_t end = retracted->sequence;
  EXPECT_THAT(Run(AcknowledgeRemedyCommand("member/social", Acknowledgement(end + 1'000))),
              FailsWith(kInvalid, "ended_sequence: is"));
  EXPECT_THAT(Run(AcknowledgeRemedyCommand("member/market", Acknowledgement(end))),
              FailsWith(kDenied, "own record"));
  EXPECT_THAT(Run(AcknowledgeRemedyCommand("member/search", Acknowledgement(end))),
              FailsWith(kNotFound, "no such record"));
  v1::AcknowledgeRemedyRequest request = Acknowledgement(end, v1::NONE);
  request.set_subjects(1);
  EXPECT_THAT(Run(AcknowledgeRemedyCommand("member/social", request)),
              FailsWith(kInvalid, "subjects: must be 0"));
  request = Acknowledgement(end);
  request.set_subjects(0);
  EXPECT_THAT(Run(AcknowledgeRemedyCommand("member/social", request)),
              FailsWith(kInvalid, "subjects: is 0"));
  request.clear_outcome();
  EXPECT_THAT(Run(AcknowledgeRemedyCommand("member/social", request)),
              FailsWith(kInvalid, "outcome: "));
  ASSERT_TRUE(Run(AcknowledgeRemedyCommand("member/social", Acknowledgement(end, v1::NONE))).ok());
  ASSERT_TRUE(Run(AcknowledgeRemedyCommand("member/social", Acknowledgement(end))).ok());
  EXPECT_EQ(Show("member/market").remedies(0).outcome(), v1::REVERSED) << "the later one stands";
}

}  // namespace
}  // namespace vervet::hub
