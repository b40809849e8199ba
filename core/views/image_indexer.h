// What an index of images is told while records come and go.
#ifndef VERVET_CORE_VIEWS_IMAGE_INDEXER_H_
#define VERVET_CORE_VIEWS_IMAGE_INDEXER_H_

#include "core/index/signature_index.h"
#include "core/views/record.h"

namespace vervet::views {

// Of each live record's images, once when it begins to be live and once when it ends, is erased or
// is dropped. Nothing is told when a record is paused or its publisher suspended, or when an image
// expires before its record does: that is looked at when a match is made
// (CoalitionState::MatchImages). A handle is never used for another record of the same view. Called
// on the thread, and under the lock, of whoever changes the view.
class ImageIndexer {
 public:
  virtual ~ImageIndexer() = default;
  virtual void OnImage(index::RecordHandle record, const ImageSignature& image) = 0;
  virtual void OnImageGone(index::RecordHandle record, const ImageSignature& image) = 0;
};

}  // namespace vervet::views

#endif  // VERVET_CORE_VIEWS_IMAGE_INDEXER_H_
