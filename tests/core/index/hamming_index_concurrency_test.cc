// Queries while records come and go. Worth most under ThreadSanitizer.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "core/index/hamming_index.h"
#include "tests/core/index/hamming_oracle.h"

namespace vervet::index {
namespace {

constexpr uint32_t kAdds = 30000;

// A query finds every pair that is there throughout, and none that was never there.
TEST(HammingIndexConcurrency, WhatStaysIsFoundByEveryQuery) {
  HammingIndex index;
  Random random(1);
  std::vector<HammingIndex::Query> lasting;
  for (uint32_t record = 0; record < 500; ++record) {
    lasting.push_back({random.Hash(), 31});
    ASSERT_TRUE(index.Add(random.At(lasting.back().hash, 31), record).ok());
  }
  std::atomic<bool> done{false};
  std::atomic<size_t> asked{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!done.load()) {
        const auto matches = index.FindEach(lasting);
        ASSERT_EQ(matches->size(), lasting.size());
        for (uint32_t query = 0; query < lasting.size(); ++query) {
          ASSERT_EQ((*matches)[query].record, query);
          ASSERT_EQ((*matches)[query].distance, 31);
        }
        ++asked;
      }
    });
  }
  std::vector<std::thread> writers;
  for (uint32_t writer = 0; writer < 2; ++writer) {
    writers.emplace_back([&index, writer] {
      Random own(100 + writer);
      std::vector<Hash256> hashes;
      for (uint32_t i = 0; i < kAdds; ++i) {
        hashes.push_back(own.Hash());
        ASSERT_TRUE(index.Add(hashes.back(), 1000 + i).ok());
        // Half of them go again, so that slots are condemned and reused.
        if (i % 2 == 1) {
          ASSERT_TRUE(index.Remove(hashes[i / 2], 1000 + i / 2));
        }
      }
    });
  }
  for (auto& writer : writers) writer.join();
  index.WaitForMerges();
  done = true;
  for (auto& reader : readers) reader.join();
  EXPECT_GT(asked, 0u);
  EXPECT_EQ(index.GetStats().pairs, 500u + kAdds);
}

// What Add returned for is there for whoever asks next, in any thread; so with Remove.
TEST(HammingIndexConcurrency, AChangeIsVisibleAsSoonAsItReturns) {
  HammingIndex index;
  std::atomic<bool> done{false};
  std::thread noise([&] {
    Random random(2);
    for (uint32_t i = 0; !done; ++i) ASSERT_TRUE(index.Add(random.Hash(), i).ok());
  });
  Random random(3);
  for (uint32_t i = 0; i < 3000; ++i) {
    const Hash256 hash = random.Hash();
    ASSERT_TRUE(index.Add(hash, 7).ok());
    ASSERT_EQ(index.Find(random.At(hash, 31))->size(), 1u);
    ASSERT_TRUE(index.Remove(hash, 7));
    ASSERT_EQ(index.Find(hash)->size(), 0u);
  }
  done = true;
  noise.join();
}

// Many records of few hashes, and hashes that come back while a merge drops them.
TEST(HammingIndexConcurrency, HashesThatComeBackAreNotLost) {
  HammingIndex index;
  Random random(4);
  std::vector<HammingIndex::Query> queries;
  for (int i = 0; i < 3000; ++i) queries.push_back({random.Hash(), 0});
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done.load()) {
      const auto matches = index.FindEach(queries);
      for (const auto& match : *matches) ASSERT_LT(match.record, 6u);
    }
  });
  for (int round = 0; round < 12; ++round) {
    for (const auto& query : queries) {
      for (uint32_t record = 0; record < 6; ++record) {
        ASSERT_TRUE(index.Add(query.hash, record).ok());
      }
    }
    for (const auto& query : queries) {
      for (uint32_t record = 0; record < 6; ++record) {
        ASSERT_TRUE(index.Remove(query.hash, record));
      }
    }
  }
  for (const auto& query : queries) ASSERT_TRUE(index.Add(query.hash, 3).ok());
  done = true;
  reader.join();
  EXPECT_EQ(index.FindEach(queries)->size(), queries.size());
  index.WaitForMerges();
  EXPECT_EQ(index.FindEach(queries)->size(), queries.size());
  EXPECT_EQ(index.GetStats().hashes, queries.size());
}

