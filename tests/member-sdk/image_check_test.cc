// Pictures: published by one member, recognised by another, from memory alone.
#include "core/base/wire_limits.h"
#include "tests/member-sdk/image/encoded_images.h"
#include "tests/member-sdk/image_fixture.h"

namespace vervet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using image_testing::EncodeJpeg;
using image_testing::MirroredLeftRight;
using image_testing::Scene;

class ImageCheckTest : public ImageTest {
 protected:
  Told told_;
};

TEST_F(ImageCheckTest, RecognisesAnAlteredCopyAndSaysWhoWhyAndHowNear) {
  const std::string record_id = PublishImage(Hash(1, 84));
  auto social = OpenTold("social", &told_);
  const int calls = hub_.evaluate_calls();
  const ImageCheckResult result = Check(*social, Altered(Hash(1), 20));
  ASSERT_EQ(result.outcome, ImageOutcome::kMatch);
  EXPECT_EQ(result.status, absl::OkStatus());
  EXPECT_EQ(result.warning, "");
  ASSERT_THAT(result.matches, SizeIs(1));
  const vervet::Match& match = result.matches[0];
  EXPECT_EQ(match.record_id, record_id);
  EXPECT_EQ(match.publisher, "member/market");
  EXPECT_EQ(match.publisher_name, "The member/market");
  EXPECT_EQ(match.signature_type, "image_pdq");
  EXPECT_FALSE(match.own);
  EXPECT_GT(match.expires, match.published);
  ASSERT_TRUE(match.image.has_value());
  EXPECT_EQ(match.image->hash, Hash(1, 84));
  EXPECT_EQ(match.image->distance, 20);
  EXPECT_EQ(match.image->radius, 31);
  EXPECT_EQ(match.image->variant, ImageVariant::kUpright);
  EXPECT_FALSE(Matches(*social, Hash(2)));
  EXPECT_FALSE(Matches(*social, Altered(Hash(1), 32)));
  // No hash of a checked picture goes anywhere.
  EXPECT_EQ(hub_.evaluate_calls(), calls);
  EXPECT_THAT(hub_.received(), Not(HasSubstr(BytesOf(Altered(Hash(1), 20)))));
}

TEST_F(ImageCheckTest, AnswersInTheOrderOfTheImagesAndNamesTheNearestPictureOfEachRecord) {
  const std::string first = PublishImages({{Hash(1)}, {Altered(Hash(1), 10)}});
  const std::string second = PublishImages({{Altered(Hash(1), 4)}, {Hash(3)}});
  auto social = OpenTold("social", &told_);
  const auto results = static_cast<Client&>(*social).CheckImages(
      {{"", {}, {Hash(9)}}, {"", {}, {Altered(Hash(1), 11)}}, {"", {}, {Hash(3)}}});
  ASSERT_EQ(results.status(), absl::OkStatus());
  ASSERT_THAT(*results, SizeIs(3));
  EXPECT_EQ((*results)[0].outcome, ImageOutcome::kNoMatch);
  ASSERT_THAT((*results)[1].matches, SizeIs(2));  // the newest record first
  EXPECT_EQ((*results)[1].matches[0].record_id, second);
  EXPECT_EQ((*results)[1].matches[0].image->distance, 7);
  EXPECT_EQ((*results)[1].matches[1].record_id, first);
  EXPECT_EQ((*results)[1].matches[1].image->distance, 1);
  ASSERT_THAT((*results)[2].matches, SizeIs(1));
  EXPECT_EQ((*results)[2].matches[0].image->distance, 0);
}

