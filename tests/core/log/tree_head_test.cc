#include "core/log/tree_head.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <array>
#include <string>

#include "tests/core/oprf/oprf_testing.h"

namespace vervet::log {
namespace {

using oprf::FailsWith;
using oprf::Hex;
using oprf::Unhex;

constexpr char kCoalition[] = "coalition.example";

Secret<32> Seed(uint8_t fill) {
  std::array<uint8_t, 32> bytes;
  bytes.fill(fill);
  return Secret<32>(absl::MakeConstSpan(bytes));
}

Hash Root(uint8_t fill) {
  Hash root;
  root.fill(fill);
  return root;
}

class TreeHead : public ::testing::Test {
 protected:
  const LogSigningKey key_ = LogSigningKey::FromSeed(Seed(1));
  const v1::SignedTreeHead good_ =
      SignTreeHead(key_, kCoalition, 258, Root(0xAB), absl::FromUnixMicros(1'790'000'000'000'001));
};

TEST(LogSigningKey, IsTheKeyOfRfc8032) {
  // RFC 8032, 7.1, TEST 1.
  const std::string seed =
      Unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  const LogSigningKey key = LogSigningKey::FromSeed(Secret<32>(oprf::AsBytes(seed)));
  EXPECT_EQ(Hex(key.public_key),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
}

TEST_F(TreeHead, IsAcceptedAsSigned) {
  EXPECT_EQ(good_.size(), 258u);
  EXPECT_EQ(good_.time_us(), 1'790'000'000'000'001);
  EXPECT_TRUE(VerifyTreeHead(key_.public_key, kCoalition, good_).ok());
}

TEST_F(TreeHead, SignsTheDocumentedBytes) {
  const std::string message = std::string("vervet-tree-head-v1") + Unhex("00000011") + kCoalition +
                              Unhex("0000000000000102") + Unhex("00065bfeda25e001") +
                              std::string(32, '\xAB');
  EXPECT_EQ(0x00065bfeda25e001, 1'790'000'000'000'001);
  EXPECT_EQ(
      crypto_sign_verify_detached(reinterpret_cast<const uint8_t*>(good_.signature().data()),
                                  reinterpret_cast<const uint8_t*>(message.data()), message.size(),
                                  reinterpret_cast<const uint8_t*>(key_.public_key.data())),
      0);
}

TEST_F(TreeHead, IsRefusedWithAnyFieldChanged) {
  v1::SignedTreeHead bad = good_;
  bad.set_size(259);
  EXPECT_THAT(VerifyTreeHead(key_.public_key, kCoalition, bad),
              FailsWith(absl::StatusCode::kDataLoss, "259"));
  bad = good_;
  bad.set_time_us(good_.time_us() + 1);
  EXPECT_THAT(VerifyTreeHead(key_.public_key, kCoalition, bad),
              FailsWith(absl::StatusCode::kDataLoss, "pinned"));
  for (size_t i = 0; i < 32; ++i) {
    bad = good_;
    (*bad.mutable_root())[i] ^= 1;
    EXPECT_THAT(VerifyTreeHead(key_.public_key, kCoalition, bad),
                FailsWith(absl::StatusCode::kDataLoss, "pinned"));
  }
  for (size_t i = 0; i < 64; ++i) {
    bad = good_;
    (*bad.mutable_signature())[i] ^= 1;
    EXPECT_THAT(VerifyTreeHead(key_.public_key, kCoalition, bad),
                FailsWith(absl::StatusCode::kDataLoss, "pinned"));
  }
}

TEST_F(TreeHead, IsRefusedForAnotherCoalition) {
  for (const char* other : {"coalition.exampl", "coalition.example2", "other.example", ""}) {
    EXPECT_THAT(VerifyTreeHead(key_.public_key, other, good_),
                FailsWith(absl::StatusCode::kDataLoss, "pinned"));
  }
}

TEST_F(TreeHead, IsRefusedUnderAnotherKey) {
  const LogSigningKey other = LogSigningKey::FromSeed(Seed(2));
  EXPECT_THAT(VerifyTreeHead(other.public_key, kCoalition, good_),
              FailsWith(absl::StatusCode::kDataLoss, "pinned"));
  EXPECT_THAT(VerifyTreeHead(std::string(32, '\0'), kCoalition, good_),
              FailsWith(absl::StatusCode::kDataLoss, "pinned"));
}

TEST_F(TreeHead, IsRefusedWithLengthsThatAreNotTheirs) {
  for (const size_t size : {0, 31, 33}) {
    v1::SignedTreeHead bad = good_;
    bad.mutable_root()->resize(size);
    EXPECT_THAT(VerifyTreeHead(key_.public_key, kCoalition, bad),
                FailsWith(absl::StatusCode::kDataLoss, "length"));
    EXPECT_THAT(VerifyTreeHead(std::string(size, 'k'), kCoalition, good_),
                FailsWith(absl::StatusCode::kInvalidArgument, "32 bytes"));
  }
  for (const size_t size : {0, 63, 65}) {
    v1::SignedTreeHead bad = good_;
    bad.mutable_signature()->resize(size);
    EXPECT_THAT(VerifyTreeHead(key_.public_key, kCoalition, bad),
                FailsWith(absl::StatusCode::kDataLoss, "length"));
  }
}

}  // namespace
}  // namespace vervet::log
