#include "core/base/secret.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <ostream>
#include <type_traits>

namespace vervet {
namespace {

std::array<uint8_t, 32> Filled(uint8_t value) {
  std::array<uint8_t, 32> bytes;
  bytes.fill(value);
  return bytes;
}

bool AllZero(absl::Span<const uint8_t> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; });
}

template <typename T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};
template <typename T>
concept Comparable = requires(const T& value) {
  value == value;
};

// What must not compile.
static_assert(!std::is_copy_constructible_v<Secret<32>>);
static_assert(!std::is_copy_assignable_v<Secret<32>>);
static_assert(!Printable<Secret<32>>);
static_assert(!Comparable<Secret<32>>);

TEST(Secret, BeginsAsZeros) { EXPECT_TRUE(AllZero(Secret<32>().RevealSecret())); }

TEST(Secret, KeepsWhatItWasGiven) {
  const auto bytes = Filled(0xA5);
  const Secret<32> secret{absl::MakeConstSpan(bytes)};
  EXPECT_EQ(secret.RevealSecret(), absl::MakeConstSpan(bytes));
  const Secret<32> copy = secret.Clone();
  EXPECT_EQ(copy.RevealSecret(), absl::MakeConstSpan(bytes));
  EXPECT_EQ(secret.RevealSecret(), absl::MakeConstSpan(bytes));
}

TEST(Secret, WipesItselfWhenItDies) {
  using Key = Secret<32>;
  alignas(Key) std::array<uint8_t, sizeof(Key)> place;
  place.fill(0xEE);
  const auto bytes = Filled(0xA5);
  Key* const secret = new (place.data()) Key(absl::MakeConstSpan(bytes));
  ASSERT_EQ(std::memcmp(place.data(), bytes.data(), 32), 0);
  secret->~Key();
  EXPECT_TRUE(AllZero(place));
}

TEST(Secret, WipesItselfWhenItIsMovedFrom) {
  const auto bytes = Filled(0xA5);
  Secret<32> first{absl::MakeConstSpan(bytes)};
  Secret<32> second(std::move(first));
  EXPECT_TRUE(AllZero(first.RevealSecret()));  // NOLINT(bugprone-use-after-move): what is promised
  EXPECT_EQ(second.RevealSecret(), absl::MakeConstSpan(bytes));
  Secret<32> third;
  third = std::move(second);
  EXPECT_TRUE(AllZero(second.RevealSecret()));  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(third.RevealSecret(), absl::MakeConstSpan(bytes));
}

TEST(SecretDeathTest, AbortsOnAnotherSizeInsteadOfBecomingTheKeyOfZeros) {
  const auto bytes = Filled(0xA5);
  EXPECT_DEATH(Secret<32>{absl::MakeConstSpan(bytes).subspan(1)}, "");
}

}  // namespace
}  // namespace vervet
