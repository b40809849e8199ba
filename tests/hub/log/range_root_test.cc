// Roots of ranges of the log, as proofs need them: from the subtrees kept in memory and from the
// store.
#include <gtest/gtest.h>

#include "core/log/proof.h"
#include "tests/hub/log/log_testing.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;

class RangeRootTest : public ::testing::Test {
 protected:
  void SetUp() override { Reopen(); }

  void Reopen() {
    log_.reset();
    auto opened = OpenLog(folder_.File("log.db"), &env_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    log_ = *std::move(opened);
  }
  void AppendUpTo(uint64_t size) {
    while (leaves_.size() < size) {
      std::vector<AppendEntry> batch;
      for (uint64_t i = leaves_.size(); i < size && batch.size() < 500; ++i)
        batch.push_back(AdmitEntry(absl::StrCat("member/m", i)));
      const auto events = log_->Append(batch);
      ASSERT_TRUE(events.ok()) << events.status();
      for (const StoredEventPtr& event : *events) leaves_.push_back(event->leaf_hash);
    }
  }
  log::Hash Expected(const log::LeafRange& range) const {
    log::MerkleFrontier frontier;
    for (uint64_t i = range.first; i < range.end; ++i) frontier.Append(leaves_[i]);
    return frontier.Root();
  }
  // Every inclusion proof at places that matter, and some beginnings.
  void ExpectRightProofs() {
    const uint64_t size = leaves_.size();
    const auto root_of = [&](const log::LeafRange& range) { return log_->RangeRoot(range); };
    const log::Hash root = log_->Position().root;
    for (const uint64_t index : {uint64_t{0}, uint64_t{1}, size / 2, size - 2, size - 1}) {
      const auto path = log::RootsOf(log::InclusionRanges(index, size), root_of);
      ASSERT_TRUE(path.ok()) << path.status();
      EXPECT_TRUE(log::VerifyInclusion(leaves_[index], index, size, *path, root).ok())
          << index << " of " << size;
    }
    for (const uint64_t old_size : {uint64_t{1}, size / 3 + 1, size - 1, size}) {
      const auto proof = log::RootsOf(log::ConsistencyRanges(old_size, size), root_of);
      ASSERT_TRUE(proof.ok()) << proof.status();
      EXPECT_TRUE(
          log::VerifyConsistency(old_size, *log_->RootAt(old_size), size, root, *proof).ok())
          << old_size << " of " << size;
    }
  }

  const storage::TempFolder folder_;
  ManualEnvironment env_;
  std::unique_ptr<SqlcipherEventLog> log_;
  std::vector<log::Hash> leaves_;
};

TEST_F(RangeRootTest, IsTheRootOverTheRangesLeaves) {
  AppendUpTo(2'600);
  for (const log::LeafRange& range : std::vector<log::LeafRange>{{0, 1},
                                                                 {7, 8},
                                                                 {0, 1'023},
                                                                 {0, 1'024},
                                                                 {1'024, 2'048},
                                                                 {0, 2'048},
                                                                 {2'048, 2'600},
                                                                 {2'560, 2'600},
                                                                 {0, 2'600}}) {
    const auto root = log_->RangeRoot(range);
    ASSERT_TRUE(root.ok()) << root.status();
    EXPECT_EQ(*root, Expected(range)) << range.first << " " << range.end;
  }
}

TEST_F(RangeRootTest, ProvesAroundEachSubtreeThatIsKept) {
  for (const uint64_t size : {5, 1'023, 1'024, 1'025, 2'047, 2'048, 2'049, 3'100}) {
    AppendUpTo(size);
    ExpectRightProofs();
  }
}

TEST_F(RangeRootTest, IsTheSameAfterARestart) {
  AppendUpTo(2'100);
  Reopen();
  ExpectRightProofs();
  AppendUpTo(3'080);
  ExpectRightProofs();
}

TEST_F(RangeRootTest, RefusesARangeAboveTheLogAndOneThatIsNoNode) {
  AppendUpTo(10);
  EXPECT_THAT(log_->RangeRoot({8, 11}).status(),
              FailsWith(absl::StatusCode::kOutOfRange, "the log has 10 events"));
  EXPECT_THAT(log_->RangeRoot({1, 3}).status(),
              FailsWith(absl::StatusCode::kInvalidArgument, "no node"));
  EXPECT_THAT(log_->RangeRoot({4, 4}).status(),
              FailsWith(absl::StatusCode::kInvalidArgument, "no node"));
}

}  // namespace
}  // namespace vervet::hub
