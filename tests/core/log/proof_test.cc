#include "core/log/proof.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sodium.h>

#include <string>
#include <vector>

#include "core/log/subtree_roots.h"
#include "tests/core/oprf/oprf_testing.h"

namespace vervet::log {
namespace {

using oprf::FailsWith;
using oprf::Hex;
using oprf::Unhex;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kDataLoss = absl::StatusCode::kDataLoss;
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

// RFC 6962, 2.1, with its own leaf: SHA-256(0x00 ‖ input).
Hash PlainLeaf(const std::string& input) {
  const std::string bytes = std::string(1, '\0') + input;
  Hash hash;
  crypto_hash_sha256(hash.data(), reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  return hash;
}

// ---- the RFC's definitions, word for word and as slow as they are

using Leaves = absl::Span<const Hash>;

size_t SplitOf(size_t n) {
  size_t k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

// MTH(D[n])
Hash RootOf(Leaves d) {
  if (d.size() == 1) return d[0];
  const size_t k = SplitOf(d.size());
  return NodeHash(RootOf(d.first(k)), RootOf(d.subspan(k)));
}

// PATH(m, D[n])
std::vector<Hash> PathOf(size_t m, Leaves d) {
  if (d.size() == 1) return {};
  const size_t k = SplitOf(d.size());
  std::vector<Hash> path = m < k ? PathOf(m, d.first(k)) : PathOf(m - k, d.subspan(k));
  path.push_back(RootOf(m < k ? d.subspan(k) : d.first(k)));
  return path;
}

// SUBPROOF(m, D[n], b)
std::vector<Hash> SubproofOf(size_t m, Leaves d, bool b) {
  if (m == d.size()) return b ? std::vector<Hash>() : std::vector<Hash>{RootOf(d)};
  const size_t k = SplitOf(d.size());
  std::vector<Hash> proof =
      m <= k ? SubproofOf(m, d.first(k), b) : SubproofOf(m - k, d.subspan(k), false);
  proof.push_back(RootOf(m <= k ? d.subspan(k) : d.first(k)));
  return proof;
}

std::vector<Hash> Numbered(size_t n) {
  std::vector<Hash> leaves;
  for (size_t i = 0; i < n; ++i) leaves.push_back(PlainLeaf(std::to_string(i)));
  return leaves;
}

RangeRoot FromLeaves(Leaves leaves) {
  return [leaves](const LeafRange& range) -> absl::StatusOr<Hash> {
    EXPECT_TRUE(IsNode(range)) << range.first << " " << range.end;
    return RootOf(leaves.subspan(range.first, range.size()));
  };
}

std::vector<std::string> HexOf(absl::Span<const Hash> hashes) {
  std::vector<std::string> out;
  for (const Hash& hash : hashes) out.push_back(Hex(AsBytes(hash)));
  return out;
}

// ---- Certificate Transparency's well-known tree of eight leaves

std::vector<Hash> KnownLeaves() {
  std::vector<Hash> leaves;
  for (const char* input : {"", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                            "606162636465666768696a6b6c6d6e6f"}) {
    leaves.push_back(PlainLeaf(Unhex(input)));
  }
  return leaves;
}

constexpr char kLeaf0[] = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
constexpr char kLeaf1[] = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
constexpr char kLeaf4[] = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
constexpr char kNode01[] = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125";
constexpr char kNode23[] = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
constexpr char kNode45[] = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";
constexpr char kNode67[] = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
constexpr char kNode03[] = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7";
constexpr char kNode47[] = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";

TEST(Proof, GivesThePublicKnownInclusionPaths) {
  const std::vector<Hash> leaves = KnownLeaves();
  const auto path = [&](uint64_t index, uint64_t size) {
    return HexOf(*RootsOf(InclusionRanges(index, size), FromLeaves(leaves)));
  };
  EXPECT_THAT(path(0, 1), IsEmpty());
  EXPECT_THAT(path(0, 8), ElementsAre(kLeaf1, kNode23, kNode47));
  EXPECT_THAT(path(5, 8), ElementsAre(kLeaf4, kNode67, kNode03));
  EXPECT_THAT(path(2, 3), ElementsAre(kNode01));
  EXPECT_THAT(path(1, 5), ElementsAre(kLeaf0, kNode23, kLeaf4));
}

TEST(Proof, GivesThePublicKnownConsistencyProofs) {
  const std::vector<Hash> leaves = KnownLeaves();
  const auto proof = [&](uint64_t old_size, uint64_t new_size) {
    return HexOf(*RootsOf(ConsistencyRanges(old_size, new_size), FromLeaves(leaves)));
  };
  EXPECT_THAT(proof(1, 1), IsEmpty());
  EXPECT_THAT(proof(1, 8), ElementsAre(kLeaf1, kNode23, kNode47));
  EXPECT_THAT(proof(6, 8), ElementsAre(kNode45, kNode67, kNode03));
  EXPECT_THAT(proof(2, 5), ElementsAre(kNode23, kLeaf4));
}

// ---- against the definition

TEST(Proof, ProvesEveryLeafOfEveryTreeUpTo130) {
  const std::vector<Hash> all = Numbered(130);
  int proofs = 0;
  for (size_t size = 1; size <= all.size(); ++size) {
    const Leaves leaves = Leaves(all).first(size);
    const Hash root = RootOf(leaves);
    for (size_t index = 0; index < size; ++index) {
      const auto path = RootsOf(InclusionRanges(index, size), FromLeaves(leaves));
      ASSERT_EQ(*path, PathOf(index, leaves)) << index << " of " << size;
      ASSERT_TRUE(VerifyInclusion(leaves[index], index, size, *path, root).ok())
          << index << " of " << size;
      ++proofs;
    }
  }
  EXPECT_EQ(proofs, 130 * 131 / 2);
}

TEST(Proof, ProvesEveryBeginningOfEveryTreeUpTo130) {
  const std::vector<Hash> all = Numbered(130);
  for (size_t size = 1; size <= all.size(); ++size) {
    const Leaves leaves = Leaves(all).first(size);
    const Hash root = RootOf(leaves);
    for (size_t old_size = 1; old_size <= size; ++old_size) {
      const auto proof = RootsOf(ConsistencyRanges(old_size, size), FromLeaves(leaves));
      ASSERT_EQ(*proof, SubproofOf(old_size, leaves, true)) << old_size << " of " << size;
      ASSERT_TRUE(
          VerifyConsistency(old_size, RootOf(leaves.first(old_size)), size, root, *proof).ok())
          << old_size << " of " << size;
    }
  }
}

TEST(Proof, KnowsTheRangesOfTheLargestTrees) {
  const uint64_t most = ~uint64_t{0};
  for (const uint64_t index : {uint64_t{0}, uint64_t{1} << 63, most - 1}) {
    const auto ranges = InclusionRanges(index, most);
    EXPECT_LE(ranges.size(), kMaxProofHashes - 1);
    uint64_t leaves = 1;  // the ranges and the leaf cover the tree
    for (const LeafRange& range : ranges) {
      EXPECT_TRUE(IsNode(range));
      leaves += range.size();
    }
    EXPECT_EQ(leaves, most);
  }
  EXPECT_LE(ConsistencyRanges((uint64_t{1} << 63) + 1, most).size(), kMaxProofHashes);
}

TEST(Proof, TakesARangeForANodeOnlyWhereItIsOne) {
  EXPECT_TRUE(IsNode({0, 1}));
  EXPECT_TRUE(IsNode({0, 7}));
  EXPECT_TRUE(IsNode({4, 7}));
  EXPECT_FALSE(IsNode({4, 9}));
  EXPECT_FALSE(IsNode({1, 3}));
  EXPECT_FALSE(IsNode({3, 3}));
  EXPECT_FALSE(IsNode({5, 3}));
}

// ---- what is refused

// Calls refused(changed) for a copy of `hashes` for each single bit in it.
template <typename Refused>
void FlipEachBit(std::vector<Hash> hashes, Refused&& refused) {
  for (Hash& hash : hashes) {
    for (size_t bit = 0; bit < 8 * kHashBytes; ++bit) {
      hash[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
      ASSERT_TRUE(refused(hashes)) << "bit " << bit;
      hash[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
    }
  }
}

TEST(Proof, RefusesEverySingleBitThatIsChangedInAnInclusionProof) {
  for (size_t size = 1; size <= 17; ++size) {
    const std::vector<Hash> leaves = Numbered(size);
    for (size_t index = 0; index < size; ++index) {
      // Leaf, root and path, so that each is changed in its turn.
      std::vector<Hash> hashes = {leaves[index], RootOf(leaves)};
      for (const Hash& hash : PathOf(index, leaves)) hashes.push_back(hash);
      FlipEachBit(hashes, [&](Leaves changed) {
        return absl::IsDataLoss(
            VerifyInclusion(changed[0], index, size, changed.subspan(2), changed[1]));
      });
    }
  }
}

TEST(Proof, RefusesEverySingleBitThatIsChangedInAConsistencyProof) {
  for (size_t size = 1; size <= 17; ++size) {
    const std::vector<Hash> leaves = Numbered(size);
    for (size_t old_size = 1; old_size <= size; ++old_size) {
      std::vector<Hash> hashes = {RootOf(Leaves(leaves).first(old_size)), RootOf(leaves)};
      for (const Hash& hash : SubproofOf(old_size, leaves, true)) hashes.push_back(hash);
      FlipEachBit(hashes, [&](Leaves changed) {
        return absl::IsDataLoss(
            VerifyConsistency(old_size, changed[0], size, changed[1], changed.subspan(2)));
      });
    }
  }
}

TEST(Proof, RefusesALeafAtAnotherPlace) {
  for (size_t size = 1; size <= 66; ++size) {
    const std::vector<Hash> leaves = Numbered(size);
    const Hash root = RootOf(leaves);
    for (size_t index = 0; index < size; ++index) {
      const std::vector<Hash> path = PathOf(index, leaves);
      for (size_t other = 0; other < size; ++other) {
        if (other == index) continue;
        ASSERT_FALSE(VerifyInclusion(leaves[index], other, size, path, root).ok());
        ASSERT_FALSE(VerifyInclusion(leaves[other], index, size, path, root).ok());
      }
    }
  }
}

TEST(Proof, RefusesAProofThatIsOneHashTooLongOrTooShort) {
  for (size_t size = 1; size <= 66; ++size) {
    const std::vector<Hash> leaves = Numbered(size);
    const Hash root = RootOf(leaves);
    for (size_t index = 0; index < size; ++index) {
      std::vector<Hash> path = PathOf(index, leaves);
      path.push_back(root);
      ASSERT_THAT(VerifyInclusion(leaves[index], index, size, path, root),
                  FailsWith(kDataLoss, "too long"));
      path.pop_back();
      if (path.empty()) continue;
      path.pop_back();
      ASSERT_THAT(VerifyInclusion(leaves[index], index, size, path, root),
                  FailsWith(kDataLoss, "too short"));
    }
    for (size_t old_size = 1; old_size < size; ++old_size) {
      const Hash old_root = RootOf(Leaves(leaves).first(old_size));
      std::vector<Hash> proof = SubproofOf(old_size, leaves, true);
      proof.push_back(root);
      ASSERT_THAT(VerifyConsistency(old_size, old_root, size, root, proof),
                  FailsWith(kDataLoss, "too long"));
      proof.pop_back();
      proof.pop_back();
      ASSERT_THAT(VerifyConsistency(old_size, old_root, size, root, proof),
                  FailsWith(kDataLoss, "the proof does not hold"));
    }
  }
}

TEST(Proof, RefusesABeginningOfAnotherHistory) {
  std::vector<Hash> leaves = Numbered(20);
  const Hash root = RootOf(leaves);
  for (size_t old_size = 1; old_size <= leaves.size(); ++old_size) {
    std::vector<Hash> other(leaves.begin(), leaves.begin() + static_cast<long>(old_size));
    other.back()[0] ^= 1;
    const std::vector<Hash> proof = SubproofOf(old_size, leaves, true);
    EXPECT_THAT(VerifyConsistency(old_size, RootOf(other), leaves.size(), root, proof),
                FailsWith(kDataLoss, "the proof does not hold"));
  }
}

TEST(Proof, RefusesSizesOfWhichNothingCanBeProved) {
  const Hash root = PlainLeaf("");
  EXPECT_THAT(VerifyConsistency(0, root, 1, root, {}), FailsWith(kInvalid, "at least 1"));
  EXPECT_THAT(VerifyConsistency(2, root, 1, root, {}), FailsWith(kInvalid, "not fall"));
  EXPECT_THAT(VerifyInclusion(root, 0, 0, {}, root), FailsWith(kInvalid, "0 leaves"));
  EXPECT_THAT(VerifyInclusion(root, 3, 3, {}, root), FailsWith(kInvalid, "index 3"));
  EXPECT_THAT(VerifyConsistency(2, root, 3, root, {}), FailsWith(kDataLoss, "too short"));
  EXPECT_THAT(VerifyConsistency(3, root, 4, root, {}), FailsWith(kDataLoss, "empty"));
}

TEST(Proof, ReadsAsManyHashesFromTheWireAsAProofCanHave) {
  const std::string hash(32, 'h'), short_hash(31, 'h');
  std::vector<const std::string*> wire(kMaxProofHashes, &hash);
  EXPECT_EQ(ProofFromBytes(wire)->size(), kMaxProofHashes);
  wire.push_back(&hash);
  EXPECT_THAT(ProofFromBytes(wire).status(), FailsWith(kInvalid, "at most 65"));
  wire.resize(1);
  wire[0] = &short_hash;
  EXPECT_THAT(ProofFromBytes(wire).status(), FailsWith(kInvalid, "32 bytes"));
}

// ---- the roots that a long log keeps

TEST(SubtreeRoots, LeaveLessThanOneSubtreeOfANodeToRead) {
  constexpr uint64_t kSize = 5 * SubtreeRoots::kLowestSize + 100;
  const std::vector<Hash> leaves = Numbered(kSize);
  MerkleFrontier frontier;
  SubtreeRoots kept;
  std::vector<Hash> completed;
  for (const Hash& leaf : leaves) {
    frontier.Append(leaf, &completed);
    kept.Add(completed);
  }
  std::vector<LeafRange> nodes = {
      {0, kSize}, {0, 1024}, {1024, 2048}, {4096, kSize}, {5120, kSize}};
  for (const uint64_t index : {uint64_t{0}, uint64_t{1023}, uint64_t{3000}, kSize - 1}) {
    for (const LeafRange& range : InclusionRanges(index, kSize)) nodes.push_back(range);
  }
  for (const LeafRange& node : nodes) {
    LeafRange rest = node;
    std::vector<Hash> roots;
    kept.TakeFront(&rest, &roots);
    EXPECT_LT(rest.size(), SubtreeRoots::kLowestSize);
    EXPECT_LE(roots.size(), 3u);
    if (rest.size() != 0) roots.push_back(RootOf(Leaves(leaves).subspan(rest.first, rest.size())));
    EXPECT_EQ(JoinRoots(roots), RootOf(Leaves(leaves).subspan(node.first, node.size())))
        << node.first << " " << node.end;
  }
  EXPECT_EQ(frontier.Root(), RootOf(leaves));
}

}  // namespace
}  // namespace vervet::log