using Queries = std::vector<HammingIndex::Query>;

Queries ExactQueries(size_t count, Random* random) {
  Queries made;
  for (size_t i = 0; i < count; ++i) made.push_back({random->Hash(), 0});
  return made;
}

void AddAll(absl::Span<const HammingIndex::Query> queries, HammingIndex* index) {
  for (const auto& query : queries) ASSERT_TRUE(index->Add(query.hash, 1).ok());
}

void RemoveAll(absl::Span<const HammingIndex::Query> queries, HammingIndex* index) {
  for (const auto& query : queries) ASSERT_TRUE(index->Remove(query.hash, 1));
}

// An index of these that has one segment. A machine that holds the writer up makes two of them.
std::unique_ptr<HammingIndex> InOneSegment(const HammingIndex::Options& options,
                                           const Queries& queries) {
  while (true) {
    auto index = std::make_unique<HammingIndex>(options);
    AddAll(queries, index.get());
    index->WaitForMerges();
    if (index->GetStats().segments == 1) return index;
  }
}

// A hash that comes back and goes again between the choice of its segment for a merge and the merge
// is known twice as dead. Its slot is given away once, and stays with the hash that takes it.
TEST(HammingIndexConcurrency, AHashThatDiesTwiceGivesItsSlotAwayOnce) {
  Random random(5);
  HammingIndex* index = nullptr;
  constexpr size_t kFew = 512;  // too few to have their segment merged
  const Queries lasting = ExactQueries(8192, &random), restless = ExactQueries(kFew, &random),
                later = ExactQueries(8192, &random), followers = ExactQueries(kFew, &random),
                others = ExactQueries(4096, &random);
  std::atomic<bool> restless_now{false};
  HammingIndex::Options options;
  options.on_merge_chosen = [&] {
    if (!restless_now) return;
    AddAll(restless, index);
    RemoveAll(restless, index);
  };
  HammingIndex owner(options);
  index = &owner;
  AddAll(lasting, index);
  AddAll(restless, index);
  index->WaitForMerges();
  RemoveAll(restless, index);
  restless_now = true;
  AddAll(later, index);  // as many as there were: all become one segment
  index->WaitForMerges();
  restless_now = false;
  // They take the slots of the restless, in a segment of their own, and die there.
  AddAll(followers, index);
  index->WaitForMerges();
  RemoveAll(followers, index);
  // The large segment is merged alone: what it still knows as dead is given away.
  RemoveAll(absl::MakeConstSpan(lasting).first(others.size()), index);
  index->WaitForMerges();
  AddAll(others, index);
  AddAll(followers, index);
  EXPECT_EQ(index->FindEach(followers)->size(), kFew);
  index->WaitForMerges();
  EXPECT_EQ(index->FindEach(followers)->size(), kFew);
  EXPECT_EQ(index->FindEach(later)->size(), later.size());
  EXPECT_EQ(index->GetStats().hashes, lasting.size() + later.size() + kFew);
}

// A hash that comes back between the choice of its segment for a merge and the merge keeps its
// slot, and gives it away when it has gone for good.
TEST(HammingIndexConcurrency, AHashThatComesBackBeforeItsMergeStays) {
  Random random(6);
  const Queries all = ExactQueries(8192, &random), others = ExactQueries(8192, &random);
  const auto restless = absl::MakeConstSpan(all).first(512);
  const auto gone = absl::MakeConstSpan(all).subspan(512, 4096);
  const auto lasting = absl::MakeConstSpan(all).subspan(512 + 4096);
  HammingIndex* index = nullptr;
  std::atomic<bool> come_back{false};
  HammingIndex::Options options;
  options.on_merge_chosen = [&] {
    if (come_back.exchange(false)) AddAll(restless, index);
  };
  const auto owner = InOneSegment(options, all);
  index = owner.get();
  RemoveAll(restless, index);
  come_back = true;
  // So many that the only segment is merged alone.
  RemoveAll(gone, index);
  index->WaitForMerges();
  ASSERT_FALSE(come_back);
  EXPECT_EQ(index->FindEach(restless)->size(), restless.size());
  RemoveAll(restless, index);
  AddAll(others, index);
  index->WaitForMerges();
  AddAll(gone, index);  // into the slots of those that went
  index->WaitForMerges();
  EXPECT_EQ(index->FindEach(restless)->size(), 0u);
  EXPECT_EQ(index->FindEach(gone)->size(), gone.size());
  EXPECT_EQ(index->FindEach(lasting)->size(), lasting.size());
  EXPECT_EQ(index->FindEach(others)->size(), others.size());
  EXPECT_EQ(index->GetStats().hashes, gone.size() + lasting.size() + others.size());
}

