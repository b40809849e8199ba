// Sightings of a record, and how many events about one record the log takes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "core/base/wire_limits.h"
#include "tests/hub/engine/records_fixture.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
using ::testing::ElementsAre;

class SightingsTest : public RecordsTest {};

TEST_F(SightingsTest, NamesASightingToNobodyAndCountsItForEveryone) {
  AddMembers(1);
  const auto outcome = Run(ReportSightingCommand("member/social", Sighting(2)));
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(AudienceOf(*EventAt(outcome->sequence)), "roles= groups= party=");
  EXPECT_EQ(Show("member/market").sighted_by(), 0u) << "counted from time to time only";
  ASSERT_TRUE(Run(ReportSightingCommand("member/extra-0", Sighting(3))).ok());
  ASSERT_TRUE(Run(ReportSightingCommand("member/social", Sighting(5))).ok());
  EXPECT_THAT(state_.Read([](const HubState& s) { return s.sightings.Unannounced(10); }),
              ElementsAre(record_id_));
  ASSERT_TRUE(Run(CountSightingsCommand(record_id_)).ok());
  const v1::RecordStatus status = Show("member/social");
  EXPECT_EQ(status.sighted_by(), 2u);
  EXPECT_EQ(status.sighted_subjects(), 8u) << "the newest of each member";
  EXPECT_EQ(AudienceOf(*EventAt(LogSize())), "roles= groups=coalition party=member/market");
  EXPECT_TRUE(state_.Read([](const HubState& s) { return s.sightings.Unannounced(10); }).empty());
}

TEST_F(SightingsTest, RefusesSightingsThatCannotBe) {
  v1::ReportSightingRequest request = Sighting(0);
  EXPECT_THAT(Run(ReportSightingCommand("member/social", request)),
              FailsWith(kInvalid, "subjects: is 0"));
  request = Sighting(kMaxSubjects + 1);
  EXPECT_THAT(Run(ReportSightingCommand("member/social", request)),
              FailsWith(kInvalid, "subjects: is 1000001"));
  request = Sighting();
  request.clear_first_matched_us();
  EXPECT_THAT(Run(ReportSightingCommand("member/social", request)),
              FailsWith(kInvalid, "first_matched_us: is missing"));
  request = Sighting();
  request.set_first_matched_us(absl::ToUnixMicros(env_.Now() + absl::Hours(1)));
  EXPECT_THAT(Run(ReportSightingCommand("member/social", request)),
              FailsWith(kInvalid, "first_matched_us: is in the future"));
  EXPECT_THAT(Run(ReportSightingCommand("member/market", Sighting())),
              FailsWith(kDenied, "own record"));
  EXPECT_TRUE(Run(ReportSightingCommand("member/social", Sighting(kMaxSubjects))).ok());
}

TEST_F(SightingsTest, AppendsOneEventForASightingOfACanaryAsForAnyOther) {
  auto event = std::make_shared<StoredEvent>();
  event->parsed.body.mutable_canary_marked()->set_record_id(record_id_);
  state_.Apply({event});
  const uint64_t before = LogSize();
  ASSERT_TRUE(Run(ReportSightingCommand("member/social", Sighting())).ok());
  EXPECT_EQ(LogSize(), before + 1) << "two hidden events would tell the prober";
}

TEST_F(SightingsTest, TakesOpinionsUpToTheLimitAndNotOneMore) {
  for (size_t i = 0; i < kMaxEventsAboutRecord; ++i) {
    // Without the disk: the state alone counts.
    auto event = std::make_shared<StoredEvent>();
    event->parsed.header.set_sequence(1'000'000 + i);
    event->parsed.body.mutable_sightings_counted()->set_record_id(record_id_);
    state_.Apply({event});
    if (i + 2 == kMaxEventsAboutRecord) {
      EXPECT_TRUE(Opine("member/social", v1::AGREE).ok());
      break;
    }
  }
  EXPECT_THAT(Opine("member/social", v1::DISAGREE), FailsWith(kPrecondition, "10000 events"));
  EXPECT_THAT(Run(ReportSightingCommand("member/social", Sighting())),
              FailsWith(kPrecondition, "10000 events"));
  EXPECT_TRUE(Retract("member/market", record_id_).ok()) << "its end is never refused for that";
}

TEST_F(SightingsTest, TakesSoManyEventsOfOneMemberAndThoseOfTheOthersStill) {
  const auto add = [this](size_t count) {
    for (size_t i = 0; i < count; ++i) {
      auto event = std::make_shared<StoredEvent>();
      event->parsed.header.set_sequence(1'000'000 + i);
      auto& sighting = *event->parsed.body.mutable_sighting_reported();
      sighting.set_record_id(record_id_);
      sighting.set_party("member/social");
      sighting.set_subjects(1);
      state_.Apply({event});
    }
  };
  AddMembers(1);
  add(kMaxEventsAboutRecordByMember - 1);
  ASSERT_TRUE(Opine("member/social", v1::AGREE).ok()) << "the last one";
  const uint64_t size = LogSize();
  EXPECT_THAT(Opine("member/social", v1::DISAGREE),
              FailsWith(kPrecondition, "record_id: the log holds 1000 events of the caller's"));
  EXPECT_THAT(Run(ReportSightingCommand("member/social", Sighting())),
              FailsWith(kPrecondition, "1000 events of the caller's"));
  EXPECT_EQ(LogSize(), size);
  EXPECT_EQ(Show("member/market").opinions(0).stance(), v1::AGREE) << "the last one stands";
  EXPECT_TRUE(Opine("member/extra-0", v1::DISAGREE).ok());

  const auto retracted = Retract("member/market", record_id_);
  ASSERT_TRUE(retracted.ok());
  const auto acknowledge = [&] {
    return Run(AcknowledgeRemedyCommand("member/social", Acknowledgement(retracted->sequence)));
  };
  EXPECT_TRUE(acknowledge().ok()) << "room is kept for what it did about the end";
  add(kMaxAcknowledgementsByMember - 2);
  EXPECT_TRUE(acknowledge().ok());
  EXPECT_THAT(acknowledge(), FailsWith(kPrecondition, "1100 events of the caller's"));
}

}  // namespace
}  // namespace vervet::hub
