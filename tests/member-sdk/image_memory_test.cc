// Pictures that were checked before a record came: kept, told of, forgotten.
#include <ctime>
#include <functional>

#include "member-sdk/src/engine/images/evidence.h"
#include "member-sdk/src/engine/images/kept_images.h"
#include "member-sdk/src/vault/vault.h"
#include "tests/member-sdk/image_fixture.h"

namespace vervet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class ImageMemoryTest : public ImageTest {
 protected:
  Told told_;
};

TEST_F(ImageMemoryTest, TellsOfARecordThatArrivesAfterThePictureWasChecked) {
  auto social = OpenTold("social", &told_);
  EXPECT_FALSE(Matches(*social, Altered(Hash(1), 12), "user-42"));
  EXPECT_FALSE(Matches(*social, Altered(Hash(1), 5), "user-7"));
  EXPECT_FALSE(Matches(*social, Hash(2), "user-8"));
  EXPECT_EQ(social->GetSyncState().kept_image_hashes, 3u);
  const std::string record_id = PublishImages({{Hash(3)}, {Hash(1, 77)}});
  ASSERT_TRUE(Eventually([&] { return told_.matches().size() == 1; }));
  const MatchEvent event = told_.matches()[0];
  EXPECT_EQ(event.match.record_id, record_id);
  EXPECT_EQ(event.match.signature_type, "image_pdq");
  EXPECT_EQ(event.match.image->distance, 5);
  EXPECT_EQ(event.match.image->hash, Hash(1, 77));
  EXPECT_THAT(event.subject_references, ElementsAre("user-42", "user-7"));
  ASSERT_THAT(event.images, SizeIs(2));
  EXPECT_EQ(event.images[0].subject_reference, "user-42");
  EXPECT_EQ(event.images[0].image.distance, 12);
  Deliver(*social);
  EXPECT_THAT(hub_.sightings(), SizeIs(1));
  EXPECT_EQ(hub_.sightings()[0].subjects(), 2u);
}

TEST_F(ImageMemoryTest, TellsOnceOfWhatACheckHasSaidAlready) {
  PublishImage(Hash(1));
  auto social = OpenTold("social", &told_);
  EXPECT_TRUE(Matches(*social, Hash(1), "user-42"));
  EXPECT_TRUE(Matches(*social, Hash(1), "user-42"));
  Deliver(*social);
  EXPECT_THAT(told_.matches(), IsEmpty());
  EXPECT_EQ(social->GetSyncState().kept_image_hashes, 1u);
  ASSERT_THAT(hub_.sightings(), SizeIs(1));
}

TEST_F(ImageMemoryTest, TellsAfterARestartWhatTheFormerProcessHadKept) {
  Told before;
  {
    auto social = OpenTold("social", &before);
    EXPECT_FALSE(Matches(*social, Altered(Hash(1), 31), "user-42"));
  }
  PublishImage(Hash(1));
  auto social = OpenTold("social", &told_);
  ASSERT_TRUE(Eventually([&] { return told_.matches().size() == 1; }));
  EXPECT_THAT(told_.matches()[0].subject_references, ElementsAre("user-42"));
}

TEST_F(ImageMemoryTest, RemembersTheRadiusAndTheVariantsOfTheCheck) {
  auto social = OpenTold("social", &told_);
  ImageCheckOptions strict;
  strict.radius = 10;
  Check(*social, Hash(1), "strict", strict);
  std::vector<ImageHash> eight;
  for (uint32_t i = 0; i < kImageVariants; ++i) eight.push_back(Hash(100 + i));
  ASSERT_EQ(social->CheckImage({"turned", {}, eight}).status(), absl::OkStatus());
  EXPECT_EQ(social->GetSyncState().kept_image_hashes, 9u);
  PublishImages({{Altered(Hash(1), 11)}, {Altered(Hash(105), 2)}});
  ASSERT_TRUE(Eventually([&] { return told_.matches().size() == 1; }));
  EXPECT_THAT(told_.matches()[0].subject_references, ElementsAre("turned"));
  EXPECT_EQ(told_.matches()[0].match.image->variant, ImageVariant::kMirrored);
  PublishImage(Altered(Hash(1), 10));
  ASSERT_TRUE(Eventually([&] { return told_.matches().size() == 2; }));
  EXPECT_THAT(told_.matches()[1].subject_references, ElementsAre("strict"));
}

