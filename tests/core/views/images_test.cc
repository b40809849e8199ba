// Records that carry images: what is kept of them, who is told, and what they match.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/views/coalition_state.h"
#include "tests/core/views/image_maker.h"

namespace vervet::views {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kExpires = kStart + absl::Hours(24);

// A real index beside a plain set of what it should hold.
class TellingIndex final : public ImageIndexer {
 public:
  void OnImage(index::RecordHandle record, const ImageSignature& image) override {
    EXPECT_TRUE(told.insert({record, BytesOf(image.hash)}).second);
    EXPECT_TRUE(index.Add(image.hash, record, image.radius).ok());
  }
  void OnImageGone(index::RecordHandle record, const ImageSignature& image) override {
    EXPECT_EQ(told.erase({record, BytesOf(image.hash)}), 1u);
    EXPECT_TRUE(index.Remove(image.hash, record));
  }
  std::set<std::pair<index::RecordHandle, std::string>> told;
  index::HammingIndex index;
};

class ImagesTest : public ::testing::Test {
 protected:
  ImagesTest() : index_(std::make_shared<TellingIndex>()) {
    state_.records.SetImageIndexer(index_);
    for (const char* party : {"member/market", "expert/ada", "expert/ben", "expert/cleo"}) {
      state_.Apply(make_.Admit(party));
    }
  }

  void Publish(uint32_t record, const std::vector<Img>& images,
               const std::vector<EventMaker::Sig>& signatures = {}) {
    state_.Apply(WithImages(make_.Publish(record, "member/market", signatures), images));
  }
  // Record ids and distances.
  std::vector<std::pair<std::string, int>> Matching(const index::Hash256& hash, int radius = 31,
                                                    absl::Time now = kStart) const {
    std::vector<index::RecordHandle> handles;
    const auto found = index_->index.Find(hash, radius);
    EXPECT_TRUE(found.ok());
    for (const auto& match : *found) handles.push_back(match.record);
    std::vector<std::pair<std::string, int>> out;
    for (const auto& match : state_.MatchImages(hash, handles, radius, now)) {
      out.emplace_back(match.record->record_id, match.distance);
    }
    return out;
  }
  log::ParsedEvent About(uint32_t record, bool paused) {
    v1::EventBody body;
    if (paused) {
      body.mutable_record_paused()->set_record_id(RecordId(record));
    } else {
      body.mutable_record_resumed()->set_record_id(RecordId(record));
    }
    return make_.Make(std::move(body));
  }

