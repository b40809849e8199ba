#include "core/index/hamming_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/core/index/hamming_oracle.h"

namespace vervet::index {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using InstructionSet = HammingIndex::InstructionSet;

constexpr InstructionSet kSets[] = {InstructionSet::kPortable, InstructionSet::kAvx2,
                                    InstructionSet::kAvx512};

std::vector<InstructionSet> SupportedSets() {
  std::vector<InstructionSet> sets;
  for (const InstructionSet set : kSets) {
    if (HammingIndex::Supports(set)) sets.push_back(set);
  }
  return sets;
}

HammingIndex::Options With(InstructionSet set) {
  HammingIndex::Options options;
  options.instruction_set = set;
  return options;
}

TEST(HammingIndex, FindsNothingWhereNothingIs) {
  const HammingIndex index;
  Random random(1);
  ASSERT_TRUE(index.Find(random.Hash()).ok());
  EXPECT_THAT(*index.Find(random.Hash()), IsEmpty());
  EXPECT_THAT(*index.FindEach({}), IsEmpty());
  EXPECT_EQ(index.GetStats().hashes, 0u);
}

TEST(HammingIndex, FindsAtEveryDistanceUpToTheRadiusAndNotOneBeyond) {
  for (const InstructionSet set : SupportedSets()) {
    for (int radius = 0; radius <= HammingIndex::kMaxRadius; ++radius) {
      HammingIndex index(With(set));
      Random random(100 + static_cast<uint64_t>(radius));
      const Hash256 center = random.Hash();
      for (int distance = 0; distance <= 33; ++distance) {
        ASSERT_TRUE(index.Add(random.At(center, distance), static_cast<uint32_t>(distance)).ok());
      }
      const auto matches = index.Find(center, radius);
      ASSERT_TRUE(matches.ok());
      ASSERT_THAT(*matches, SizeIs(static_cast<size_t>(radius) + 1)) << "radius " << radius;
      for (int distance = 0; distance <= radius; ++distance) {
        EXPECT_EQ((*matches)[static_cast<size_t>(distance)].record, distance);
        EXPECT_EQ((*matches)[static_cast<size_t>(distance)].distance, distance);
      }
    }
  }
}

// Differences that lie in a few words, or in each word alike, are where a pigeonhole argument
// breaks if it is wrong by one. The index shuffles the bits, so all shapes come up over many seeds.
TEST(HammingIndex, RecallIsFullInSegmentsOfEverySize) {
  for (const size_t size : {1500u, 5000u, 20000u, 90000u}) {
    HammingIndex index;
    Oracle oracle;
    Random random(size);
    std::vector<HammingIndex::Query> queries;
    while (oracle.size() < size) {
      const Hash256 center = random.Hash();
      const int radius = static_cast<int>(random.Below(32));
      if (queries.size() < 100) queries.push_back({center, radius});
      for (const int distance : {0, radius, radius + 1, static_cast<int>(random.Below(40))}) {
        const Hash256 hash = random.At(center, distance);
        const auto record = static_cast<uint32_t>(oracle.size());
        ASSERT_TRUE(index.Add(hash, record).ok());
        oracle.Add(hash, record, HammingIndex::kMaxRadius);
      }
    }
    EXPECT_THAT(Rows(*index.FindEach(queries)), oracle.Find(queries)) << "before merges";
    index.WaitForMerges();
    EXPECT_LT(index.GetStats().segments, 8u);
    const auto expected = oracle.Find(queries);
    EXPECT_GE(expected.size(), 2 * queries.size());
    EXPECT_THAT(Rows(*index.FindEach(queries)), expected) << "after merges";
  }
}

TEST(HammingIndex, RecallIsFullOverClusteredHashes) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    HammingIndex index;
    Oracle oracle;
    Random random(seed);
    std::vector<HammingIndex::Query> queries;
    // Near-copies of few pictures, pictures that are nearly black, pictures that share a half.
    const Hash256 half = random.Hash();
    for (uint32_t record = 0; record < 3000; ++record) {
      Hash256 hash = random.At(Hash256(), static_cast<int>(random.Below(20)));
      if (record % 3 == 1) hash = random.At(half, static_cast<int>(random.Below(48)));
      if (record % 3 == 2) {
        hash = random.Hash();
        std::copy_n(half.bytes.begin(), 16, hash.bytes.begin());
      }
      const int radius = static_cast<int>(random.Below(32));
      ASSERT_TRUE(index.Add(hash, record, radius).ok());
      oracle.Add(hash, record, radius);
      if (record % 100 < 2) queries.push_back({hash, static_cast<int>(random.Below(32))});
    }
    EXPECT_THAT(Rows(*index.FindEach(queries)), oracle.Find(queries));
    index.WaitForMerges();
    EXPECT_THAT(Rows(*index.FindEach(queries)), oracle.Find(queries));
  }
}

