#include "core/log/merkle.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <string>
#include <vector>

#include "tests/core/oprf/oprf_testing.h"

namespace vervet::log {
namespace {

using oprf::FailsWith;
using oprf::Hex;
using oprf::Unhex;

// RFC 6962, 2.1, with its own leaf: SHA-256(0x00 ‖ input). Our leaves are framed otherwise
// (event_test.cc), the tree is not.
Hash PlainLeaf(const std::string& input) {
  const std::string bytes = std::string(1, '\0') + input;
  Hash hash;
  crypto_hash_sha256(hash.data(), reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  return hash;
}

Hash Node(const Hash& left, const Hash& right) {
  const std::string bytes = "\x01" + std::string(AsBytes(left)) + std::string(AsBytes(right));
  Hash hash;
  crypto_hash_sha256(hash.data(), reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  return hash;
}

// The RFC's definition as it stands there: split at the largest power of two below n.
Hash RootByDefinition(absl::Span<const Hash> leaves) {
  if (leaves.size() == 1) return leaves[0];
  size_t split = 1;
  while (split * 2 < leaves.size()) split *= 2;
  return Node(RootByDefinition(leaves.first(split)), RootByDefinition(leaves.subspan(split)));
}

Hash Numbered(uint64_t i) { return PlainLeaf(std::to_string(i)); }

TEST(MerkleFrontier, GivesThePublicKnownAnswers) {
  // Certificate Transparency's well-known test set: these eight leaf inputs, and the root after
  // each.
  const char* inputs[] = {"",
                          "00",
                          "10",
                          "2021",
                          "3031",
                          "40414243",
                          "5051525354555657",
                          "606162636465666768696a6b6c6d6e6f"};
  const char* roots[] = {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                         "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                         "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                         "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                         "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                         "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                         "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                         "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  MerkleFrontier frontier;
  EXPECT_EQ(Hex(AsBytes(frontier.Root())), roots[0]);
  for (size_t i = 0; i < 8; ++i) {
    frontier.Append(PlainLeaf(Unhex(inputs[i])));
    EXPECT_EQ(frontier.size(), i + 1);
    EXPECT_EQ(Hex(AsBytes(frontier.Root())), roots[i + 1]) << i + 1 << " leaves";
  }
}

TEST(MerkleFrontier, AgreesWithTheDefinitionAtEverySize) {
  std::vector<Hash> leaves;
  MerkleFrontier frontier;
  for (uint64_t i = 0; i < 300; ++i) {
    leaves.push_back(Numbered(i));
    frontier.Append(leaves.back());
    ASSERT_EQ(frontier.Root(), RootByDefinition(leaves)) << leaves.size();
  }
}

TEST(MerkleFrontier, HasAnotherRootForLeavesInAnotherOrder) {
  MerkleFrontier a, b;
  a.Append(Numbered(1));
  a.Append(Numbered(2));
  b.Append(Numbered(2));
  b.Append(Numbered(1));
  EXPECT_NE(a.Root(), b.Root());
}

TEST(MerkleFrontier, GoesOnAfterAReloadAsIfNothingHadHappened) {
  for (const uint64_t size : {0, 1, 2, 3, 7, 8, 100, 127, 128}) {
    MerkleFrontier original;
    for (uint64_t i = 0; i < size; ++i) original.Append(Numbered(i));
    auto reloaded = MerkleFrontier::Parse(original.Serialize());
    ASSERT_TRUE(reloaded.ok()) << reloaded.status();
    EXPECT_EQ(reloaded->size(), size);
    EXPECT_EQ(reloaded->Root(), original.Root());
    original.Append(Numbered(size));
    reloaded->Append(Numbered(size));
    EXPECT_EQ(reloaded->Root(), original.Root()) << size;
  }
}

TEST(MerkleFrontier, WritesItsSizeFirstAndThenTheLargestSubtree) {
  MerkleFrontier frontier;
  for (uint64_t i = 0; i < 3; ++i) frontier.Append(Numbered(i));
  const std::string expected = Unhex("0000000000000003") +
                               std::string(AsBytes(Node(Numbered(0), Numbered(1)))) +
                               std::string(AsBytes(Numbered(2)));
  EXPECT_EQ(Hex(frontier.Serialize()), Hex(expected));
}

TEST(MerkleFrontier, RefusesBytesOfAnotherLengthThanTheSizeNeeds) {
  MerkleFrontier frontier;
  for (uint64_t i = 0; i < 5; ++i) frontier.Append(Numbered(i));
  const std::string good = frontier.Serialize();
  for (size_t cut = 0; cut < good.size(); ++cut) {
    EXPECT_THAT(MerkleFrontier::Parse(good.substr(0, cut)),
                FailsWith(absl::StatusCode::kDataLoss, "frontier"))
        << cut;
  }
  EXPECT_THAT(MerkleFrontier::Parse(good + "x"),
              FailsWith(absl::StatusCode::kDataLoss, "frontier"));
  std::string another_size = good;
  another_size[7] = 7;  // three subtrees instead of two
  EXPECT_THAT(MerkleFrontier::Parse(another_size), FailsWith(absl::StatusCode::kDataLoss, "96"));
}

TEST(Hash, IsReadFromThirtyTwoBytesOnly) {
  const auto hash = HashFromBytes(std::string(32, 'h'));
  ASSERT_TRUE(hash.ok());
  EXPECT_EQ(AsBytes(*hash), std::string(32, 'h'));
  EXPECT_THAT(HashFromBytes(std::string(31, 'h')),
              FailsWith(absl::StatusCode::kInvalidArgument, "31"));
  EXPECT_THAT(HashFromBytes(std::string(33, 'h')),
              FailsWith(absl::StatusCode::kInvalidArgument, "33"));
}

}  // namespace
}  // namespace vervet::log
