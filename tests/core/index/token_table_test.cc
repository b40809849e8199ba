#include "core/index/token_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <utility>
#include <vector>

namespace vervet::index {
namespace {

oprf::Token RandomToken(std::mt19937_64& random) {
  std::array<uint8_t, oprf::Token::kSizeBytes> bytes = {};
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return oprf::Token(bytes);
}

// Differs from its neighbours in one byte: what no honest publisher makes.
oprf::Token AlikeToken(uint32_t number, size_t at) {
  std::array<uint8_t, oprf::Token::kSizeBytes> bytes = {};
  bytes[at] = static_cast<uint8_t>(number);
  bytes[(at + 1) % bytes.size()] = static_cast<uint8_t>(number >> 8);
  return oprf::Token(bytes);
}

// What FindEach says of the tokens, one after the other.
std::vector<std::pair<size_t, uint32_t>> Found(const TokenTable& table,
                                               const std::vector<oprf::Token>& tokens) {
  std::vector<std::pair<size_t, uint32_t>> found;
  table.FindEach(tokens, [&](size_t i, uint32_t value) { found.emplace_back(i, value); });
  return found;
}

using Model = std::map<oprf::Token, uint32_t>;

void ExpectSame(const TokenTable& table, const Model& model,
                const std::vector<oprf::Token>& asked) {
  ASSERT_EQ(table.size(), model.size());
  std::vector<std::pair<size_t, uint32_t>> expected;
  for (size_t i = 0; i < asked.size(); ++i) {
    const auto it = model.find(asked[i]);
    const uint32_t* const value = table.Find(asked[i]);
    ASSERT_EQ(value != nullptr, it != model.end()) << i;
    if (value == nullptr) continue;
    ASSERT_EQ(*value, it->second) << i;
    expected.emplace_back(i, it->second);
  }
  ASSERT_EQ(Found(table, asked), expected);
}

TEST(TokenTable, IsEmptyAtFirst) {
  TokenTable table;
  EXPECT_EQ(table.Find(AlikeToken(1, 0)), nullptr);
  EXPECT_TRUE(Found(table, {AlikeToken(1, 0), AlikeToken(2, 0)}).empty());
  table.Erase(AlikeToken(1, 0));
  EXPECT_EQ(table.size(), 0u);
}

TEST(TokenTable, KeepsTheFirstValueOfAToken) {
  TokenTable table;
  EXPECT_TRUE(table.TryInsert(AlikeToken(1, 0), 7).second);
  const auto [value, is_new] = table.TryInsert(AlikeToken(1, 0), 8);
  EXPECT_FALSE(is_new);
  EXPECT_EQ(*value, 7u);
  *value = 9;
  EXPECT_EQ(*table.Find(AlikeToken(1, 0)), 9u);
  EXPECT_EQ(table.size(), 1u);
}

TEST(TokenTable, FindsEveryTokenWhileItGrowsAndNoOther) {
  std::mt19937_64 random(1);
  TokenTable table;
  Model model;
  std::vector<oprf::Token> asked;
  for (uint32_t number = 0; number < 200'000; ++number) {
    const oprf::Token token = RandomToken(random);
    table.TryInsert(token, number);
    model.emplace(token, number);
    if (number % 7 == 0) asked.push_back(token);
    if (number % 5 == 0) asked.push_back(RandomToken(random));
  }
  ASSERT_NO_FATAL_FAILURE(ExpectSame(table, model, asked));
}

TEST(TokenTable, TakesAtMost32BytesATokenWhateverItsSize) {
  std::mt19937_64 random(2);
  TokenTable table;
  for (uint32_t number = 0; number < 1'000'000; ++number) {
    table.TryInsert(RandomToken(random), number);
    // Below, the smallest shards count.
    if (table.size() < 20'000 || number % 1'000 != 0) continue;
    ASSERT_LE(table.MemoryBytes(), 32 * table.size()) << table.size();
  }
}

TEST(TokenTable, DoesNotGrowFromTokensThatComeAndGo) {
  std::mt19937_64 random(3);
  TokenTable table;
  std::vector<oprf::Token> held;
  for (uint32_t number = 0; number < 50'000; ++number) {
    held.push_back(RandomToken(random));
    table.TryInsert(held.back(), number);
  }
  for (uint32_t number = 0; number < 500'000; ++number) {
    oprf::Token& oldest = held[number % held.size()];
    table.Erase(oldest);
    oldest = RandomToken(random);
    table.TryInsert(oldest, number);
  }
  EXPECT_EQ(table.size(), held.size());
  EXPECT_LE(table.MemoryBytes(), 40 * table.size());
  EXPECT_EQ(Found(table, held).size(), held.size());
}

// Few tokens, which come and go all the time, so that places are erased and used again; in phases
// in which the table fills, and empties.
TEST(TokenTable, AgreesWithAMapUnderRandomUse) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<oprf::Token> tokens;
    for (uint32_t i = 0; i < 3'000; ++i) {
      tokens.push_back(i % 2 == 0 ? RandomToken(random) : AlikeToken(i, (seed * 5) % 16));
    }
    TokenTable table;
    Model model;
    for (uint32_t step = 0; step < 60'000; ++step) {
      const oprf::Token& token = tokens[random() % tokens.size()];
      if (random() % 10 < ((step / 10'000) % 2 == 0 ? 7u : 3u)) {
        const bool is_new = table.TryInsert(token, step).second;
        ASSERT_EQ(is_new, model.emplace(token, step).second);
      } else {
        table.Erase(token);
        model.erase(token);
      }
      if (step % 2'000 == 0) {
        ASSERT_NO_FATAL_FAILURE(ExpectSame(table, model, tokens)) << "seed " << seed;
      }
    }
    ASSERT_NO_FATAL_FAILURE(ExpectSame(table, model, tokens)) << "seed " << seed;
  }
}

TEST(TokenTable, MovesWithItsContentAndCanBeFilledAgain) {
  TokenTable table;
  table.TryInsert(AlikeToken(1, 0), 1);
  TokenTable moved = std::move(table);
  EXPECT_EQ(*moved.Find(AlikeToken(1, 0)), 1u);
  table = TokenTable();
  EXPECT_EQ(table.Find(AlikeToken(1, 0)), nullptr);
  EXPECT_EQ(table.size(), 0u);
  table.TryInsert(AlikeToken(2, 0), 2);
  EXPECT_EQ(*table.Find(AlikeToken(2, 0)), 2u);
  EXPECT_EQ(moved.Find(AlikeToken(2, 0)), nullptr);
}

}  // namespace
}  // namespace vervet::index