TEST(HammingIndex, EveryInstructionSetGivesTheSameAnswers) {
  std::vector<std::vector<Row>> answers;
  for (const InstructionSet set : kSets) {
    if (!HammingIndex::Supports(set)) {
      std::printf("[  NOTE    ] %s is not tested: this processor does not have it\n",
                  std::string(HammingIndex::NameOf(set)).c_str());
      continue;
    }
    HammingIndex index(With(set));
    EXPECT_EQ(index.GetStats().instruction_set, set);
    Random random(7);
    std::vector<HammingIndex::Query> queries;
    for (uint32_t record = 0; record < 70000; ++record) {
      const Hash256 hash = random.Hash();
      ASSERT_TRUE(index.Add(hash, record).ok());
      if (record % 70 == 0) {
        queries.push_back({random.At(hash, static_cast<int>(random.Below(33))), 31});
      }
    }
    index.WaitForMerges();
    answers.push_back(Rows(*index.FindEach(queries)));
    EXPECT_GT(answers.back().size(), queries.size() / 2);
    EXPECT_EQ(answers.back(), answers.front());
  }
}

TEST(HammingIndex, AskingOneByOneAndTogetherIsTheSame) {
  HammingIndex index;
  Random random(8);
  std::vector<HammingIndex::Query> queries;
  for (uint32_t record = 0; record < 5000; ++record) {
    const Hash256 hash = random.Hash();
    ASSERT_TRUE(index.Add(hash, record).ok());
    if (record % 10 == 0) queries.push_back({random.At(hash, 20), 25});
  }
  const auto together = index.FindEach(queries);
  std::vector<Row> alone;
  for (uint32_t i = 0; i < queries.size(); ++i) {
    const auto matches = index.Find(queries[i].hash, queries[i].radius);
    for (const auto& match : *matches) alone.emplace_back(i, match.distance, match.record);
  }
  EXPECT_EQ(Rows(*together), alone);
  EXPECT_GE(alone.size(), queries.size());
}

TEST(HammingIndex, OneHashHasManyRecordsEachWithItsRadius) {
  HammingIndex index;
  Random random(9);
  const Hash256 hash = random.Hash();
  for (uint32_t record = 0; record < 40; ++record) {
    ASSERT_TRUE(index.Add(hash, record, static_cast<int>(record % 32)).ok());
    ASSERT_TRUE(index.Add(hash, record, static_cast<int>(record % 32)).ok());
  }
  EXPECT_EQ(index.GetStats().hashes, 1u);
  EXPECT_EQ(index.GetStats().pairs, 40u);
  EXPECT_THAT(*index.Find(hash, 0), SizeIs(40));
  // Records 20 to 31 alone accept a distance of 20.
  const Hash256 other = random.At(hash, 20);
  EXPECT_THAT(*index.Find(other, 31), SizeIs(12));
  EXPECT_THAT(*index.Find(other, 19), IsEmpty());
  // The last Add of a pair counts.
  ASSERT_TRUE(index.Add(hash, 0, 20).ok());
  EXPECT_THAT(*index.Find(other, 31), SizeIs(13));
  for (uint32_t record = 0; record < 39; ++record) EXPECT_TRUE(index.Remove(hash, record));
  ASSERT_THAT(*index.Find(hash), SizeIs(1));
  EXPECT_EQ((*index.Find(hash))[0].record, 39u);
  EXPECT_TRUE(index.Remove(hash, 39));
  EXPECT_THAT(*index.Find(hash), IsEmpty());
  EXPECT_EQ(index.GetStats().hashes, 0u);
  // And again from the beginning.
  ASSERT_TRUE(index.Add(hash, 5).ok());
  EXPECT_THAT(*index.Find(hash), SizeIs(1));
}

