// Pictures in records: what is published of them, and how a match by one is explained. Hashes come
// from vervet/image_hash.h; how pictures are checked is in vervet/image_check.h.
#ifndef VERVET_IMAGE_H_
#define VERVET_IMAGE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "vervet/image_hash.h"
#include "vervet/time_point.h"

namespace vervet {

// Bits of 256. docs/images.md says how to choose a radius.
inline constexpr int kMaxImageRadius = 31;
// Below it a picture is too plain to be told from others: it is not published, and a check of it
// carries a warning.
inline constexpr int kMinPublishedImageQuality = 50;
inline constexpr size_t kMaxImagesPerRecord = 64;

// One picture of an offender record: its hash and quality go to the members of the record's groups,
// the picture never does.
struct RecordImage {
  ImageHash hash;  // of HashImage; quality 50-100
  // Up to which distance a picture is taken for this one, 0-31, whatever a member asks for. Empty:
  // 31, so that the member's own radius decides.
  std::optional<int> radius = {};
  // When it stops matching, by this machine's clock. Empty: with OffenderRecord::lifetime, or as
  // late as pictures may.
  std::optional<TimePoint> expires = {};
};

// Which picture of a record was met, and how near.
struct ImageEvidence {
  ImageHash hash;    // of the record's picture, with its quality
  int distance = 0;  // bits
  // The distance up to which it was taken for the same picture: the tightest of the record's, the
  // member's and the check's.
  int radius = kMaxImageRadius;
  // In which position the platform's picture is near the record's.
  ImageVariant variant = ImageVariant::kUpright;
};

// A picture of somebody else's record that suddenly matched far more than ever before: a stock
// photograph, most likely. What it matches is set aside until a person looks at it.
struct ImageQuarantine {
  std::string record_id;  // 32 hex digits
  std::string publisher;  // empty where the record is no longer known here
  ImageHash hash;         // of the record's picture; the quality is 0 where that is not known
  TimePoint since;        // this machine's clock
  uint32_t matches = 0;   // within `window` before it was set aside
  std::chrono::seconds window{0};
  // How often it was left out since: of the answer of a check, each time, and of the report on
  // pictures that had been checked before the record came.
  uint64_t set_aside = 0;
  // Whom on_match would name if it were released now: subjects with a remembered picture near it,
  // and near no other picture of the record that is not set aside. 0 in on_quarantine.
  uint64_t waiting = 0;
};

}  // namespace vervet

#endif  // VERVET_IMAGE_H_