// A large merge is half done: it has dropped hashes from the first band and not yet from the
// others, and small merges run between its bands. What it drops comes back and goes again.
TEST(HammingIndexConcurrency, WhatALargeMergeDropsMayComeBackWhileItIsHalfDone) {
  Random random(7);
  const Queries all = ExactQueries(100'000, &random), small = ExactQueries(5 * 1024, &random),
                others = ExactQueries(20'000, &random);
  // A merge is due when a quarter is dead: these are among the dead of that moment.
  const auto returning = absl::MakeConstSpan(all).first(10'000);
  const auto gone_again = returning.first(5'000);
  const auto removed = absl::MakeConstSpan(all).first(40'000);
  const auto rest = absl::MakeConstSpan(all).subspan(40'000);
  HammingIndex* index = nullptr;
  std::atomic<bool> armed{false};
  std::atomic<int> merges{0};
  HammingIndex::Options options;
  options.on_merge_chosen = [&] {
    if (!armed) return;
    const int merge = ++merges;
    // The large one: gives it small ones to do between its bands.
    if (merge == 1) AddAll(small, index);
    if (merge != 2) return;
    EXPECT_EQ(index->FindEach(returning)->size(), 0u);
    AddAll(returning, index);
    EXPECT_EQ(index->FindEach(returning)->size(), returning.size());
    RemoveAll(gone_again, index);
    EXPECT_EQ(index->FindEach(returning)->size(), returning.size() - gone_again.size());
  };
  const auto owner = InOneSegment(options, all);
  index = owner.get();
  armed = true;
  RemoveAll(removed, index);
  index->WaitForMerges();
  ASSERT_GE(merges, 2);
  AddAll(others, index);  // into the slots of those that were dropped
  for (int again = 0; again < 2; ++again) {
    EXPECT_EQ(index->FindEach(returning)->size(), returning.size() - gone_again.size());
    EXPECT_EQ(index->FindEach(removed.subspan(returning.size()))->size(), 0u);
    EXPECT_EQ(index->FindEach(rest)->size(), rest.size());
    EXPECT_EQ(index->FindEach(small)->size(), small.size());
    EXPECT_EQ(index->FindEach(others)->size(), others.size());
    index->WaitForMerges();
  }
  EXPECT_EQ(index->GetStats().hashes,
            rest.size() + returning.size() - gone_again.size() + small.size() + others.size());
}

// What is noted of hashes that come and go in one place is bounded, and right.
TEST(HammingIndexConcurrency, AHashMayComeAndGoAnyNumberOfTimes) {
  Random random(8);
  const Queries restless = ExactQueries(3, &random), later = ExactQueries(3000, &random);
  HammingIndex index;
  for (const size_t added : {size_t{0}, later.size()}) {
    // In the head, and then in a segment.
    AddAll(absl::MakeConstSpan(later).first(added), &index);
    if (added > 0) index.WaitForMerges();
    AddAll(restless, &index);
    for (int i = 0; i < 5000; ++i) {
      RemoveAll(restless, &index);
      AddAll(restless, &index);
    }
    EXPECT_EQ(index.FindEach(restless)->size(), restless.size());
    RemoveAll(restless, &index);
  }
  index.WaitForMerges();
  EXPECT_EQ(index.FindEach(restless)->size(), 0u);
  EXPECT_EQ(index.FindEach(later)->size(), later.size());
  EXPECT_EQ(index.GetStats().hashes, later.size());
}

}  // namespace
}  // namespace vervet::index