TEST_F(ImageCheckTest, TheTightestOfThreeRadiiCounts) {
  PublishImage(Hash(1), 20);
  PublishImage(Hash(2));
  ClientOptions options = OptionsOf("social");
  options.image_radius = 24;
  auto social = Open("social", std::move(options));
  CatchUp(*social);
  EXPECT_TRUE(Matches(*social, Altered(Hash(1), 20)));
  EXPECT_FALSE(Matches(*social, Altered(Hash(1), 21)));
  EXPECT_TRUE(Matches(*social, Altered(Hash(2), 24)));
  EXPECT_FALSE(Matches(*social, Altered(Hash(2), 25)));
  ImageCheckOptions strict;
  strict.radius = 8;
  EXPECT_EQ(Check(*social, Altered(Hash(1), 8), "", strict).matches[0].image->radius, 8);
  EXPECT_THAT(Check(*social, Altered(Hash(1), 9), "", strict).matches, IsEmpty());
  ImageCheckOptions wide;
  wide.radius = 31;  // no wider than the member's
  EXPECT_THAT(Check(*social, Altered(Hash(2), 25), "", wide).matches, IsEmpty());
}

TEST_F(ImageCheckTest, HashesFilesAndFindsTheMirroredPictureWhereAsked) {
  const std::string scene = EncodeJpeg(Scene(400, 300, 7));
  const auto hash = HashImage(scene);
  ASSERT_EQ(hash.status(), absl::OkStatus());
  PublishImage(*hash);
  auto social = OpenTold("social", &told_);
  Client& client = *social;
  const auto recompressed =
      client.CheckImage({"", EncodeJpeg(Scene(400, 300, 7), {.quality = 40}), {}});
  EXPECT_EQ(recompressed->outcome, ImageOutcome::kMatch);
  const std::string mirrored = EncodeJpeg(MirroredLeftRight(Scene(400, 300, 7)));
  EXPECT_EQ(client.CheckImage({"", mirrored, {}})->outcome, ImageOutcome::kNoMatch);
  ImageCheckOptions turned;
  turned.variants = true;
  const auto found = client.CheckImage({"", mirrored, {}}, turned);
  ASSERT_EQ(found->outcome, ImageOutcome::kMatch);
  EXPECT_EQ(found->matches[0].image->variant, ImageVariant::kMirrored);
  const auto eight = HashImageVariants(mirrored);
  EXPECT_EQ(client.CheckImage({"", {}, {eight->begin(), eight->end()}})->outcome,
            ImageOutcome::kMatch);
}

TEST_F(ImageCheckTest, OneFileThatIsNoPictureRefusesItselfAlone) {
  PublishImage(Hash(1));
  auto social = OpenTold("social", &told_);
  const auto results = static_cast<Client&>(*social).CheckImages(
      {{"", "%PDF-1.7 not a picture", {}}, {"", "", {}}, {"", {}, {Hash(1)}}});
  ASSERT_EQ(results.status(), absl::OkStatus());
  EXPECT_EQ((*results)[0].outcome, ImageOutcome::kRefused);
  EXPECT_TRUE(absl::IsInvalidArgument((*results)[0].status));
  EXPECT_FALSE((*results)[0].hash.has_value());
  EXPECT_EQ((*results)[1].outcome, ImageOutcome::kRefused);
  EXPECT_EQ((*results)[2].outcome, ImageOutcome::kMatch);
}

TEST_F(ImageCheckTest, ChecksAPlainPictureWithAWarning) {
  PublishImage(Hash(1));
  auto social = OpenTold("social", &told_);
  const ImageCheckResult result = Check(*social, Hash(1, 49));
  EXPECT_EQ(result.outcome, ImageOutcome::kMatch);
  EXPECT_THAT(result.warning, HasSubstr("49"));
  EXPECT_EQ(Check(*social, Hash(1, 50)).warning, "");
}

