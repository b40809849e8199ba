// Indexes of hashes as the engine uses them: of the records' pictures, and of the kept ones.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_IMAGES_IMAGE_INDEX_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_IMAGES_IMAGE_INDEX_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "core/base/mutex.h"
#include "core/index/hamming_index.h"
#include "core/views/image_indexer.h"

namespace vervet::engine {

// A HammingIndex that is made when the first hash comes: it has a thread of its own, and many a
// platform has no pictures. Thread-safe; no lock is held while a query runs.
class ImageIndex {
 public:
  using Match = index::HammingIndex::Match;
  using Query = index::HammingIndex::Query;

  // RESOURCE_EXHAUSTED: HammingIndex::kMaxHashes. The radius is 0 to 31.
  absl::Status Add(const index::Hash256& hash, uint32_t handle, int radius) {
    return Made().Add(hash, handle, radius);
  }
  void Remove(const index::Hash256& hash, uint32_t handle) {
    if (const auto index = Get()) index->Remove(hash, handle);
  }

  // Radii are 0 to 31.
  std::vector<Match> FindEach(absl::Span<const Query> queries) const {
    const auto index = Get();
    if (index == nullptr || queries.empty()) return {};
    auto found = index->FindEach(queries);
    return found.ok() ? *std::move(found) : std::vector<Match>();
  }
  bool IsNear(const index::Hash256& hash, int radius) const {
    const auto index = Get();
    if (index == nullptr) return false;
    const auto found = index->Find(hash, radius);
    return found.ok() && !found->empty();
  }

  // Pairs of hash and handle.
  size_t size() const {
    const auto index = Get();
    return index == nullptr ? 0 : index->GetStats().pairs;
  }
  bool empty() const { return size() == 0; }

 private:
  std::shared_ptr<index::HammingIndex> Get() const {
    ReaderLock lock(mutex_);
    return index_;
  }
  index::HammingIndex& Made() {
    WriterLock lock(mutex_);
    if (index_ == nullptr) index_ = std::make_shared<index::HammingIndex>();
    return *index_;
  }

  mutable SharedMutex mutex_;
  std::shared_ptr<index::HammingIndex> index_ ABSL_GUARDED_BY(mutex_);
};

// The pictures of the records in one view, by the view's handles.
class RecordImages final : public views::ImageIndexer {
 public:
  void OnImage(index::RecordHandle record, const views::ImageSignature& image) override {
    // More than the index holds is more than a member's memory does; what does not fit does not
    // match.
    (void)index_.Add(image.hash, record, image.radius);
  }
  void OnImageGone(index::RecordHandle record, const views::ImageSignature& image) override {
    index_.Remove(image.hash, record);
  }

  const ImageIndex& index() const { return index_; }

 private:
  ImageIndex index_;
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_IMAGES_IMAGE_INDEX_H_
