#include "core/log/subtree_roots.h"

#include <algorithm>
#include <bit>

namespace vervet::log {

void SubtreeRoots::Add(absl::Span<const Hash> completed) {
  // completed[i] has height i + 1.
  for (size_t i = kLowestHeight - 1; i < completed.size(); ++i) {
    const size_t level = i + 1 - kLowestHeight;
    if (by_height_.size() <= level) by_height_.resize(level + 1);
    by_height_[level].push_back(completed[i]);
  }
}

void SubtreeRoots::TakeFront(LeafRange* range, std::vector<Hash>* roots) const {
  while (range->size() >= kLowestSize) {
    const int height = std::bit_width(range->size()) - 1;
    const std::vector<Hash>& level = by_height_[static_cast<size_t>(height - kLowestHeight)];
    roots->push_back(level[range->first >> height]);
    range->first += uint64_t{1} << height;
  }
}

Hash JoinRoots(absl::Span<const Hash> roots) {
  Hash root = roots.back();
  for (size_t i = roots.size() - 1; i-- > 0;) root = NodeHash(roots[i], root);
  return root;
}

}  // namespace vervet::log