TEST(HammingIndex, RemovingWhatIsNotThereDoesNothing) {
  HammingIndex index;
  Random random(10);
  const Hash256 hash = random.Hash();
  EXPECT_FALSE(index.Remove(hash, 1));
  ASSERT_TRUE(index.Add(hash, 1).ok());
  EXPECT_FALSE(index.Remove(hash, 2));
  EXPECT_FALSE(index.Remove(random.At(hash, 1), 1));
  EXPECT_THAT(*index.Find(hash), SizeIs(1));
  EXPECT_TRUE(index.Remove(hash, 1));
  EXPECT_FALSE(index.Remove(hash, 1));
}

TEST(HammingIndex, RefusesARadiusThatItCannotServe) {
  HammingIndex index;
  Random random(11);
  const Hash256 hash = random.Hash();
  for (const int radius : {-1, 32, 256}) {
    EXPECT_EQ(index.Add(hash, 1, radius).code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(index.Find(hash, radius).status().code(), absl::StatusCode::kInvalidArgument);
    const HammingIndex::Query queries[] = {{hash, 31}, {hash, radius}};
    const auto refused = index.FindEach(queries);
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(refused.status().message()), HasSubstr("queries[1].radius"));
  }
  EXPECT_EQ(index.GetStats().hashes, 0u);
  EXPECT_TRUE(index.Add(hash, 1, 31).ok());
  EXPECT_TRUE(index.Add(hash, 1, 0).ok());
}

TEST(HammingIndex, RefusesAHashOfTheWrongLength) {
  for (const size_t size : {0u, 1u, 31u, 33u, 64u}) {
    const auto refused = Hash256::FromBytes(std::string(size, 'x'));
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(refused.status().message()),
                HasSubstr(std::to_string(size) + " bytes"));
  }
  const auto hash = Hash256::FromBytes(std::string(32, 'x'));
  ASSERT_TRUE(hash.ok());
  EXPECT_EQ(hash->bytes[31], 'x');
}

TEST(HammingIndex, ForgetsWhatWasRemovedAndReusesItsMemory) {
  HammingIndex index;
  size_t after_first = 0;
  for (int round = 0; round < 6; ++round) {
    Random random(1000 + static_cast<uint64_t>(round));
    std::vector<Hash256> hashes;
    for (uint32_t record = 0; record < 70000; ++record) {
      hashes.push_back(random.Hash());
      ASSERT_TRUE(index.Add(hashes.back(), record).ok());
    }
    index.WaitForMerges();
    for (uint32_t record = 0; record < 70000; ++record) {
      ASSERT_TRUE(index.Remove(hashes[record], record));
    }
    index.WaitForMerges();
    EXPECT_THAT(*index.Find(hashes[0]), IsEmpty());
    EXPECT_EQ(index.GetStats().hashes, 0u);
    if (round == 0) after_first = index.GetStats().memory_bytes;
  }
  EXPECT_LE(index.GetStats().memory_bytes, after_first + (size_t{6} << 20));
}

TEST(HammingIndex, AddedRemovedAndAddedAgainInAnyOrder) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    HammingIndex index;
    Oracle oracle;
    Random random(seed);
    std::vector<Hash256> hashes;
    for (int i = 0; i < 6000; ++i) hashes.push_back(random.Hash());
    for (int step = 0; step < 60000; ++step) {
      const Hash256& hash = hashes[random.Below(hashes.size())];
      const auto record = static_cast<uint32_t>(random.Below(3));
      if (random.Below(2) == 0) {
        const int radius = static_cast<int>(random.Below(32));
        ASSERT_TRUE(index.Add(hash, record, radius).ok());
        oracle.Add(hash, record, radius);
      } else {
        ASSERT_EQ(index.Remove(hash, record), oracle.Remove(hash, record));
      }
    }
    EXPECT_EQ(index.GetStats().pairs, oracle.size());
    std::vector<HammingIndex::Query> queries;
    for (size_t i = 0; i < 500; ++i) queries.push_back({random.At(hashes[i], 9), 31});
    EXPECT_EQ(Rows(*index.FindEach(queries)), oracle.Find(queries));
    index.WaitForMerges();
    EXPECT_EQ(Rows(*index.FindEach(queries)), oracle.Find(queries));
  }
}

}  // namespace
}  // namespace vervet::index