TEST_F(ImageCheckTest, SaysOfABlackOrTinyPictureThatItsHashMeansNothing) {
  PublishImage(Hash(1));
  auto social = OpenTold("social", &told_);
  const auto results = static_cast<Client&>(*social).CheckImages(
      {{"", EncodeJpeg(image_testing::Plain(300, 200, 0)), {}}, {"", EncodeJpeg(Scene(1, 1)), {}}});
  ASSERT_EQ(results.status(), absl::OkStatus());
  for (const ImageCheckResult& result : *results) {
    EXPECT_EQ(result.outcome, ImageOutcome::kNoMatch);
    EXPECT_EQ(result.hash->quality, 0);
    EXPECT_THAT(result.warning, AllOf(HasSubstr("quality is 0"), HasSubstr("means nothing")));
  }
  OffenderRecord record = RecordOf({});
  record.images = {{*(*results)[0].hash}};
  EXPECT_THAT(std::string(market().Publish(record).status().message()),
              AllOf(HasSubstr("images[0]"), HasSubstr("quality is 0")));
}

TEST_F(ImageCheckTest, RefusesAWrongQuestionAsAWhole) {
  auto social = OpenTold("social", &told_);
  Client& client = *social;
  ImageCheckOptions wide;
  wide.radius = 32;
  EXPECT_THAT(std::string(client.CheckImages({}, wide).status().message()), HasSubstr("radius"));
  const auto both = client.CheckImages({{"", {}, {Hash(1)}}, {"", "bytes", {Hash(1)}}});
  EXPECT_TRUE(absl::IsInvalidArgument(both.status()));
  EXPECT_THAT(std::string(both.status().message()), HasSubstr("images[1]"));
  const auto three = client.CheckImages({{"", {}, {Hash(1), Hash(2), Hash(3)}}});
  EXPECT_THAT(std::string(three.status().message()), HasSubstr("images[0].hashes"));
  const auto reference = client.CheckImages({{std::string(257, 'r'), {}, {Hash(1)}}});
  EXPECT_THAT(std::string(reference.status().message()), HasSubstr("images[0].reference"));
}

TEST_F(ImageCheckTest, RefusesAtOnceWhatIsNotToBePublished) {
  const auto refusal = [&](std::vector<RecordImage> images) {
    OffenderRecord record = RecordOf({});
    record.images = std::move(images);
    const auto ticket = market().Publish(record);
    EXPECT_TRUE(absl::IsInvalidArgument(ticket.status()));
    return std::string(ticket.status().message());
  };
  EXPECT_THAT(refusal({{Hash(1)}, {Hash(2, 49)}}),
              AllOf(HasSubstr("images[1]"), HasSubstr("quality is 49"), HasSubstr("50")));
  EXPECT_THAT(refusal({{Hash(1)}, {Hash(2, 101)}}),
              AllOf(HasSubstr("images[1]"), HasSubstr("quality of 101")));
  EXPECT_THAT(refusal({{Hash(1), 32}}), AllOf(HasSubstr("images[0]"), HasSubstr("radius of 32")));
  EXPECT_THAT(refusal({{Hash(1), 31}, {Hash(2), -1}}),
              AllOf(HasSubstr("images[1]"), HasSubstr("radius of -1")));
  ImageHash zeros;
  zeros.quality = 90;
  EXPECT_THAT(refusal({{Hash(1)}, {zeros}}),
              AllOf(HasSubstr("images[1]"), HasSubstr("hash of zeros")));
  EXPECT_THAT(refusal({{Hash(1)}, {Hash(2)}, {Hash(1, 60)}}), HasSubstr("images[2]"));
  EXPECT_THAT(refusal({{Hash(1), std::nullopt, absl::ToChronoTime(env_.Now())}}),
              HasSubstr("expires"));
  std::vector<RecordImage> many;
  for (uint32_t i = 0; i <= kMaxImagesPerRecord; ++i) many.push_back({Hash(i)});
  EXPECT_THAT(refusal(many), HasSubstr("images: has 65"));
  EXPECT_THAT(refusal({}), HasSubstr("or an image"));
  EXPECT_EQ(market().GetSyncState().outbox_pending, 0u);
  EXPECT_EQ(market().GetSyncState().kept_image_hashes, 0u) << "nothing is stored";
  EXPECT_THAT(hub_.publish_requests(), IsEmpty());
}

