// The Merkle tree of the hub's log in memory: the frontier, and what makes roots and proofs of the
// past cheap.
#ifndef VERVET_HUB_LOG_LOG_TREE_H_
#define VERVET_HUB_LOG_LOG_TREE_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "core/log/merkle.h"
#include "core/log/subtree_roots.h"

namespace vervet::hub {

// Not thread-safe.
class LogTree {
 public:
  // Frontiers are kept at every multiple of it.
  static constexpr uint64_t kCheckpointEvery = 1'024;

  // Leaves to come, hashed apart, so that whoever reads the tree does not wait for it and a commit
  // that fails leaves nothing behind.
  class Growth {
   public:
    explicit Growth(const LogTree& tree) : frontier_(tree.frontier_) {}
    void Append(const log::Hash& leaf_hash) {
      frontier_.Append(leaf_hash, &completed_);
      // Lower subtrees are not kept.
      if (completed_.size() >= log::SubtreeRoots::kLowestHeight) subtrees_.push_back(completed_);
      if (frontier_.size() % kCheckpointEvery == 0) checkpoints_.push_back(frontier_);
    }
    uint64_t size() const { return frontier_.size(); }

   private:
    friend class LogTree;
    log::MerkleFrontier frontier_;
    std::vector<log::Hash> completed_;  // by the last leaf
    std::vector<std::vector<log::Hash>> subtrees_;
    std::vector<log::MerkleFrontier> checkpoints_;
  };

  // `growth` began at this tree as it is now.
  void Grow(Growth growth) {
    frontier_ = std::move(growth.frontier_);
    for (const auto& completed : growth.subtrees_) subtrees_.Add(completed);
    for (auto& checkpoint : growth.checkpoints_) checkpoints_.push_back(std::move(checkpoint));
  }

  uint64_t size() const { return frontier_.size(); }
  log::Hash Root() const { return frontier_.Root(); }
  const log::SubtreeRoots& subtrees() const { return subtrees_; }
  // The last kept one that is not longer than `size`; an empty one where there is none.
  log::MerkleFrontier CheckpointAtOrBefore(uint64_t size) const {
    const uint64_t checkpoint = size / kCheckpointEvery;
    return checkpoint == 0 ? log::MerkleFrontier() : checkpoints_[checkpoint - 1];
  }

 private:
  log::MerkleFrontier frontier_;
  log::SubtreeRoots subtrees_;
  std::vector<log::MerkleFrontier> checkpoints_;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_LOG_LOG_TREE_H_
