// Proofs about the tree for whoever does not hold all of its leaves: that one leaf is in it, and
// that a tree is the beginning of a larger one. RFC 6962, 2.1.1 and 2.1.2 make them; RFC 9162,
// 2.1.3.2 and 2.1.4.2 check them.
#ifndef VERVET_CORE_LOG_PROOF_H_
#define VERVET_CORE_LOG_PROOF_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/log/merkle.h"

namespace vervet::log {

// A tree of 2^64 leaves has no longer proof than this, so a longer one is refused unread.
inline constexpr size_t kMaxProofHashes = 65;

// Leaves `first` to `end - 1`, counted from 0, at least one. `first` is a multiple of the smallest
// power of two that is not below the range's size: the range is a node of the tree.
struct LeafRange {
  uint64_t first = 0;
  uint64_t end = 0;
  uint64_t size() const { return end - first; }
};
bool IsNode(const LeafRange& range);

// The ranges whose roots make up a proof, in its order: from the leaf up. At most 64.
// `index` < `size`.
std::vector<LeafRange> InclusionRanges(uint64_t index, uint64_t size);
// 1 <= `old_size` <= `new_size`. None where they are equal.
std::vector<LeafRange> ConsistencyRanges(uint64_t old_size, uint64_t new_size);

// The root of a range that is a node; its errors are passed on.
using RangeRoot = std::function<absl::StatusOr<Hash>(const LeafRange& range)>;

// The roots of `ranges` in their order.
absl::StatusOr<std::vector<Hash>> RootsOf(absl::Span<const LeafRange> ranges,
                                          const RangeRoot& root_of);

// Hashes from the wire. INVALID_ARGUMENT for one that has not 32 bytes, or too many.
absl::StatusOr<std::vector<Hash>> ProofFromBytes(absl::Span<const std::string* const> hashes);

// DATA_LOSS unless the path leads from the leaf at `index` (from 0) to the root of a tree of
// `size`. The path alone does not fix the size: it has to come with the root, from a signed head.
absl::Status VerifyInclusion(const Hash& leaf_hash, uint64_t index, uint64_t size,
                             absl::Span<const Hash> path, const Hash& root);

// DATA_LOSS unless the tree of `old_size` is the beginning of the tree of `new_size`.
// INVALID_ARGUMENT for an old size of 0, of which there is nothing to prove.
absl::Status VerifyConsistency(uint64_t old_size, const Hash& old_root, uint64_t new_size,
                               const Hash& new_root, absl::Span<const Hash> proof);

}  // namespace vervet::log

#endif  // VERVET_CORE_LOG_PROOF_H_
