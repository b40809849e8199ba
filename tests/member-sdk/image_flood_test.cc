// A picture that suddenly matches far more than ever before is set aside until a person looks.
#include "absl/strings/str_cat.h"
#include "tests/member-sdk/image_fixture.h"

namespace vervet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ImageFloodTest : public ImageTest {
 protected:
  ClientOptions SocialOptions() {
    ClientOptions options = OptionsOf("social");
    options.image_flood_floor = 5;
    options.image_flood_factor = 3;
    told_.AddTo(&options);
    return options;
  }
  std::unique_ptr<engine::Engine> OpenSocial() {
    auto social = Open("social", SocialOptions());
    CatchUp(*social);
    return social;
  }
  // How many of `count` new subjects match the picture.
  int MatchNew(Client& client, const ImageHash& hash, int count) {
    int matched = 0;
    for (int i = 0; i < count; ++i) {
      matched += Matches(client, hash, absl::StrCat("user-", next_user_++)) ? 1 : 0;
    }
    return matched;
  }

  Told told_;
  int next_user_ = 1;
};

TEST_F(ImageFloodTest, SetsThePictureAsideAndSaysSoToThePlatformAndTheHub) {
  const std::string record_id = PublishImages({{Hash(1, 80)}, {Hash(2)}});
  auto social = OpenSocial();
  EXPECT_EQ(MatchNew(*social, Hash(1), 4), 4);
  EXPECT_EQ(MatchNew(*social, Hash(1), 3), 0);
  const ImageCheckResult result = Check(*social, Hash(1), "user-1");
  EXPECT_EQ(result.outcome, ImageOutcome::kNoMatch);
  EXPECT_EQ(result.set_aside, 1u);
  // The record's other picture goes on matching.
  EXPECT_TRUE(Matches(*social, Hash(2), "somebody"));
  ASSERT_TRUE(Eventually([&] { return told_.quarantines().size() == 1; }));
  const ImageQuarantine told = told_.quarantines()[0];
  EXPECT_EQ(told.record_id, record_id);
  EXPECT_EQ(told.publisher, "member/market");
  EXPECT_EQ(told.hash, Hash(1, 80));
  EXPECT_EQ(told.matches, 5u);
  EXPECT_EQ(told.window, std::chrono::hours(1));
  Deliver(*social);
  const auto reported = hub_.quarantines();
  ASSERT_THAT(reported, SizeIs(1));
  EXPECT_EQ(reported[0].record_id(), Bytes(record_id));
  EXPECT_EQ(reported[0].hash(), BytesOf(Hash(1)));
  EXPECT_EQ(reported[0].matches(), 5u);
  EXPECT_EQ(reported[0].window_s(), 3600u);
  const auto list = social->Quarantines();
  ASSERT_THAT(*list, SizeIs(1));
  EXPECT_EQ((*list)[0].set_aside, 4u) << "users 5 to 7, and user 1 again";
  EXPECT_EQ((*list)[0].waiting, 3u) << "user 1 was told of";
  EXPECT_EQ(social->GetSyncState().quarantined_images, 1u);
}

TEST_F(ImageFloodTest, DeliversWhatWasSetAsideWhenAPersonReleasesIt) {
  const std::string record_id = PublishImage(Hash(1));
  {
    auto social = OpenSocial();
    EXPECT_EQ(MatchNew(*social, Hash(1), 7), 4);
    ASSERT_TRUE(Eventually([&] { return told_.quarantines().size() == 1; }));
  }
  // It survives the restart.
  auto social = OpenSocial();
  EXPECT_EQ(MatchNew(*social, Hash(1), 1), 0);
  EXPECT_THAT(told_.matches(), IsEmpty());
  EXPECT_TRUE(absl::IsNotFound(social->ReleaseQuarantine(record_id, Hash(9))));
  ASSERT_EQ(social->ReleaseQuarantine(record_id, Hash(1)), absl::OkStatus());
  EXPECT_TRUE(absl::IsNotFound(social->ReleaseQuarantine(record_id, Hash(1))));
  ASSERT_TRUE(Eventually([&] { return told_.matches().size() == 1; }));
  EXPECT_THAT(told_.matches()[0].subject_references,
              ElementsAre("user-5", "user-6", "user-7", "user-8"));
  EXPECT_THAT(*social->Quarantines(), IsEmpty());
  EXPECT_EQ(MatchNew(*social, Hash(1), 20), 20);
  EXPECT_THAT(told_.quarantines(), SizeIs(1));
}

TEST_F(ImageFloodTest, AFloodOfPicturesSeenBeforeIsSetAsideToo) {
  auto social = OpenSocial();
  EXPECT_EQ(MatchNew(*social, Altered(Hash(1), 3), 9), 0);
  PublishImage(Hash(1));
  ASSERT_TRUE(Eventually([&] { return told_.quarantines().size() == 1; }));
  ASSERT_THAT(told_.matches(), SizeIs(1));
  EXPECT_THAT(told_.matches()[0].subject_references, SizeIs(4));
}