TEST_F(ImageCheckTest, PublishesUpToEachLimit) {
  std::vector<RecordImage> most;
  for (uint32_t i = 0; i < kMaxImagesPerRecord; ++i) most.push_back({Hash(i)});
  most[0].hash.quality = kMinPublishedImageQuality;
  most[0].radius = kMaxImageRadius;
  most[1].hash.quality = ImageHash::kMaxQuality;
  most[1].radius = 0;
  PublishImages(most);
  auto social = OpenTold("social", &told_);
  EXPECT_EQ(social->GetSyncState().live_images, kMaxImagesPerRecord);
  EXPECT_TRUE(Matches(*social, Altered(most[0].hash, kMaxImageRadius)));
  EXPECT_TRUE(Matches(*social, most[1].hash));
  EXPECT_FALSE(Matches(*social, Altered(most[1].hash, 1)));
}

// Of many records the one that is wrong says which of its images is; the others go out.
TEST_F(ImageCheckTest, RefusesAnImageOfOneRecordAmongMany) {
  CatchUp(market());
  std::vector<OffenderRecord> records(3, RecordOf({}));
  records[0].images = {{Hash(1)}};
  records[1].images = {{Hash(2)}, {Hash(3), 32}};
  records[2].images = {{Hash(4)}};
  const auto tickets = market().PublishBatch(records);
  ASSERT_EQ(tickets.status(), absl::OkStatus());
  ASSERT_THAT(*tickets, SizeIs(3));
  EXPECT_TRUE(absl::IsInvalidArgument((*tickets)[1].status()));
  EXPECT_THAT(std::string((*tickets)[1].status().message()), HasSubstr("images[1]"));
  Deliver(market());
  EXPECT_THAT(hub_.publish_requests(), SizeIs(2));
  auto social = OpenTold("social", &told_);
  EXPECT_TRUE(Matches(*social, Hash(1)));
  EXPECT_FALSE(Matches(*social, Hash(2)));
  EXPECT_TRUE(Matches(*social, Hash(4)));
}

TEST_F(ImageCheckTest, AnImageLivesAsLongAsItMay) {
  hub_.AnnounceImages(absl::Hours(100 * 24));
  const TimePoint early = absl::ToChronoTime(env_.Now() + absl::Hours(24));
  const TimePoint late = absl::ToChronoTime(env_.Now() + absl::Hours(1000 * 24));
  PublishImages({{Hash(1), std::nullopt, early}, {Hash(2)}, {Hash(3), std::nullopt, late}});
  auto social = OpenTold("social", &told_);
  EXPECT_EQ(Check(*social, Hash(1)).matches[0].expires, early);
  EXPECT_TRUE(Matches(*social, Hash(3)));
  env_.Advance(absl::Hours(25));
  EXPECT_FALSE(Matches(*social, Hash(1)));
  EXPECT_TRUE(Matches(*social, Hash(2)));
  env_.Advance(absl::Hours(100 * 24));
  EXPECT_FALSE(Matches(*social, Hash(2)));
  EXPECT_FALSE(Matches(*social, Hash(3)));
}

