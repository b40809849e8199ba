// The checks of the log follower that need a hub that misbehaves in a particular order.
#include "member-sdk/src/engine/sync/log_follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "core/base/manual_environment.h"
#include "core/log/tree_head.h"

namespace vervet::engine {
namespace {

using ::testing::HasSubstr;

constexpr char kCoalition[] = "coalition.example";

class LogFollowerTest : public ::testing::Test {
 protected:
  LogFollowerTest() {
    Secret<32> seed;
    seed.MutableSecret()[0] = 1;
    key_ = log::LogSigningKey::FromSeed(seed);
    for (int i = 0; i < 8; ++i) {
      log::Hash leaf{};
      leaf[0] = static_cast<uint8_t>(i + 1);
      leaves_.push_back(leaf);
    }
    follower_.emplace(key_.public_key, kCoalition);
    EXPECT_EQ(follower_->Restore({}, {}), absl::OkStatus());
    follower_->BeginSession();
  }

  v1::SyncEntries Entries(size_t from, size_t to) {  // sequences, both included
    v1::SyncEntries entries;
    for (size_t i = from; i <= to; ++i) {
      entries.add_entries()->set_leaf_hash(std::string(log::AsBytes(leaves_[i - 1])));
    }
    return entries;
  }
  v1::SignedTreeHead Head(size_t size) {
    log::MerkleFrontier frontier;
    for (size_t i = 0; i < size; ++i) frontier.Append(leaves_[i]);
    return log::SignTreeHead(key_, kCoalition, size, frontier.Root(), env_.Now());
  }
  absl::StatusOr<ReceivedBatch> Accept(const v1::SyncEntries& entries, size_t* first) {
    v1::SyncResponse message;
    *message.mutable_entries() = entries;
    SyncFrame frame;
    frame.Set(message);
    ReceivedBatch batch;
    const absl::Status accepted = follower_->Accept(frame, first, &batch);
    if (!accepted.ok()) return accepted;
    return batch;
  }
  absl::Status Take(size_t from, size_t to) {
    size_t first = 0;
    const auto batch = Accept(Entries(from, to), &first);
    if (batch.ok()) follower_->Stored(*batch, false);
    return batch.status();
  }