TEST_F(ImageMemoryTest, KeepsOnePictureOnceWhoeverHasIt) {
  auto social = OpenTold("social", &told_);
  std::vector<ImageHash> eight = {Hash(1)};
  for (uint32_t i = 1; i < kImageVariants; ++i) eight.push_back(Hash(100 + i));
  const auto results = static_cast<Client&>(*social).CheckImages(
      {{"user-1", {}, {Hash(1)}}, {"user-2", {}, {Hash(1)}}, {"user-3", {}, eight}});
  ASSERT_EQ(results.status(), absl::OkStatus());
  EXPECT_EQ(social->GetSyncState().kept_image_hashes, kImageVariants);
  Check(*social, Hash(1), "user-4");
  EXPECT_EQ(social->GetSyncState().kept_image_hashes, kImageVariants);
  PublishImage(Altered(Hash(1), 3));
  ASSERT_TRUE(Eventually([&] { return told_.matches().size() == 1; }));
  EXPECT_THAT(told_.matches()[0].subject_references,
              ElementsAre("user-1", "user-2", "user-3", "user-4"));
}

absl::Duration ThreadCpu() {
  timespec now = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return absl::DurationFromTimespec(now);
}

// A platform's placeholder, or a photograph that goes around: a check of it must not walk over all
// who had it before.
TEST_F(ImageMemoryTest, APictureThatEverybodyHasIsCheckedAsQuicklyAsAnother) {
  auto social = OpenTold("social", &told_);
  for (int call = 0; call < 20; ++call) {
    std::vector<ImageToCheck> images;
    for (int user = 0; user < 1'000; ++user) {
      images.push_back({absl::StrCat("user-", call, "-", user), {}, {Hash(1)}});
    }
    ASSERT_EQ(static_cast<Client&>(*social).CheckImages(images).status(), absl::OkStatus());
  }
  EXPECT_EQ(social->GetSyncState().kept_image_hashes, 1u);
  const auto cost = [&](const std::function<ImageHash(uint32_t)>& picture) {
    const absl::Duration began = ThreadCpu();
    for (uint32_t i = 0; i < 100; ++i) {
      Check(*social, picture(i), absl::StrCat(picture(i).Hex(), "-", i));
    }
    return ThreadCpu() - began;
  };
  const absl::Duration of_others = cost([](uint32_t i) { return Hash(1'000 + i); });
  const absl::Duration of_one = cost([](uint32_t) { return Hash(1); });
  // Some hundred times as much where it does walk.
  EXPECT_LT(of_one, 10 * of_others);
}

TEST_F(ImageMemoryTest, KeepsNothingWhereItIsNotWanted) {
  ClientOptions options = OptionsOf("social");
  options.image_memory = std::chrono::seconds(0);
  told_.AddTo(&options);
  {
    auto social = Open("social", std::move(options));
    CatchUp(*social);
    Check(*social, Hash(1), "user-42");
    EXPECT_EQ(social->GetSyncState().kept_image_hashes, 0u);
  }
  auto social = OpenTold("social", &told_);
  Check(*social, Hash(1));  // no reference
  ImageCheckOptions forget;
  forget.remember = false;
  Check(*social, Hash(1), "user-42", forget);
  EXPECT_EQ(social->GetSyncState().kept_image_hashes, 0u);
  social.reset();
  EXPECT_THAT(DumpVault("social"), Not(HasSubstr("user-42")));
}

TEST_F(ImageMemoryTest, ForgetsWhatWasNotCheckedForTheConfiguredTime) {
  auto social = OpenTold("social", &told_);
  Check(*social, Hash(1), "old");
  Check(*social, Hash(2), "again");
  env_.Advance(absl::Hours(89 * 24));
  Check(*social, Hash(2), "again");
  EXPECT_EQ(social->GetSyncState().kept_image_hashes, 2u);
  env_.Advance(absl::Hours(2 * 24));
  Check(*social, Hash(3), "new");
  EXPECT_EQ(social->GetSyncState().kept_image_hashes, 2u);
  PublishImages({{Hash(1)}, {Hash(2)}, {Hash(3)}});
  ASSERT_TRUE(Eventually([&] { return told_.matches().size() == 1; }));
  EXPECT_THAT(told_.matches()[0].subject_references, ElementsAre("again", "new"));
  social.reset();
  EXPECT_THAT(DumpVault("social"), Not(HasSubstr("'old'")));
}

TEST_F(ImageMemoryTest, ForgetsAtTheNextOpeningToo) {
  {
    auto social = OpenTold("social", &told_);
    Check(*social, Hash(1), "user-42");
  }
  env_.Advance(absl::Hours(91 * 24));
  auto social = OpenTold("social", &told_);
  EXPECT_EQ(social->GetSyncState().kept_image_hashes, 0u);
}

TEST_F(ImageMemoryTest, AForgottenPictureEndsNoMatchButItsRecordDoes) {
  auto social = OpenTold("social", &told_);
  const std::string first = PublishImage(Hash(1));
  const std::string second = PublishImage(Hash(2));
  CatchUp(*social);
  ASSERT_TRUE(Matches(*social, Altered(Hash(1), 9), "user-42"));
  ASSERT_TRUE(Matches(*social, Hash(2), "user-43"));
  env_.Advance(absl::Hours(100 * 24));
  ASSERT_FALSE(Matches(*social, Hash(7), "user-44"));
  EXPECT_EQ(social->GetSyncState().kept_image_hashes, 1u);
  Told forum_told;
  auto forum = OpenTold("forum", &forum_told);
  ASSERT_EQ(forum->Opine(first, Stance::kAgree, "").status(), absl::OkStatus());
  Deliver(*forum);
  CatchUp(*social);
  Deliver(*social);
  EXPECT_THAT(told_.ended(), IsEmpty());
  hub_.Expire(Bytes(second));
  Retract(first);
  ASSERT_TRUE(Eventually([&] { return told_.ended().size() == 2; }));
  EXPECT_EQ(told_.ended()[0].reason, "expired");
  EXPECT_THAT(told_.ended()[0].subject_references, ElementsAre("user-43"));
  const MatchEndedEvent retracted = told_.ended()[1];
  EXPECT_EQ(retracted.reason, "retracted");
  ASSERT_THAT(retracted.affected, SizeIs(1));
  EXPECT_EQ(retracted.affected[0].subject_reference, "user-42");
  ASSERT_TRUE(retracted.affected[0].image.has_value());
  EXPECT_EQ(retracted.affected[0].image->distance, 9);
  EXPECT_EQ(retracted.affected[0].image->hash, Hash(1));
}

TEST_F(ImageMemoryTest, ARemedyNamesByWhichPictureSomebodyWasMatched) {
  const std::string record_id = PublishImages({{Hash(5)}, {Hash(1, 66)}});
  auto social = OpenTold("social", &told_);
  ASSERT_TRUE(Matches(*social, Altered(Hash(1), 17), "user-42"));
  ASSERT_EQ(social->NoteAction(record_id, "user-42", "listing removed"), absl::OkStatus());
  Retract(record_id);
  ASSERT_TRUE(Eventually([&] { return told_.ended().size() == 1; }));
  const auto remedies = social->OpenRemedies();
  ASSERT_THAT(*remedies, SizeIs(1));
  ASSERT_THAT((*remedies)[0].affected, SizeIs(1));
  EXPECT_EQ((*remedies)[0].affected[0].action, "listing removed");
  ASSERT_TRUE((*remedies)[0].affected[0].image.has_value());
  EXPECT_EQ((*remedies)[0].affected[0].image->distance, 17);
  EXPECT_EQ((*remedies)[0].affected[0].image->hash, Hash(1, 66));
}

TEST_F(ImageMemoryTest, AHarmlessPictureEndsTheMatchAndItsClearingBeginsItAgain) {
  hub_.Admit("expert/anna");
  hub_.Admit("expert/bo");
  auto social = OpenTold("social", &told_);
  EXPECT_FALSE(Matches(*social, Altered(Hash(1), 6), "user-42"));
  PublishImage(Hash(1));
  ASSERT_TRUE(Eventually([&] { return told_.matches().size() == 1; }));
  // Near the user's picture, and not near the record's.
  const std::string marked = BytesOf(Altered(Hash(1), 16));
  hub_.MarkHarmless("expert/anna", marked, 12);
  hub_.MarkHarmless("expert/bo", marked, 12);
  ASSERT_TRUE(Eventually([&] { return told_.ended().size() == 1; }));
  EXPECT_EQ(told_.ended()[0].reason, "harmless image");
  EXPECT_THAT(told_.ended()[0].subject_references, ElementsAre("user-42"));
  hub_.ClearHarmless("expert/anna", marked);
  ASSERT_TRUE(Eventually([&] { return told_.matches().size() == 2; }));
}

TEST_F(ImageMemoryTest, ShowsAndErasesWhatIsKeptOfOnePerson) {
  const std::string record_id = PublishImage(Hash(1));
  auto social = OpenTold("social", &told_);
  ASSERT_TRUE(Matches(*social, Altered(Hash(1), 4), "user-42"));
  ASSERT_FALSE(Matches(*social, Hash(2), "user-42"));
  ASSERT_FALSE(Matches(*social, Hash(2), "user-43"));
  const auto holdings = social->ShowSubject({"user-42", {}});
  ASSERT_EQ(holdings.status(), absl::OkStatus());
  ASSERT_THAT(holdings->images, SizeIs(2));
  EXPECT_EQ(holdings->images[0].hash.bytes, Altered(Hash(1), 4).bytes);
  EXPECT_EQ(holdings->images[0].until - holdings->images[0].since, std::chrono::hours(90 * 24));
  EXPECT_THAT(holdings->references, ElementsAre("user-42"));
  ASSERT_THAT(holdings->matches, SizeIs(1));
  EXPECT_EQ(holdings->matches[0].record_id, record_id);
  EXPECT_EQ(holdings->matches[0].image->distance, 4);
  ASSERT_THAT(holdings->matched, SizeIs(1));
  EXPECT_TRUE(holdings->matched[0].in_force);

  const auto erasure = social->EraseSubject({"user-42", {}});
  ASSERT_EQ(erasure.status(), absl::OkStatus());
  EXPECT_EQ(erasure->images, 1u);
  EXPECT_EQ(erasure->references, 2u);
  EXPECT_EQ(erasure->matches, 1u);
  EXPECT_TRUE(social->ShowSubject({"user-42", {}})->empty());
  EXPECT_THAT(social->ShowSubject({"user-43", {}})->images, SizeIs(1));
  EXPECT_EQ(social->GetSyncState().kept_image_hashes, 1u);
  PublishImages({{Altered(Hash(1), 1)}, {Hash(2)}});
  ASSERT_TRUE(Eventually([&] { return told_.matches().size() == 1; }));
  EXPECT_THAT(told_.matches()[0].subject_references, ElementsAre("user-43"));
  social.reset();
  EXPECT_THAT(DumpVault("social"), Not(HasSubstr("user-42")));
}

TEST_F(ImageMemoryTest, AnObjectionCarriesOnARecordOfPicturesAlone) {
  const std::string record_id = PublishImage(Hash(1));
  auto social = OpenTold("social", &told_);
  ASSERT_TRUE(Matches(*social, Hash(1), "user-42"));
  ASSERT_EQ(social->ObjectForSubject(record_id, "user-42", "my own carving").status(),
            absl::OkStatus());
  Deliver(*social);
  CatchUp(market());
  ASSERT_TRUE(Eventually([&] { return market_told_.opinions().size() == 1; }));
  EXPECT_TRUE(market_told_.opinions()[0].opinion.for_subject);
}

TEST_F(ImageMemoryTest, WhoPublishesAPictureIsToldOfOthersRecordsOfIt) {
  ClientOptions options = OptionsOf("forum");
  Told forum_told;
  forum_told.AddTo(&options);
  auto forum = Open("forum", std::move(options));
  CatchUp(*forum);
  OffenderRecord record = RecordOf({});
  record.images = {{Hash(1)}};
  record.subject_reference = "seller-9";
  ASSERT_EQ(forum->Publish(record).status(), absl::OkStatus());
  Deliver(*forum);
  PublishImage(Altered(Hash(1), 2));
  ASSERT_TRUE(Eventually([&] { return forum_told.matches().size() == 1; }));
  EXPECT_THAT(forum_told.matches()[0].subject_references, ElementsAre("seller-9"));
}

TEST_F(ImageMemoryTest, KeepsAsManyHashesAsTheLimitAndNotOneMore) {
  const auto vault = vault::Vault::Open(
      {vault_path("a"), {key_path(), {}}, kCoalition, "member/a", std::string(32, 'k')}, &env_);
  ASSERT_EQ(vault.status(), absl::OkStatus());
  engine::LiveState state("member/a");
  engine::KeptImages::Options options;
  options.max_hashes = 9;
  engine::KeptImages kept(vault->get(), &state, &env_, options);
  const auto picture = [](uint32_t seed, size_t hashes) {
    engine::KeptImages::Picture made;
    for (uint32_t i = 0; i < hashes; ++i) {
      made.hashes.push_back(engine::ToHash256(Hash(100 * seed + i)));
    }
    made.reference = absl::StrCat("user-", seed);
    return made;
  };
  ASSERT_EQ(kept.Keep({picture(1, 8)}), absl::OkStatus());
  const absl::Status refused = kept.Keep({picture(2, 1), picture(3, 1)});
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("shorter image_memory"));
  EXPECT_EQ(state.Counts().kept_image_hashes, 8u) << "neither of the two";
  EXPECT_EQ(kept.Keep({picture(2, 1)}), absl::OkStatus()) << "the last one";
  EXPECT_TRUE(absl::IsResourceExhausted(kept.Keep({picture(3, 1)})));
  engine::KeptImages::Picture known = picture(2, 1);
  known.reference = "user-4";
  EXPECT_EQ(kept.Keep({known}), absl::OkStatus()) << "it takes no more room";
  env_.Advance(options.memory + absl::Hours(1));
  EXPECT_EQ(kept.Keep({picture(3, 1)}), absl::OkStatus()) << "the others are forgotten";
}

}  // namespace
}  // namespace vervet::testing
