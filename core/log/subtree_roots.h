// Roots of every perfect subtree of 1,024 leaves and more, so that a proof about a long log reads
// few of its leaves.
#ifndef VERVET_CORE_LOG_SUBTREE_ROOTS_H_
#define VERVET_CORE_LOG_SUBTREE_ROOTS_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "core/log/merkle.h"
#include "core/log/proof.h"

namespace vervet::log {

// 64 bytes for each 1,024 leaves. Not thread-safe.
class SubtreeRoots {
 public:
  static constexpr int kLowestHeight = 10;
  static constexpr uint64_t kLowestSize = uint64_t{1} << kLowestHeight;

  // What MerkleFrontier::Append completed, of each leaf in order.
  void Add(absl::Span<const Hash> completed);

  // Takes as many leaves as possible off the front of `range`, a node of the tree so far, and
  // appends the roots of these perfect subtrees, the largest first. Less than kLowestSize leaves
  // are left, perhaps none.
  void TakeFront(LeafRange* range, std::vector<Hash>* roots) const;

 private:
  std::vector<std::vector<Hash>> by_height_;  // [0] has kLowestHeight
};

// The root over neighbours of falling size, as the front of a node and what was left of it.
// `roots` is not empty.
Hash JoinRoots(absl::Span<const Hash> roots);

}  // namespace vervet::log

#endif  // VERVET_CORE_LOG_SUBTREE_ROOTS_H_
