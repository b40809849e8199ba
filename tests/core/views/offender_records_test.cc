#include "core/views/offender_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/core/views/event_maker.h"

namespace vervet::views {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using State = OffenderRecords::State;

const absl::Time kExpires = kStart + absl::Hours(24);

class OffenderRecordsTest : public ::testing::Test {
 protected:
  std::vector<std::string> Matching(uint32_t token, absl::Time now = kStart) const {
    std::vector<OffenderRecords::Match> matches;
    records_.FindMatches(TokenOf(token), now, &matches);
    std::vector<std::string> ids;
    for (const auto& match : matches) ids.push_back(match.record->record_id);
    return ids;
  }

  EventMaker make_;
  OffenderRecords records_;
};

TEST_F(OffenderRecordsTest, PublishesARecord) {
  records_.Apply(make_.Publish(
      1, "member/market", {{TokenOf(10), kExpires}, {TokenOf(11), kExpires + absl::Hours(1)}}));
  const views::RecordPtr record = records_.Find(RecordId(1));
  ASSERT_NE(record, nullptr);
  EXPECT_EQ(record->publisher, "member/market");
  EXPECT_EQ(record->published, kStart + absl::Seconds(1));
  EXPECT_EQ(record->sequence, 1u);
  EXPECT_EQ(record->state, State::kLive);
  EXPECT_EQ(record->last_expiry, kExpires + absl::Hours(1));
  EXPECT_EQ(record->signatures.size(), 2u);
  EXPECT_THAT(Matching(10), ElementsAre(RecordId(1)));
  EXPECT_THAT(Matching(11), ElementsAre(RecordId(1)));
  EXPECT_THAT(Matching(12), IsEmpty());
  EXPECT_TRUE(records_.MayMatch(TokenOf(10)));
  EXPECT_FALSE(records_.MayMatch(TokenOf(12)));
  EXPECT_EQ(records_.live_records(), 1u);
  EXPECT_EQ(records_.live_signatures(), 2u);
  EXPECT_EQ(records_.LiveRecordsOf("member/market"), 1u);
  EXPECT_EQ(records_.LiveRecordsOf("member/social"), 0u);
}

TEST_F(OffenderRecordsTest, SaysWhichSignatureMatched) {
  records_.Apply(make_.Publish(
      1, "member/market", {{TokenOf(10), kExpires}, {TokenOf(11), kExpires + absl::Hours(1)}}));
  std::vector<OffenderRecords::Match> matches;
  records_.FindMatches(TokenOf(11), kStart, &matches);
  ASSERT_EQ(matches.size(), 1u);
  EXPECT_EQ(matches[0].signature.expires_us(), absl::ToUnixMicros(kExpires + absl::Hours(1)));
}

TEST_F(OffenderRecordsTest, FindsEveryRecordWithTheToken) {
  records_.Apply(make_.Publish(1, "member/market", {{TokenOf(10), kExpires}}));
  records_.Apply(make_.Publish(2, "member/social", {{TokenOf(10), kExpires}}));
  EXPECT_THAT(Matching(10), UnorderedElementsAre(RecordId(1), RecordId(2)));
}

TEST_F(OffenderRecordsTest, StopsMatchingWhatWasRetracted) {
  records_.Apply(make_.Publish(1, "member/market", {{TokenOf(10), kExpires}}));
  records_.Apply(make_.Publish(2, "member/social", {{TokenOf(10), kExpires}}));
  records_.Apply(make_.Retract(1));
  EXPECT_THAT(Matching(10), ElementsAre(RecordId(2)));
  const views::RecordPtr record = records_.Find(RecordId(1));
  ASSERT_NE(record, nullptr);
  EXPECT_EQ(record->state, State::kRetracted);
  EXPECT_EQ(record->ended_sequence, 3u);
  EXPECT_THAT(record->signatures, IsEmpty());
  EXPECT_EQ(records_.live_records(), 1u);
  EXPECT_EQ(records_.live_signatures(), 1u);
  EXPECT_EQ(records_.LiveRecordsOf("member/market"), 0u);
}

TEST_F(OffenderRecordsTest, StopsMatchingWhatTheHubExpired) {
  records_.Apply(make_.Publish(1, "member/market", {{TokenOf(10), kExpires}}));
  records_.Apply(make_.Expire(1));
  EXPECT_THAT(Matching(10), IsEmpty());
  EXPECT_EQ(records_.Find(RecordId(1))->state, State::kExpired);
  EXPECT_EQ(records_.Find(RecordId(1))->ended_sequence, 2u);
}

TEST_F(OffenderRecordsTest, KeepsTheFirstEndOfARecord) {
  records_.Apply(make_.Publish(1, "member/market", {{TokenOf(10), kExpires}}));
  records_.Apply(make_.Retract(1));
  records_.Apply(make_.Expire(1));
  records_.Apply(make_.Retract(1));
  EXPECT_EQ(records_.Find(RecordId(1))->state, State::kRetracted);
  EXPECT_EQ(records_.Find(RecordId(1))->ended_sequence, 2u);
  EXPECT_EQ(records_.live_records(), 0u);
}

TEST_F(OffenderRecordsTest, IgnoresTheEndOfARecordItNeverSaw) {
  records_.Apply(make_.Retract(1));
  records_.Apply(make_.Expire(2));
  EXPECT_EQ(records_.Find(RecordId(1)), nullptr);
  EXPECT_EQ(records_.live_records(), 0u);
}

TEST_F(OffenderRecordsTest, StopsMatchingASignatureAtItsExpiry) {
  records_.Apply(make_.Publish(
      1, "member/market", {{TokenOf(10), kExpires}, {TokenOf(11), kExpires + absl::Hours(1)}}));
  EXPECT_THAT(Matching(10, kExpires - absl::Microseconds(1)), ElementsAre(RecordId(1)));
  EXPECT_THAT(Matching(10, kExpires), IsEmpty());
  EXPECT_THAT(Matching(10, kExpires + absl::Microseconds(1)), IsEmpty());
  EXPECT_THAT(Matching(11, kExpires), ElementsAre(RecordId(1)));
}

TEST_F(OffenderRecordsTest, IsDueWhenTheLastSignatureHasExpired) {
  records_.Apply(make_.Publish(
      1, "member/market", {{TokenOf(10), kExpires}, {TokenOf(11), kExpires + absl::Hours(1)}}));
  const absl::Time last = kExpires + absl::Hours(1);
  EXPECT_THAT(records_.DueForExpiry(last - absl::Microseconds(1), 10), IsEmpty());
  EXPECT_THAT(records_.DueForExpiry(last, 10), ElementsAre(RecordId(1)));
  EXPECT_THAT(records_.DueForExpiry(last + absl::Microseconds(1), 10), ElementsAre(RecordId(1)));
  records_.Apply(make_.Expire(1));
  EXPECT_THAT(records_.DueForExpiry(absl::InfiniteFuture(), 10), IsEmpty());
}

TEST_F(OffenderRecordsTest, IsDueInOrderOfExpiryAndAtMostAsManyAsAsked) {
  records_.Apply(make_.Publish(1, "member/market", {{TokenOf(10), kExpires + absl::Hours(2)}}));
  records_.Apply(make_.Publish(2, "member/market", {{TokenOf(11), kExpires}}));
  records_.Apply(make_.Publish(3, "member/market", {{TokenOf(12), kExpires + absl::Hours(1)}}));
  const absl::Time later = kExpires + absl::Hours(3);
  EXPECT_THAT(records_.DueForExpiry(later, 10), ElementsAre(RecordId(2), RecordId(3), RecordId(1)));
  EXPECT_THAT(records_.DueForExpiry(later, 2), ElementsAre(RecordId(2), RecordId(3)));
  EXPECT_THAT(records_.DueForExpiry(later, 0), IsEmpty());
  std::vector<std::string> live;
  records_.ForEachLive(
      [&](const OffenderRecords::Record& record) { live.push_back(record.record_id); });
  EXPECT_THAT(live, ElementsAre(RecordId(2), RecordId(3), RecordId(1)));
}

TEST_F(OffenderRecordsTest, ChangesNothingWhenAPrefixIsReplayed) {
  const std::vector<log::ParsedEvent> events = {
      make_.Publish(1, "member/market", {{TokenOf(10), kExpires}, {TokenOf(11), kExpires}}),
      make_.Publish(2, "member/market", {{TokenOf(10), kExpires}}), make_.Retract(1),
      make_.Publish(3, "member/social", {{TokenOf(12), kExpires}}), make_.Expire(3)};
  for (const auto& event : events) records_.Apply(event);
  for (size_t prefix = 1; prefix <= events.size(); ++prefix) {
    for (size_t i = 0; i < prefix; ++i) records_.Apply(events[i]);
    EXPECT_THAT(Matching(10), ElementsAre(RecordId(2))) << prefix;
    EXPECT_THAT(Matching(11), IsEmpty());
    EXPECT_THAT(Matching(12), IsEmpty());
    EXPECT_EQ(records_.live_records(), 1u);
    EXPECT_EQ(records_.live_signatures(), 1u);
    EXPECT_EQ(records_.Find(RecordId(1))->ended_sequence, 3u);
  }
}

TEST_F(OffenderRecordsTest, ForgetsWhatItShallNotKeep) {
  records_.Apply(make_.Publish(1, "member/market", {{TokenOf(10), kExpires}}, "g"));
  records_.Apply(make_.Publish(2, "member/market", {{TokenOf(10), kExpires}}, "h"));
  records_.Apply(make_.Publish(3, "member/market", {{TokenOf(11), kExpires}}, "h"));
  records_.Apply(make_.Retract(3));
  const auto in_g = [](const OffenderRecords::Record& record) {
    return record.facts.groups(0) == "g";
  };
  records_.DropUnless(in_g);
  EXPECT_THAT(Matching(10), ElementsAre(RecordId(1)));
  EXPECT_EQ(records_.Find(RecordId(2)), nullptr);
  EXPECT_EQ(records_.Find(RecordId(3)), nullptr);
  EXPECT_EQ(records_.live_records(), 1u);
  EXPECT_EQ(records_.live_signatures(), 1u);
  EXPECT_EQ(records_.LiveRecordsOf("member/market"), 1u);
  records_.DropUnless(in_g);
  EXPECT_EQ(records_.live_records(), 1u);
  records_.DropUnless([](const auto&) { return false; });
  EXPECT_EQ(records_.live_records(), 0u);
  EXPECT_EQ(records_.live_signatures(), 0u);
  EXPECT_THAT(records_.DueForExpiry(absl::InfiniteFuture(), 10), IsEmpty());
}

TEST_F(OffenderRecordsTest, TakesADroppedRecordInAgain) {
  const auto publish = make_.Publish(1, "member/market", {{TokenOf(10), kExpires}});
  records_.Apply(publish);
  records_.DropUnless([](const auto&) { return false; });
  records_.Apply(publish);
  EXPECT_THAT(Matching(10), ElementsAre(RecordId(1)));
  records_.Apply(make_.Retract(1));
  EXPECT_THAT(Matching(10), IsEmpty());
}

}  // namespace
}  // namespace vervet::views
