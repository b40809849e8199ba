// Sightings: how many of a platform's users matched another's record, said once an interval at
// most.
#include "tests/member-sdk/aftermath_fixture.h"

namespace vervet::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class SightingsTest : public AftermathTest {
 protected:
  bool Said(size_t times) {
    return Eventually([&] { return hub_.sightings().size() >= times; });
  }
};

TEST_F(SightingsTest, TellHowManyUsersAChecksMatchAndSinceWhen) {
  Told told;
  auto social = OpenTold("social", &told);
  const std::string record_id = Publish(kPhoneOfTrader);
  CatchUp(*social);
  const absl::Time matched = env_.Now();
  ASSERT_EQ(social->CheckBatch({User("user-1", kPhoneOfTrader), User("user-2", kPhoneOfTrader)}, {})
                .status(),
            absl::OkStatus());
  ASSERT_TRUE(Said(1));
  Deliver(*social);
  const v1::ReportSightingRequest sighting = hub_.sightings()[0];
  EXPECT_EQ(sighting.record_id(), Bytes(record_id));
  EXPECT_EQ(sighting.subjects(), 2u);
  EXPECT_EQ(sighting.first_matched_us(), absl::ToUnixMicros(matched));
  EXPECT_THAT(hub_.sightings(), SizeIs(1));
}

TEST_F(SightingsTest, TellOfAMatchThatCameWithoutACheck) {
  // No callback asks for it.
  auto social = Open("social");
  CatchUp(*social);
  ASSERT_EQ(social->Check(User("user-1", kPhoneOfTrader), {}).status(), absl::OkStatus());
  Publish(kPhoneOfTrader);
  ASSERT_TRUE(Said(1));
  EXPECT_EQ(hub_.sightings()[0].subjects(), 1u);
}

TEST_F(SightingsTest, WaitForTheIntervalAndAreNotRepeatedWithoutAChange) {
  Told told;
  auto social = OpenTold("social", &told);
  Publish(kPhoneOfTrader);
  CatchUp(*social);
  Match(*social, "user-1", kPhoneOfTrader);
  ASSERT_TRUE(Said(1));
  Match(*social, "user-2", kPhoneOfTrader);
  Match(*social, "user-3", kPhoneOfTrader);
  social = nullptr;
  social = OpenTold("social", &told);
  Deliver(*social);
  EXPECT_THAT(hub_.sightings(), SizeIs(1));
  social = nullptr;
  env_.Advance(absl::Hours(1));
  social = OpenTold("social", &told);
  ASSERT_TRUE(Said(2));
  EXPECT_EQ(hub_.sightings()[1].subjects(), 3u);
  social = nullptr;
  env_.Advance(absl::Hours(2));
  social = OpenTold("social", &told);
  Deliver(*social);
  EXPECT_THAT(hub_.sightings(), SizeIs(2));
}

TEST_F(SightingsTest, ComeByThemselvesWhenTheIntervalIsOver) {
  Told told;
  ClientOptions options = OptionsOf("social");
  told.AddTo(&options);
  options.sighting_interval = std::chrono::milliseconds(50);
  auto engine = engine::Engine::Open(std::move(options), "member/social",
                                     hub_.Connect("member/social"), Environment::System());
  ASSERT_EQ(engine.status(), absl::OkStatus());
  engine::Engine& social = **engine;
  CatchUp(social);
  // The system's clock, not the test's: the publication's life is counted from the test's.
  env_.Advance(absl::Now() - env_.Now());
  Publish(kPhoneOfTrader);
  CatchUp(social);
  Match(social, "user-1", kPhoneOfTrader);
  ASSERT_TRUE(Said(1));
  Match(social, "user-2", kPhoneOfTrader);
  ASSERT_TRUE(Said(2));
  EXPECT_EQ(hub_.sightings()[1].subjects(), 2u);
}

TEST_F(SightingsTest, AreOfOthersRecordsAndOfUsersWithAReferenceAlone) {
  Publish(kPhoneOfTrader);
  CatchUp(market());
  AftermathTest::Match(market(), "user-1", kPhoneOfTrader);
  Told told;
  auto social = OpenTold("social", &told);
  ASSERT_TRUE(social->Check(User("", kPhoneOfTrader), {})->matched());
  Match(*social, "user-9", kPhoneOfTrader);
  ASSERT_TRUE(Said(1));
  Deliver(*social);
  Deliver(market());
  ASSERT_THAT(hub_.sightings(), SizeIs(1));
  EXPECT_EQ(hub_.sightings()[0].subjects(), 1u);
}

TEST_F(SightingsTest, AreNotSaidWhereThatIsSwitchedOff) {
  Told told;
  ClientOptions options = OptionsOf("social");
  told.AddTo(&options);
  options.report_sightings = false;
  auto social = Open("social", std::move(options));
  CatchUp(*social);
  ASSERT_EQ(social->Check(User("user-1", kPhoneOfTrader), {}).status(), absl::OkStatus());
  Publish(kPhoneOfTrader);
  ASSERT_TRUE(Eventually([&] { return told.matches().size() == 1; }));
  ASSERT_EQ(social->Check(User("user-7", kEmailOfJane), {}).status(), absl::OkStatus());
  Publish(kEmailOfJane);
  ASSERT_TRUE(Eventually([&] { return told.matches().size() == 2; }));
  Deliver(*social);
  EXPECT_THAT(hub_.sightings(), IsEmpty());
}

TEST_F(SightingsTest, SurviveACrashBetweenTheMatchAndTheirEntryInTheOutbox) {
  Told told;
  ClientOptions options = OptionsOf("social");
  told.AddTo(&options);
  const auto tell = options.on_match;
  options.on_match = [&](const MatchEvent& event) {
    CrashCopy("social", "crashed");
    hub_.SetReachable(false);
    tell(event);
  };
  auto social = Open("social", std::move(options));
  CatchUp(*social);
  ASSERT_EQ(social->Check(User("user-1", kPhoneOfTrader), {}).status(), absl::OkStatus());
  Publish(kPhoneOfTrader);
  ASSERT_TRUE(Eventually([&] { return told.matches().size() == 1; }));
  social = nullptr;
  EXPECT_THAT(hub_.sightings(), IsEmpty());
  hub_.SetReachable(true);
  auto restarted = OpenCopy("social", "crashed", &told);
  ASSERT_TRUE(Said(1));
  EXPECT_EQ(hub_.sightings()[0].subjects(), 1u);
}

}  // namespace
}  // namespace vervet::testing
