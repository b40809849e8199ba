// Queries while records come and go. Worth most under ThreadSanitizer.
#include <gtest/gtest.h>

#include <atomic>
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

// A hash that comes back and goes again between the choice of its segment for a merge and the merge
// is known twice as dead. Its slot is given away once, and stays with the hash that takes it.
TEST(HammingIndexConcurrency, AHashThatDiesTwiceGivesItsSlotAwayOnce) {
  using Queries = std::vector<HammingIndex::Query>;
  Random random(5);
  const auto hashes = [&random](size_t count) {
    Queries made;
    for (size_t i = 0; i < count; ++i) made.push_back({random.Hash(), 0});
    return made;
  };
  HammingIndex* index = nullptr;
  const auto add = [&index](absl::Span<const HammingIndex::Query> queries) {
    for (const auto& query : queries) ASSERT_TRUE(index->Add(query.hash, 1).ok());
  };
  const auto remove = [&index](absl::Span<const HammingIndex::Query> queries) {
    for (const auto& query : queries) ASSERT_TRUE(index->Remove(query.hash, 1));
  };
  constexpr size_t kFew = 512;  // too few to have their segment merged
  const Queries lasting = hashes(8192), restless = hashes(kFew), later = hashes(8192),
                followers = hashes(kFew), others = hashes(4096);
  std::atomic<bool> restless_now{false};
  HammingIndex::Options options;
  options.on_merge_chosen = [&] {
    if (!restless_now) return;
    add(restless);
    remove(restless);
  };
  HammingIndex owner(options);
  index = &owner;
  add(lasting);
  add(restless);
  index->WaitForMerges();
  remove(restless);
  restless_now = true;
  add(later);  // as many as there were: all become one segment
  index->WaitForMerges();
  restless_now = false;
  // They take the slots of the restless, in a segment of their own, and die there.
  add(followers);
  index->WaitForMerges();
  remove(followers);
  // The large segment is merged alone: what it still knows as dead is given away.
  remove(absl::MakeConstSpan(lasting).first(others.size()));
  index->WaitForMerges();
  add(others);
  add(followers);
  EXPECT_EQ(index->FindEach(followers)->size(), kFew);
  index->WaitForMerges();
  EXPECT_EQ(index->FindEach(followers)->size(), kFew);
  EXPECT_EQ(index->FindEach(later)->size(), later.size());
  EXPECT_EQ(index->GetStats().hashes, lasting.size() + later.size() + kFew);
}

}  // namespace
}  // namespace vervet::index