TEST_F(ImageCheckTest, WhatEndsARecordEndsTheMatchByItsPictures) {
  const std::string retracted = PublishImage(Hash(1));
  const std::string erased = PublishImage(Hash(2));
  const std::string expired = PublishImage(Hash(3));
  const std::string paused = PublishImage(Hash(4));
  PublishImage(Hash(5));
  auto social = OpenTold("social", &told_);
  for (uint32_t seed = 1; seed <= 5; ++seed) EXPECT_TRUE(Matches(*social, Hash(seed)));
  EXPECT_EQ(social->GetSyncState().live_images, 5u);
  Retract(retracted);
  Erase(erased);
  hub_.Expire(Bytes(expired));
  v1::EventBody body;
  body.mutable_record_paused()->set_record_id(Bytes(paused));
  v1::Audience audience;
  audience.add_groups("all");
  hub_.Append(body, audience);
  CatchUp(*social);
  for (uint32_t seed = 1; seed <= 4; ++seed) EXPECT_FALSE(Matches(*social, Hash(seed))) << seed;
  EXPECT_TRUE(Matches(*social, Hash(5)));
  hub_.Suspend("member/market");
  CatchUp(*social);
  EXPECT_FALSE(Matches(*social, Hash(5)));
  hub_.Reinstate("member/market");
  CatchUp(*social);
  EXPECT_TRUE(Matches(*social, Hash(5)));
}

TEST_F(ImageCheckTest, PicturesComeAndGoWithTheSharingGroup) {
  hub_.Leave("member/social", "all");
  PublishImage(Hash(1));
  auto social = OpenTold("social", &told_);
  EXPECT_FALSE(Matches(*social, Hash(1)));
  hub_.Join("member/social", "all");
  CatchUp(*social);
  EXPECT_TRUE(Matches(*social, Hash(1)));
  EXPECT_EQ(social->GetSyncState().live_images, 1u);
  hub_.Leave("member/social", "all");
  CatchUp(*social);
  EXPECT_FALSE(Matches(*social, Hash(1)));
  EXPECT_EQ(social->GetSyncState().live_images, 0u);
}

TEST_F(ImageCheckTest, KnowsThePicturesAgainAfterARestart) {
  PublishImage(Hash(1));
  OpenTold("social", &told_);
  hub_.SetReachable(false);
  auto social = Open("social");
  EXPECT_TRUE(Matches(*social, Altered(Hash(1), 31)));
}

TEST_F(ImageCheckTest, ShowsOpinionsOnARecordOfPicturesAlone) {
  const std::string record_id = PublishImage(Hash(1));
  Told forum_told;
  auto forum = OpenTold("forum", &forum_told);
  auto social = OpenTold("social", &told_);
  ASSERT_TRUE(Matches(*social, Hash(1), "user-42"));
  ASSERT_EQ(forum->Opine(record_id, Stance::kDisagree, "a toy").status(), absl::OkStatus());
  Deliver(*forum);
  CatchUp(*social);
  const vervet::Match match = Check(*social, Hash(1)).matches[0];
  EXPECT_EQ(match.disagree, 1u);
  EXPECT_EQ(match.opinions[0].reason, "a toy");
  EXPECT_TRUE(Eventually([&] { return told_.opinions().size() == 1; }));
}

TEST_F(ImageCheckTest, WhatTwoExpertsCallHarmlessMatchesNothingUntilOneOfThemTakesItBack) {
  hub_.Admit("expert/anna");
  hub_.Admit("expert/bo");
  PublishImage(Hash(1));
  PublishImage(Hash(2));
  auto social = OpenTold("social", &told_);
  hub_.MarkHarmless("expert/anna", BytesOf(Altered(Hash(1), 3)), 10);
  CatchUp(*social);
  EXPECT_TRUE(Matches(*social, Hash(1)));
  hub_.MarkHarmless("expert/bo", BytesOf(Altered(Hash(1), 3)), 4);
  CatchUp(*social);
  const ImageCheckResult result = Check(*social, Hash(1));
  EXPECT_EQ(result.outcome, ImageOutcome::kNoMatch);
  EXPECT_TRUE(result.harmless);
  EXPECT_FALSE(Check(*social, Hash(2)).harmless);
  EXPECT_TRUE(Matches(*social, Hash(2)));
  hub_.ClearHarmless("expert/bo", BytesOf(Altered(Hash(1), 3)));
  CatchUp(*social);
  EXPECT_TRUE(Matches(*social, Hash(1)));
}

}  // namespace
}  // namespace vervet::testing
