#include "member-sdk/src/engine/images/evidence.h"

#include <algorithm>

namespace vervet::engine {
namespace {

constexpr size_t kEvidenceBytes = ImageHash::kSizeBytes + 4;

}  // namespace

index::Hash256 ToHash256(const ImageHash& hash) { return {hash.bytes}; }

ImageHash ToImageHash(const index::Hash256& hash, int quality) { return {hash.bytes, quality}; }

absl::string_view AsBytes(const index::Hash256& hash) {
  return {reinterpret_cast<const char*>(hash.bytes.data()), hash.bytes.size()};
}

std::string PackHashes(const std::vector<index::Hash256>& hashes) {
  std::string packed;
  packed.reserve(hashes.size() * index::Hash256::kSizeBytes);
  for (const index::Hash256& hash : hashes) packed.append(hash.bytes.begin(), hash.bytes.end());
  return packed;
}

std::vector<index::Hash256> UnpackHashes(absl::string_view packed) {
  std::vector<index::Hash256> hashes(packed.size() / index::Hash256::kSizeBytes);
  for (index::Hash256& hash : hashes) {
    std::copy_n(packed.begin(), hash.bytes.size(), hash.bytes.begin());
    packed.remove_prefix(hash.bytes.size());
  }
  return hashes;
}

std::string PackEvidence(const ImageEvidence& evidence) {
  std::string packed(evidence.hash.bytes.begin(), evidence.hash.bytes.end());
  for (const int value : {evidence.hash.quality, evidence.distance, evidence.radius,
                          static_cast<int>(evidence.variant)}) {
    packed.push_back(static_cast<char>(value));
  }
  return packed;
}

std::optional<ImageEvidence> UnpackEvidence(absl::string_view packed) {
  if (packed.size() != kEvidenceBytes) return std::nullopt;
  ImageEvidence evidence;
  std::copy_n(packed.begin(), ImageHash::kSizeBytes, evidence.hash.bytes.begin());
  const auto value = [&](size_t i) {
    return static_cast<int>(static_cast<unsigned char>(packed[ImageHash::kSizeBytes + i]));
  };
  evidence.hash.quality = value(0);
  evidence.distance = value(1);
  evidence.radius = value(2);
  evidence.variant = static_cast<ImageVariant>(value(3) % static_cast<int>(kImageVariants));
  return evidence;
}

Nearest NearestOf(const std::vector<index::Hash256>& hashes, const index::Hash256& other) {
  Nearest nearest{8 * static_cast<int>(ImageHash::kSizeBytes), ImageVariant::kUpright};
  for (size_t i = 0; i < hashes.size(); ++i) {
    const int distance = index::Distance(hashes[i], other);
    if (distance < nearest.distance) nearest = {distance, static_cast<ImageVariant>(i)};
  }
  return nearest;
}

}  // namespace vervet::engine
