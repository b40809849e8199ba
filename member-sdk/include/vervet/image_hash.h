// What a picture becomes before it can be compared: the 256 bits of PDQ, and how far to trust them.
//
// Two pictures whose hashes are at most 31 bits apart are very likely one picture under
// recompression, resizing or a light edit; two that have nothing to do with one another are about
// 128 bits apart (docs/images.md, which also says what a hash gives away about its picture).
#ifndef VERVET_IMAGE_HASH_H_
#define VERVET_IMAGE_HASH_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace vervet {

struct ImageHash {
  static constexpr size_t kSizeBytes = 32;
  static constexpr int kMaxQuality = 100;

  // Big-endian: bytes[0] holds the bits that PDQ numbers 255 to 248 and hex notation writes first.
  std::array<uint8_t, kSizeBytes> bytes = {};
  // 0 to 100: how much structure the picture has. 0: plain, or less than five pixels high or wide;
  // `bytes` then mean nothing. Below 50 pictures that have nothing in common begin to look alike.
  int quality = 0;

  // 64 lower-case hexadecimal digits: the notation of PDQ's own tools.
  std::string Hex() const;
  // Of 64 hexadecimal digits in either case, and a quality from 0 to 100. INVALID_ARGUMENT
  // otherwise.
  static absl::StatusOr<ImageHash> FromHex(std::string_view hex, int quality);

  friend bool operator==(const ImageHash& a, const ImageHash& b) {
    return a.bytes == b.bytes && a.quality == b.quality;
  }
  friend bool operator!=(const ImageHash& a, const ImageHash& b) { return !(a == b); }
};

// How many of the 256 bits differ. Qualities do not count.
int Distance(const ImageHash& a, const ImageHash& b);

enum class ImageKind { kJpeg, kPng, kWebp };

// "JPEG", "PNG", "WebP".
const char* ImageKindName(ImageKind kind);

// By the first bytes alone, never by a file's name. Nothing: of another kind, or too short to say.
std::optional<ImageKind> KindOfImage(std::string_view encoded);

// Defaults of the limits below. The first bounds memory: a progressive JPEG or an interlaced PNG
// takes up to 8 bytes a pixel while it is decoded, a WebP as much and up to 85 MB; other files take
// a few lines.
inline constexpr uint64_t kDefaultMaxImagePixels = 50'000'000;
inline constexpr uint64_t kDefaultMaxEncodedImageBytes = 64 << 20;

struct ImageHashOptions {
  // What a name or a Content-Type promised. A file of another kind is refused; without it the
  // content alone decides.
  std::optional<ImageKind> expected_kind;
  // As seen: JPEG's EXIF orientation is applied before hashing. Without it: as stored.
  bool apply_orientation = true;
  // True: JPEG is decoded to full colour, and the hash is bit for bit that of PDQ's reference for
  // the same decoded pixels. False: only the brightness is decoded, which is faster and moves at
  // most a few bits (docs/images.md, with figures). PNG and WebP: no difference.
  bool exact = false;
  // Both are checked before memory is taken for the pixels.
  uint64_t max_pixels = kDefaultMaxImagePixels;  // width × height, as the header says
  uint64_t max_encoded_bytes = kDefaultMaxEncodedImageBytes;
};

// Of a whole JPEG (grey, colour, CMYK; baseline or progressive), PNG (of every colour type and
// depth) or WebP (lossy or lossless) file in memory, which is only read during the call. Pixels
// that are transparent count as on white ground.
// INVALID_ARGUMENT, with what is wrong and what to do: the bytes are empty, cut short, damaged, of
// another kind, animated, or above a limit. RESOURCE_EXHAUSTED: no memory for the pixels.
// Any number of threads may call it at the same time.
absl::StatusOr<ImageHash> HashImage(std::string_view encoded, const ImageHashOptions& options = {});

// The same picture turned and mirrored. In the order of PDQ's reference.
enum class ImageVariant {
  kUpright,
  kTurnedLeft,  // by 90 degrees, against the clock
  kTurned180,
  kTurnedRight,  // by 90 degrees, with the clock
  kUpsideDown,   // top and bottom exchanged
  kMirrored,     // left and right exchanged
  kTransposed,   // mirrored at the diagonal from top left to bottom right
  kTransversed,  // mirrored at the other diagonal
};
inline constexpr size_t kImageVariants = 8;

// "upright", "turned_left", ...: as in JSON.
const char* ImageVariantName(ImageVariant variant);

// The hashes of all eight, indexed by ImageVariant, for hardly more than the price of one: they
// come from the one transform. The hash of a file that was really turned is within a few bits of
// them, because PDQ samples a little off the centre (docs/images.md). All have the same quality.
// Errors: as HashImage.
absl::StatusOr<std::array<ImageHash, kImageVariants>> HashImageVariants(
    std::string_view encoded, const ImageHashOptions& options = {});

}  // namespace vervet

#endif  // VERVET_IMAGE_HASH_H_