TEST_F(ImageFloodTest, CountsEachAnswerThatLeftItOutAndWhoWaitsForItsReleaseOnce) {
  const std::string record_id = PublishImage(Hash(1));
  {
    auto social = OpenSocial();
    EXPECT_EQ(MatchNew(*social, Hash(1), 6), 4);  // two were left out: users 5 and 6
    for (int i = 0; i < 3; ++i) EXPECT_EQ(Check(*social, Hash(1), "user-5").set_aside, 1u);
    ImageCheckOptions forget;
    forget.remember = false;
    EXPECT_EQ(Check(*social, Hash(1), "user-90", forget).set_aside, 1u);
    EXPECT_EQ(Check(*social, Hash(1)).set_aside, 1u);
    // While the record does not count, matches end and nobody is left out; all wait for its return.
    hub_.Suspend("member/market");
    CatchUp(*social);
    ASSERT_TRUE(Eventually([&] { return told_.ended().size() == 1; }));
    EXPECT_EQ(Check(*social, Hash(1), "user-91").set_aside, 0u);
    EXPECT_EQ((*social->Quarantines())[0].waiting, 0u);
    hub_.Reinstate("member/market");
    CatchUp(*social);
  }
  auto social = OpenSocial();
  const auto list = social->Quarantines();
  ASSERT_THAT(*list, SizeIs(1));
  EXPECT_EQ((*list)[0].set_aside, 7u);
  EXPECT_EQ((*list)[0].waiting, 7u) << "users 1 to 4, whose match had ended, 5, 6 and 91";
  const size_t before = told_.matches().size();
  ASSERT_EQ(social->ReleaseQuarantine(record_id, Hash(1)), absl::OkStatus());
  ASSERT_TRUE(Eventually([&] { return told_.matches().size() == before + 1; }));
  EXPECT_THAT(told_.matches().back().subject_references,
              ElementsAre("user-1", "user-2", "user-3", "user-4", "user-5", "user-6", "user-91"));
}

TEST_F(ImageFloodTest, ASubjectNearAnotherPictureOfTheRecordIsToldOfByThat) {
  const ImageHash flooded = Altered(Hash(1), 4);
  auto social = OpenSocial();
  for (int i = 0; i < 5; ++i) Check(*social, flooded, absl::StrCat("flood-", i));
  // Nearer to the flooded picture than to the other one.
  Check(*social, Altered(Hash(1), 6), "near-both");
  ImageCheckOptions strict;
  strict.radius = 10;
  Check(*social, flooded, "near-one", strict);
  const std::string record_id = PublishImages({{flooded, 5}, {Altered(Hash(1), 20), 14}});
  ASSERT_TRUE(Eventually([&] { return told_.quarantines().size() == 1; }));
  ASSERT_TRUE(Eventually([&] { return !told_.matches().empty(); }));
  EXPECT_EQ(told_.quarantines()[0].hash.bytes, flooded.bytes);
  const auto references = told_.matches()[0].subject_references;
  EXPECT_THAT(references, ::testing::Contains("near-both"));
  EXPECT_THAT(references, ::testing::Not(::testing::Contains("near-one")));
  EXPECT_EQ((*social->Quarantines())[0].waiting, 2u);
}

TEST_F(ImageFloodTest, APictureThatAlwaysMatchedAsMuchGoesOn) {
  PublishImage(Hash(1));
  auto social = OpenSocial();
  // Four an hour for two days: the floor is 5, the mean comes to 4, three times that is 12.
  for (int hour = 0; hour < 48; ++hour) {
    EXPECT_EQ(MatchNew(*social, Hash(1), 4), 4) << hour;
    env_.Advance(absl::Hours(2));
  }
  // In 96 hours 192: 2 an hour.
  EXPECT_EQ(MatchNew(*social, Hash(1), 5), 5);
  EXPECT_EQ(MatchNew(*social, Hash(1), 5), 0);
}

TEST_F(ImageFloodTest, TheSameUserAgainIsNoFlood) {
  PublishImage(Hash(1));
  auto social = OpenSocial();
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(Matches(*social, Hash(1), "user-42"));
  EXPECT_THAT(told_.quarantines(), IsEmpty());
}

TEST_F(ImageFloodTest, AFloorOfZeroSetsNothingAside) {
  PublishImage(Hash(1));
  ClientOptions options = SocialOptions();
  options.image_flood_floor = 0;
  auto social = Open("social", std::move(options));
  CatchUp(*social);
  EXPECT_EQ(MatchNew(*social, Hash(1), 60), 60);
}

TEST_F(ImageFloodTest, AFloorOfZeroLetsWhatWasSetAsideMatchAgain) {
  PublishImage(Hash(1));
  {
    auto social = OpenSocial();
    EXPECT_EQ(MatchNew(*social, Hash(1), 7), 4);
  }
  ClientOptions options = SocialOptions();
  options.image_flood_floor = 0;
  auto social = Open("social", std::move(options));
  CatchUp(*social);
  ASSERT_TRUE(Eventually([&] { return told_.matches().size() == 1; }));
  EXPECT_THAT(told_.matches()[0].subject_references, ElementsAre("user-5", "user-6", "user-7"));
  EXPECT_TRUE(Matches(*social, Hash(1), "user-5"));
  EXPECT_TRUE(Matches(*social, Hash(1), "user-90"));
}

TEST_F(ImageFloodTest, AnErasedRecordTakesItsQuarantineAlong) {
  const std::string record_id = PublishImage(Hash(1));
  auto social = OpenSocial();
  EXPECT_EQ(MatchNew(*social, Hash(1), 6), 4);
  Erase(record_id);
  CatchUp(*social);
  social.reset();
  social = OpenSocial();
  EXPECT_THAT(*social->Quarantines(), IsEmpty());
}

}  // namespace
}  // namespace vervet::testing
