// The protocol's limits of images and of the negative list. docs/protocol.md lists them with the
// others (wire_limits.h).
#ifndef VERVET_CORE_BASE_IMAGE_LIMITS_H_
#define VERVET_CORE_BASE_IMAGE_LIMITS_H_

#include <cstddef>
#include <cstdint>

namespace vervet {

inline constexpr size_t kImageHashBytes = 32;  // PDQ
inline constexpr size_t kMaxRecordImages = 64;
// Below it a hash says too little of its picture to be shared: skies and blank pages are alike.
inline constexpr uint32_t kMinImageQuality = 50;
inline constexpr uint32_t kMaxImageQuality = 100;
inline constexpr uint32_t kMaxHashRadius = 31;  // of 256 bits: HammingIndex::kMaxRadius

// Marks on the negative list, each of one expert and hash; and of one expert.
inline constexpr size_t kMaxHarmlessMarks = 100'000;
inline constexpr size_t kMaxHarmlessMarksByExpert = 10'000;
inline constexpr size_t kMaxHarmlessDescriptionBytes = 512;
// ListHarmless: images of one answer, and it ends before it grows above the second.
inline constexpr uint32_t kMaxHarmlessListed = 1'000;
inline constexpr size_t kMaxHarmlessListBytes = 1024 * 1024;

// ReportQuarantine.
inline constexpr uint32_t kMaxQuarantinedMatches = 1'000'000;
inline constexpr uint32_t kMaxQuarantineWindowS = 366 * 24 * 3'600;

}  // namespace vervet

#endif  // VERVET_CORE_BASE_IMAGE_LIMITS_H_
