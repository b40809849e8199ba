#include "core/index/signature_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <vector>

namespace vervet::index {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

oprf::Token TokenOf(uint32_t number) {
  std::array<uint8_t, oprf::Token::kSizeBytes> bytes = {};
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<uint8_t>(number >> (8 * i));
  return oprf::Token(bytes);
}

std::vector<RecordHandle> Of(const SignatureIndex& index, const oprf::Token& token) {
  std::vector<RecordHandle> records;
  index.ForEach(token, [&](RecordHandle record) { records.push_back(record); });
  return records;
}

TEST(SignatureIndex, IsEmptyAtFirst) {
  const SignatureIndex index;
  EXPECT_FALSE(index.Contains(TokenOf(1)));
  EXPECT_THAT(Of(index, TokenOf(1)), IsEmpty());
  EXPECT_EQ(index.size(), 0u);
}

TEST(SignatureIndex, HoldsSeveralRecordsOfOneToken) {
  SignatureIndex index;
  for (RecordHandle record = 0; record < 5; ++record) index.Add(TokenOf(1), record);
  index.Add(TokenOf(2), 9);
  EXPECT_THAT(Of(index, TokenOf(1)), UnorderedElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(Of(index, TokenOf(2)), UnorderedElementsAre(9));
  EXPECT_EQ(index.size(), 6u);
}

TEST(SignatureIndex, KeepsAPairThatIsAddedTwiceOnce) {
  SignatureIndex index;
  for (int times = 0; times < 2; ++times) {
    for (RecordHandle record = 0; record < 3; ++record) index.Add(TokenOf(1), record);
  }
  EXPECT_EQ(index.size(), 3u);
  for (RecordHandle record = 0; record < 3; ++record) index.Remove(TokenOf(1), record);
  EXPECT_FALSE(index.Contains(TokenOf(1)));
}

TEST(SignatureIndex, ForgetsNothingElseWhenThePairIsUnknown) {
  SignatureIndex index;
  index.Add(TokenOf(1), 1);
  index.Add(TokenOf(1), 2);
  index.Remove(TokenOf(1), 3);
  index.Remove(TokenOf(2), 1);
  EXPECT_THAT(Of(index, TokenOf(1)), UnorderedElementsAre(1, 2));
  EXPECT_EQ(index.size(), 2u);
}

TEST(SignatureIndex, FreesTheRightLinkAtEveryPlaceOfAChain) {
  for (RecordHandle removed = 0; removed < 4; ++removed) {
    SignatureIndex index;
    std::vector<RecordHandle> rest;
    for (RecordHandle record = 0; record < 4; ++record) {
      index.Add(TokenOf(1), record);
      if (record != removed) rest.push_back(record);
    }
    index.Remove(TokenOf(1), removed);
    EXPECT_THAT(Of(index, TokenOf(1)), ::testing::UnorderedElementsAreArray(rest)) << removed;
  }
}

// As many as turn a chain into a set, and back, in either order.
TEST(SignatureIndex, HoldsThousandsOfRecordsOfOneToken) {
  for (const bool oldest_first : {true, false}) {
    SignatureIndex index;
    std::set<RecordHandle> expected;
    for (RecordHandle record = 0; record < 2'000; ++record) {
      index.Add(TokenOf(1), record);
      index.Add(TokenOf(1), record / 2);  // known
      expected.insert(record);
      ASSERT_EQ(index.size(), expected.size());
      if (record < 100) {
        ASSERT_THAT(Of(index, TokenOf(1)), ::testing::UnorderedElementsAreArray(expected));
      }
    }
    index.Remove(TokenOf(1), 2'000);  // unknown
    while (!expected.empty()) {
      const RecordHandle record = oldest_first ? *expected.begin() : *expected.rbegin();
      index.Remove(TokenOf(1), record);
      expected.erase(record);
      ASSERT_EQ(index.size(), expected.size());
      if (expected.size() < 100) {
        ASSERT_THAT(Of(index, TokenOf(1)), ::testing::UnorderedElementsAreArray(expected));
      }
    }
    EXPECT_FALSE(index.Contains(TokenOf(1)));
  }
}

using Model = std::multimap<oprf::Token, RecordHandle>;

Model::iterator FindPair(Model& model, const oprf::Token& token, RecordHandle record) {
  auto [first, last] = model.equal_range(token);
  first = std::find_if(first, last, [&](const auto& pair) { return pair.second == record; });
  return first == last ? model.end() : first;
}

void ExpectSame(const SignatureIndex& index, const Model& model, uint32_t tokens) {
  ASSERT_EQ(index.size(), model.size());
  for (uint32_t number = 0; number < tokens; ++number) {
    const oprf::Token token = TokenOf(number);
    std::vector<RecordHandle> expected;
    const auto [first, last] = model.equal_range(token);
    for (auto it = first; it != last; ++it) expected.push_back(it->second);
    ASSERT_EQ(index.Contains(token), !expected.empty()) << number;
    ASSERT_THAT(Of(index, token), ::testing::UnorderedElementsAreArray(expected)) << number;
  }
}

TEST(SignatureIndex, AnswersForManyTokensAsForEachOfThem) {
  SignatureIndex index;
  std::vector<oprf::Token> tokens;
  for (uint32_t number = 0; number < 1'000; ++number) {
    tokens.push_back(TokenOf(number));
    // None, one, or several records.
    for (RecordHandle record = 0; record < number % 4; ++record) index.Add(tokens.back(), record);
  }
  std::vector<std::vector<RecordHandle>> found(tokens.size());
  size_t last = 0;
  index.ForEachOf(tokens, [&](size_t i, RecordHandle record) {
    EXPECT_GE(i, last);
    last = i;
    found[i].push_back(record);
  });
  for (size_t i = 0; i < tokens.size(); ++i) EXPECT_EQ(found[i], Of(index, tokens[i])) << i;
}

// Few tokens and few records, so that chains grow, shrink and take up freed links again all the
// time; in every other round so many that they become sets.
TEST(SignatureIndex, AgreesWithAMultimapUnderRandomUse) {
  constexpr uint32_t kTokens = 13;
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    const uint32_t records = seed % 2 == 0 ? 97 : 17;
    std::mt19937_64 random(seed);
    SignatureIndex index;
    Model model;
    for (int step = 0; step < 20'000; ++step) {
      const oprf::Token token = TokenOf(static_cast<uint32_t>(random() % kTokens));
      const auto record = static_cast<RecordHandle>(random() % records);
      const auto known = FindPair(model, token, record);
      // Phases in which removals win empty the table; others fill it.
      const bool add = random() % 10 < ((step / 2'000) % 2 == 0 ? 7u : 3u);
      if (add) {
        index.Add(token, record);
        if (known == model.end()) model.emplace(token, record);
      } else {
        index.Remove(token, record);
        if (known != model.end()) model.erase(known);
      }
      if (step % 50 == 0) {
        ASSERT_NO_FATAL_FAILURE(ExpectSame(index, model, kTokens)) << "seed " << seed;
      }
    }
    ASSERT_NO_FATAL_FAILURE(ExpectSame(index, model, kTokens)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace vervet::index