  ManualEnvironment env_;
  log::LogSigningKey key_;
  std::vector<log::Hash> leaves_;
  std::optional<LogFollower> follower_;
};

TEST_F(LogFollowerTest, ComparesAHeadThatCameBeforeItsEntries) {
  EXPECT_FALSE(*follower_->AcceptHead(Head(4)));
  EXPECT_EQ(follower_->verified_size(), 0u);
  ASSERT_EQ(Take(1, 6), absl::OkStatus());
  EXPECT_EQ(follower_->verified_size(), 4u);
  EXPECT_TRUE(*follower_->AcceptHead(Head(6)));
}

TEST_F(LogFollowerTest, RefusesEntriesThatDoNotGiveTheHeadAnnouncedBefore) {
  EXPECT_FALSE(*follower_->AcceptHead(Head(4)));
  leaves_[2][5] = 0xff;
  EXPECT_EQ(Take(1, 6).code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(follower_->position(), 0u);
}

TEST_F(LogFollowerTest, RefusesTwoHeadsOfOneSize) {
  ASSERT_EQ(Take(1, 4), absl::OkStatus());
  ASSERT_TRUE(*follower_->AcceptHead(Head(4)));
  leaves_[3][5] = 0xff;
  const v1::SignedTreeHead other = Head(4);
  const auto split = follower_->AcceptHead(other);
  EXPECT_EQ(split.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(split.status().message()),
              HasSubstr(absl::BytesToHexString(other.root())));
}

TEST_F(LogFollowerTest, RefusesTwoAnnouncedHeadsOfOneSize) {
  ASSERT_FALSE(*follower_->AcceptHead(Head(4)));
  leaves_[3][5] = 0xff;
  EXPECT_EQ(follower_->AcceptHead(Head(4)).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(LogFollowerTest, RefusesAHeadSmallerThanOneThatItHasVerified) {
  ASSERT_EQ(Take(1, 4), absl::OkStatus());
  ASSERT_TRUE(*follower_->AcceptHead(Head(4)));
  EXPECT_EQ(follower_->AcceptHead(Head(3)).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(LogFollowerTest, RefusesAHubWhoseLogIsShorterThanWhatItGave) {
  ASSERT_EQ(Take(1, 4), absl::OkStatus());
  follower_->BeginSession();
  EXPECT_EQ(follower_->AcceptHead(Head(3)).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(LogFollowerTest, PassesOverALateHead) {
  ASSERT_EQ(Take(1, 4), absl::OkStatus());
  EXPECT_FALSE(*follower_->AcceptHead(Head(3)));
}

TEST_F(LogFollowerTest, RefusesAHeadOfAnotherCoalition) {
  ASSERT_EQ(Take(1, 4), absl::OkStatus());
  log::MerkleFrontier frontier;
  for (int i = 0; i < 4; ++i) frontier.Append(leaves_[i]);
  const auto other = log::SignTreeHead(key_, "other.example", 4, frontier.Root(), env_.Now());
  EXPECT_EQ(follower_->AcceptHead(other).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(LogFollowerTest, RefusesAHashOfTheWrongLengthAndAnEmptyEntry) {
  v1::SyncEntries entries = Entries(1, 2);
  entries.mutable_entries(1)->set_leaf_hash("short");
  size_t first = 0;
  EXPECT_EQ(Accept(entries, &first).status().code(), absl::StatusCode::kAborted);
  entries.mutable_entries(1)->Clear();
  first = 0;
  EXPECT_EQ(Accept(entries, &first).status().code(), absl::StatusCode::kAborted);
}

TEST_F(LogFollowerTest, PassesOverAKindOfEventFromANewerHub) {
  v1::EventHeader header;
  header.set_sequence(1);
  header.set_kind(static_cast<v1::EventKind>(200));
  v1::SyncEntries entries;
  v1::Event* const event = entries.add_entries()->mutable_event();
  event->set_header(header.SerializeAsString());
  event->set_body(std::string("\xc2\x0c\x00", 3));  // field 200, empty
  event->set_random(std::string(32, 'r'));
  size_t first = 0;
  const auto batch = Accept(entries, &first);
  ASSERT_EQ(batch.status(), absl::OkStatus());
  EXPECT_EQ(batch->frontier.size(), 1u);
  EXPECT_EQ(batch->stored.size(), 1u);
}

TEST_F(LogFollowerTest, RefusesABodyThatIsNotOfItsHeadersKind) {
  v1::EventHeader header;
  header.set_sequence(1);
  header.set_kind(v1::RECORD_PUBLISHED);
  v1::SyncEntries entries;
  v1::Event* const event = entries.add_entries()->mutable_event();
  event->set_header(header.SerializeAsString());
  event->set_random(std::string(32, 'r'));
  size_t first = 0;
  EXPECT_EQ(Accept(entries, &first).status().code(), absl::StatusCode::kAborted);
}

TEST_F(LogFollowerTest, RefusesAnotherHistoryWhenItReadsTheLogAgain) {
  size_t first = 0;
  const auto batch = Accept(Entries(1, 5), &first);
  ASSERT_EQ(batch.status(), absl::OkStatus());
  follower_->Stored(*batch, /*begin_rewind=*/true);
  EXPECT_TRUE(follower_->rewinding());
  EXPECT_EQ(follower_->BeginSession().position(), 0u);
  leaves_[1][5] = 0xff;
  EXPECT_EQ(Take(1, 5).code(), absl::StatusCode::kDataLoss);
}

TEST_F(LogFollowerTest, StopsABatchWhereARewindEnds) {
  size_t first = 0;
  const auto batch = Accept(Entries(1, 5), &first);
  follower_->Stored(*batch, /*begin_rewind=*/true);
  follower_->BeginSession();
  first = 0;
  const auto again = Accept(Entries(1, 8), &first);
  ASSERT_EQ(again.status(), absl::OkStatus());
  EXPECT_EQ(first, 5u);
  EXPECT_TRUE(follower_->EndsRewind(*again));
  follower_->Stored(*again, false);
  EXPECT_FALSE(follower_->rewinding());
  EXPECT_EQ(follower_->position(), 5u);
}

TEST_F(LogFollowerTest, RemembersHowOldItsViewOfTheGroupsIs) {
  ASSERT_FALSE(*follower_->AcceptHead(Head(6)));
  EXPECT_EQ(follower_->visibility_floor(), 6u);
  ASSERT_EQ(Take(1, 3), absl::OkStatus());
  // The next stream does not show the first three again: what they left out stays left out.
  follower_->BeginSession();
  ASSERT_FALSE(*follower_->AcceptHead(Head(8)));
  EXPECT_EQ(follower_->visibility_floor(), 6u);
}

}  // namespace
}  // namespace vervet::engine