  EventMaker make_;
  std::shared_ptr<TellingIndex> index_;
  CoalitionState state_;
};

TEST_F(ImagesTest, AreGivenBackAsTheyWerePublished) {
  log::ParsedEvent event = make_.Publish(1, "member/market", {{TokenOf(1), absl::UnixEpoch()}});
  auto& images = *event.body.mutable_record_published()->mutable_images();
  for (uint32_t i = 0; i < 64; ++i) {
    v1::ImageSignature& image = *images.Add();
    image.set_hash(BytesOf(HashOf(i)));
    image.set_quality(50 + i % 51);
    image.set_expires_us((int64_t{1} << 40) * (i + 1) + i);
    image.set_radius(i % 32);
  }
  event.body.mutable_record_published()->mutable_facts()->set_decision_reference("case-7");
  state_.Apply(event);
  const RecordPtr record = state_.records.Find(RecordId(1));
  ASSERT_THAT(record->images, SizeIs(64));
  for (int i = 0; i < 64; ++i) {
    EXPECT_EQ(record->images[i].ToProto().SerializeAsString(), images[i].SerializeAsString()) << i;
  }
  EXPECT_THAT(record->signatures, SizeIs(1));
  EXPECT_EQ(record->facts.Full().decision_reference(), "case-7");
  EXPECT_EQ(record->last_expiry, absl::FromUnixMicros((int64_t{1} << 40) * 64 + 63));
  EXPECT_EQ(state_.records.live_images(), 64u);
}

TEST_F(ImagesTest, MatchWithinTheirOwnRadiusAndTheQuerysAndNotABitBeyond) {
  Publish(1, {{HashOf(1), kExpires, 10}, {HashOf(2), kExpires}});
  EXPECT_THAT(Matching(Altered(HashOf(1), 10)), ElementsAre(std::pair(RecordId(1), 10)));
  EXPECT_THAT(Matching(Altered(HashOf(1), 11)), IsEmpty());
  EXPECT_THAT(Matching(Altered(HashOf(1), 5), 5), ElementsAre(std::pair(RecordId(1), 5)));
  EXPECT_THAT(Matching(Altered(HashOf(1), 5), 4), IsEmpty());
  EXPECT_THAT(Matching(Altered(HashOf(2), 31)), ElementsAre(std::pair(RecordId(1), 31)));
  EXPECT_THAT(Matching(HashOf(3)), IsEmpty());
}

TEST_F(ImagesTest, OfOneRecordMatchOnceByTheNearestAndTheNearestRecordComesFirst) {
  Publish(1, {{Altered(HashOf(1), 9), kExpires}, {Altered(HashOf(1), 4), kExpires}});
  Publish(2, {{Altered(HashOf(1), 2), kExpires}});
  Publish(3, {{Altered(HashOf(1), 4), kExpires}});
  EXPECT_THAT(Matching(HashOf(1)), ElementsAre(std::pair(RecordId(2), 2), std::pair(RecordId(3), 4),
                                               std::pair(RecordId(1), 4)));
}

TEST_F(ImagesTest, StopMatchingEachAtItsExpiryAndKeepTheRecordUntilTheLast) {
  Publish(1, {{HashOf(1), kExpires}, {Altered(HashOf(1), 3), kExpires + absl::Hours(1)}},
          {{TokenOf(1), kExpires}});
  EXPECT_THAT(Matching(HashOf(1), 31, kExpires - absl::Microseconds(1)),
              ElementsAre(std::pair(RecordId(1), 0)));
  EXPECT_THAT(Matching(HashOf(1), 31, kExpires), ElementsAre(std::pair(RecordId(1), 3)));
  EXPECT_THAT(Matching(HashOf(1), 31, kExpires + absl::Hours(1)), IsEmpty());
  EXPECT_THAT(state_.records.DueForExpiry(kExpires, 10), IsEmpty());
  EXPECT_THAT(state_.records.DueForExpiry(kExpires + absl::Hours(1), 10), ElementsAre(RecordId(1)));
}

TEST_F(ImagesTest, KeepNoRecordBeyondItsLastSignature) {
  Publish(1, {{HashOf(1), kExpires}}, {{TokenOf(1), kExpires + absl::Hours(1)}});
  EXPECT_THAT(state_.records.DueForExpiry(kExpires, 10), IsEmpty());
  EXPECT_THAT(state_.records.DueForExpiry(kExpires + absl::Hours(1), 10), ElementsAre(RecordId(1)));
}

TEST_F(ImagesTest, AreGoneWithTheirRecordHoweverItEnds) {
  for (uint32_t record = 1; record <= 4; ++record) {
    Publish(record, {{HashOf(record), kExpires}, {HashOf(100), kExpires}},
            {{TokenOf(1), kExpires}});
  }
  EXPECT_THAT(index_->told, SizeIs(8));
  state_.Apply(make_.Retract(1));
  state_.Apply(make_.Retract(1));
  EXPECT_THAT(index_->told, SizeIs(6));
  state_.Apply(make_.Expire(2));
  EXPECT_THAT(index_->told, SizeIs(4));
  v1::EventBody erased;
  erased.mutable_record_erased()->set_record_id(RecordId(3));
  state_.Apply(make_.Make(erased));
  EXPECT_THAT(index_->told, SizeIs(2));
  state_.records.DropUnless([](const Record&) { return false; });
  EXPECT_THAT(index_->told, IsEmpty());
  EXPECT_EQ(state_.records.live_images(), 0u);
  EXPECT_EQ(index_->index.GetStats().pairs, 0u);
  for (uint32_t record = 1; record <= 4; ++record) {
    EXPECT_THAT(Matching(HashOf(record)), IsEmpty());
    const RecordPtr ended = state_.records.Find(RecordId(record));
    if (ended == nullptr) continue;
    EXPECT_THAT(ended->images, IsEmpty());
  }
}

TEST_F(ImagesTest, OfAnEndedRecordLeaveWhatIsKeptOfItWhole) {
  log::ParsedEvent event = WithImages(make_.Publish(1, "member/market", {{TokenOf(1), kExpires}}),
                                      {{HashOf(1), kExpires}, {HashOf(2), kExpires}});
  event.body.mutable_record_published()->mutable_facts()->set_decision_reference("case-7");
  const std::string facts = event.body.record_published().facts().SerializeAsString();
  state_.Apply(event);
  state_.Apply(make_.Retract(1));
  const RecordPtr record = state_.records.Find(RecordId(1));
  EXPECT_EQ(record->facts.Full().SerializeAsString(), facts);
  EXPECT_EQ(record->ended_sequence, state_.position);
  EXPECT_THAT(record->signatures, IsEmpty());
}

TEST_F(ImagesTest, MatchNobodyWhilePausedOrTheirPublisherIsSuspended) {
  Publish(1, {{HashOf(1), kExpires}});
  state_.Apply(About(1, true));
  EXPECT_THAT(Matching(HashOf(1)), IsEmpty());
  state_.Apply(About(1, false));
  EXPECT_THAT(Matching(HashOf(1)), SizeIs(1));
  state_.Apply(make_.Suspend("member/market"));
  EXPECT_THAT(Matching(HashOf(1)), IsEmpty());
  state_.Apply(make_.Reinstate("member/market"));
  EXPECT_THAT(Matching(HashOf(1)), SizeIs(1));
}

TEST_F(ImagesTest, ThatAreHarmlessMatchNobody) {
  Publish(1, {{Altered(HashOf(1), 12), kExpires}, {HashOf(2), kExpires}});
  state_.Apply(MarkHarmless(make_, "expert/ada", HashOf(1), 8));
  EXPECT_THAT(Matching(HashOf(1)), SizeIs(1));
  state_.Apply(MarkHarmless(make_, "expert/ben", HashOf(1), 8));
  EXPECT_THAT(Matching(Altered(HashOf(1), 8)), IsEmpty());
  // The record's own image is 12 away from the harmless one, and still stands for another picture.
  EXPECT_THAT(Matching(Altered(HashOf(1), 9)), SizeIs(1));
  state_.Apply(MarkHarmless(make_, "expert/ben", HashOf(1), 12));
  EXPECT_THAT(Matching(Altered(HashOf(1), 20)), IsEmpty());
  EXPECT_THAT(Matching(HashOf(2)), SizeIs(1));
  state_.Apply(ClearHarmless(make_, "expert/ada", HashOf(1)));
  EXPECT_THAT(Matching(HashOf(1)), SizeIs(1));
}

TEST_F(ImagesTest, ThatNoHubWritesAreLeftOut) {
  log::ParsedEvent event =
      WithImages(make_.Publish(1, "member/market", {}), {{HashOf(1), kExpires, 3},
                                                         {HashOf(1), kExpires, 31},
                                                         {HashOf(2), kExpires, 32},
                                                         {HashOf(3), kExpires + absl::Hours(1)}});
  auto& images = *event.body.mutable_record_published()->mutable_images();
  images[2].set_quality(1'000);
  images[3].set_hash(std::string(31, 'h'));
  state_.Apply(event);
  const RecordPtr record = state_.records.Find(RecordId(1));
  ASSERT_THAT(record->images, SizeIs(2));
  EXPECT_EQ(record->images[0].radius, 3);
  EXPECT_EQ(record->images[1].radius, 31);
  EXPECT_EQ(record->images[1].quality, 100u);
  EXPECT_THAT(index_->told, SizeIs(2));
}

TEST_F(ImagesTest, ComeWithTheirIndexWhenTheStateIsMoved) {
  Publish(1, {{HashOf(1), kExpires}});
  CoalitionState moved = std::move(state_);
  EXPECT_EQ(moved.records.image_indexer(), index_);
  moved.Apply(make_.Retract(1));
  EXPECT_THAT(index_->told, IsEmpty());
}

TEST_F(ImagesTest, OfLiveRecordsAreListedForAnIndexThatComesLater) {
  for (uint32_t record = 1; record <= 3; ++record) {
    Publish(record, {{HashOf(record), kExpires}, {HashOf(100), kExpires}});
  }
  state_.Apply(make_.Retract(2));
  std::set<std::pair<index::RecordHandle, std::string>> listed;
  state_.records.ForEachLiveImage([&](index::RecordHandle handle, const ImageSignature& image) {
    EXPECT_TRUE(listed.insert({handle, BytesOf(image.hash)}).second);
  });
  EXPECT_EQ(listed, index_->told);
  EXPECT_EQ(state_.records.FindLive(state_.records.LiveHandleOf(RecordId(3)))->record_id,
            RecordId(3));
  EXPECT_EQ(state_.records.LiveHandleOf(RecordId(2)), index::kNoRecord);
  EXPECT_EQ(state_.records.FindLive(1), nullptr);
  EXPECT_EQ(state_.records.FindLive(1'000), nullptr);
}

}  // namespace
}  // namespace vervet::views
