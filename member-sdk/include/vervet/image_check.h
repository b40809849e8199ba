// Checking pictures: against the coalition's records, on this machine alone. The hub is never asked
// about a picture.
#ifndef VERVET_IMAGE_CHECK_H_
#define VERVET_IMAGE_CHECK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "vervet/image.h"
#include "vervet/image_hash.h"
#include "vervet/match.h"

namespace vervet {

struct ImageToCheck {
  // The platform's own reference of whose picture it is; comes back in MatchEvent. 1-256 bytes, or
  // empty for a check that is not remembered.
  std::string reference;
  // A whole JPEG, PNG or WebP file, only read during the call.
  std::string_view encoded = {};
  // In place of `encoded`: the hash of HashImage, or the eight of HashImageVariants in their order.
  std::vector<ImageHash> hashes = {};
};

struct ImageCheckOptions {
  // 0-31, for this check. The tightest of it, ClientOptions::image_radius and the record's own
  // counts.
  std::optional<int> radius;
  // Looks for the turned and mirrored picture too. Of an image given by one hash: without effect.
  bool variants = false;
  // Keep the hashes with the reference for ClientOptions::image_memory, so that a record that
  // arrives later is reported by on_match.
  bool remember = true;
  ImageHashOptions hashing;
};

enum class ImageOutcome {
  kMatch,
  kNoMatch,
  kRefused,  // not a picture that can be hashed: `status` says why
};

// "match", "no_match", "refused".
const char* ImageOutcomeName(ImageOutcome outcome);

struct ImageCheckResult {
  ImageOutcome outcome = ImageOutcome::kRefused;
  // Why it was refused. With the other outcomes: OK, or why the hashes could not be kept in the
  // vault (disk full, kMaxKeptImageHashes), so that a later record will not be reported for it.
  absl::Status status;
  std::optional<ImageHash> hash;  // of the picture as it is; empty where refused
  // Of quality below 50: pictures without much on them are alike, so a match says little. For
  // people; empty otherwise.
  std::string warning;
  // Two experts have marked this picture as meaning nothing: it matches no record.
  bool harmless = false;
  // Pictures of records that would match and are set aside (ImageQuarantine).
  uint32_t set_aside = 0;
  // One a record, the newest first; Match::image says which of its pictures is nearest, and how
  // near.
  std::vector<Match> matches;
};

// Hashes that a vault keeps of checked pictures, at most; about 160 bytes of memory each, eight for
// a picture that was checked with its variants.
inline constexpr uint64_t kMaxKeptImageHashes = 10'000'000;

}  // namespace vervet

#endif  // VERVET_IMAGE_CHECK_H_
