// By which picture of a record something matched, in the forms that index, vault and interface use.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_IMAGES_EVIDENCE_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_IMAGES_EVIDENCE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/index/hamming_index.h"
#include "vervet/image.h"

namespace vervet::engine {

index::Hash256 ToHash256(const ImageHash& hash);
ImageHash ToImageHash(const index::Hash256& hash, int quality);
absl::string_view AsBytes(const index::Hash256& hash);

// 32 bytes each, one after the other.
std::string PackHashes(const std::vector<index::Hash256>& hashes);
// What is left over of 32 bytes is dropped.
std::vector<index::Hash256> UnpackHashes(absl::string_view packed);

// As the vault keeps it beside a match: hash, quality, distance, radius and variant, 36 bytes.
std::string PackEvidence(const ImageEvidence& evidence);
// Nothing where it is not 36 bytes: an identifier matched, or it is damaged.
std::optional<ImageEvidence> UnpackEvidence(absl::string_view packed);

// Of a picture's hashes (one, or the eight of its variants) the nearest to `other`.
struct Nearest {
  int distance = 0;
  ImageVariant variant = ImageVariant::kUpright;
};
Nearest NearestOf(const std::vector<index::Hash256>& hashes, const index::Hash256& other);

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_IMAGES_EVIDENCE_H_
