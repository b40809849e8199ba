#include "core/log/proof.h"

#include <algorithm>
#include <bit>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace vervet::log {
namespace {

// RFC 6962, 2.1: the largest power of two below `size`, which is at least 2.
uint64_t Split(uint64_t size) { return std::bit_floor(size - 1); }

// How far a node lies from the left edge (`node`) and the right edge (`last`) of its level, while a
// proof is walked up: fn and sn of RFC 9162.
struct Walk {
  uint64_t node;
  uint64_t last;

  bool IsRightChild() const { return (node & 1) != 0; }
  // A node at the right edge without a sibling rises to the level where it has one.
  void RiseToSibling() {
    while (!IsRightChild() && node != 0) Rise();
  }
  void Rise() {
    node >>= 1;
    last >>= 1;
  }
};

absl::Status Refuse(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("the proof does not hold: ", what));
}

}  // namespace

bool IsNode(const LeafRange& range) {
  if (range.end <= range.first) return false;
  // bit_ceil is undefined above 2^63.
  if (range.size() > uint64_t{1} << 63) return range.first == 0;
  return range.first % std::bit_ceil(range.size()) == 0;
}

std::vector<LeafRange> InclusionRanges(uint64_t index, uint64_t size) {
  std::vector<LeafRange> ranges;
  LeafRange node{0, size};
  while (node.size() > 1) {
    const uint64_t middle = node.first + Split(node.size());
    if (index < middle) {
      ranges.push_back({middle, node.end});
      node.end = middle;
    } else {
      ranges.push_back({node.first, middle});
      node.first = middle;
    }
  }
  std::reverse(ranges.begin(), ranges.end());
  return ranges;
}

std::vector<LeafRange> ConsistencyRanges(uint64_t old_size, uint64_t new_size) {
  std::vector<LeafRange> ranges;
  LeafRange node{0, new_size};
  // Down to the node in which the old tree ends.
  while (node.end != old_size) {
    const uint64_t middle = node.first + Split(node.size());
    if (old_size <= middle) {
      ranges.push_back({middle, node.end});
      node.end = middle;
    } else {
      ranges.push_back({node.first, middle});
      node.first = middle;
    }
  }
  // The old tree as a whole is known to whoever checks.
  if (node.first != 0) ranges.push_back(node);
  std::reverse(ranges.begin(), ranges.end());
  return ranges;
}

absl::StatusOr<std::vector<Hash>> RootsOf(absl::Span<const LeafRange> ranges,
                                          const RangeRoot& root_of) {
  std::vector<Hash> roots;
  roots.reserve(ranges.size());
  for (const LeafRange& range : ranges) {
    VERVET_ASSIGN_OR_RETURN(roots.emplace_back(), root_of(range));
  }
  return roots;
}

absl::StatusOr<std::vector<Hash>> ProofFromBytes(absl::Span<const std::string* const> hashes) {
  if (hashes.size() > kMaxProofHashes) {
    return absl::InvalidArgumentError(
        absl::StrCat("a proof has at most ", kMaxProofHashes, " hashes, this one ", hashes.size()));
  }
  std::vector<Hash> proof;
  proof.reserve(hashes.size());
  for (const std::string* bytes : hashes) {
    VERVET_ASSIGN_OR_RETURN(proof.emplace_back(), HashFromBytes(*bytes));
  }
  return proof;
}

absl::Status VerifyInclusion(const Hash& leaf_hash, uint64_t index, uint64_t size,
                             absl::Span<const Hash> path, const Hash& root) {
  if (index >= size) {
    return absl::InvalidArgumentError(
        absl::StrCat("a tree of ", size, " leaves has none with index ", index));
  }
  Walk walk{index, size - 1};
  Hash hash = leaf_hash;
  for (const Hash& sibling : path) {
    if (walk.last == 0) return Refuse("its path is too long");
    if (walk.IsRightChild() || walk.node == walk.last) {
      hash = NodeHash(sibling, hash);
      walk.RiseToSibling();
    } else {
      hash = NodeHash(hash, sibling);
    }
    walk.Rise();
  }
  if (walk.last != 0) return Refuse("its path is too short");
  if (hash != root) return Refuse("its path leads to another root");
  return absl::OkStatus();
}

absl::Status VerifyConsistency(uint64_t old_size, const Hash& old_root, uint64_t new_size,
                               const Hash& new_root, absl::Span<const Hash> proof) {
  if (old_size == 0 || old_size > new_size) {
    return absl::InvalidArgumentError(absl::StrCat(
        "sizes must be at least 1 and not fall, these are ", old_size, " and ", new_size));
  }
  if (old_size == new_size) {
    if (!proof.empty()) return Refuse("between equal sizes it has to be empty");
    return old_root == new_root ? absl::OkStatus() : Refuse("two roots at one size");
  }
  std::vector<Hash> with_old_root;
  if (std::has_single_bit(old_size)) {  // the old tree is a node of the new one
    with_old_root.push_back(old_root);
    with_old_root.insert(with_old_root.end(), proof.begin(), proof.end());
    proof = with_old_root;
  }
  if (proof.empty()) return Refuse("it is empty");
  Walk walk{old_size - 1, new_size - 1};
  while (walk.IsRightChild()) walk.Rise();
  Hash old_hash = proof[0];
  Hash new_hash = proof[0];
  for (const Hash& sibling : proof.subspan(1)) {
    if (walk.last == 0) return Refuse("it is too long");
    if (walk.IsRightChild() || walk.node == walk.last) {
      old_hash = NodeHash(sibling, old_hash);
      new_hash = NodeHash(sibling, new_hash);
      walk.RiseToSibling();
    } else {
      new_hash = NodeHash(new_hash, sibling);
    }
    walk.Rise();
  }
  if (walk.last != 0) return Refuse("it is too short");
  if (old_hash != old_root) return Refuse("it leads to another old root");
  if (new_hash != new_root) return Refuse("it leads to another new root");
  return absl::OkStatus();
}

}  // namespace vervet::log
