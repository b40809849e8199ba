// From encoded bytes to a grid of brightness: one function for each kind of file. Each reads the
// header, asks the limits, and only then takes memory for pixels.
//
// The codecs are C libraries that leave through longjmp. Each decoder calls its library from
// functions of its own that hold nothing with a destructor; what has one belongs to their caller.
#ifndef VERVET_MEMBER_SDK_SRC_IMAGE_DECODE_H_
#define VERVET_MEMBER_SDK_SRC_IMAGE_DECODE_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "member-sdk/src/image/luma_grid.h"
#include "vervet/image_hash.h"

namespace vervet::image {

using Bytes = absl::Span<const uint8_t>;

// A progressive JPEG may name each coefficient in a scan of its own, and every scan walks over the
// whole picture. Encoders write about ten.
inline constexpr int kMaxProgressiveScans = 64;
// Of a PNG's chunk beside the pixels: palettes and the like take some hundred bytes.
inline constexpr size_t kMaxPngChunkBytes = 1 << 20;
// Of a PNG's line, of which libpng holds three: the limit of pixels alone would let one be 400 MB.
// The other kinds' sides end at 65,535.
inline constexpr uint64_t kMaxPngWidth = 1'000'000;
// Of a PNG's compressed pixels, behind the last one: an encoder has a checksum there. Where more
// was, a small file could keep the decompressor busy for a minute.
inline constexpr size_t kMaxPngBytesBehindPixels = 1 << 16;

// Of a WebP's sets of prefix codes (webp_codes.h), 20 kB each. libwebp's encoder writes at most
// 2,600.
inline constexpr uint32_t kMaxWebpCodeSets = 4'096;

absl::StatusOr<LumaGrid> DecodeJpeg(Bytes encoded, const ImageHashOptions& options);
absl::StatusOr<LumaGrid> DecodePng(Bytes encoded, const ImageHashOptions& options);
absl::StatusOr<LumaGrid> DecodeWebp(Bytes encoded, const ImageHashOptions& options);

// The refusals that all three share.
absl::Status CheckSize(ImageKind kind, uint64_t width, uint64_t height,
                       const ImageHashOptions& options);
absl::Status CutShort(ImageKind kind);
absl::Status Damaged(ImageKind kind, absl::string_view what);
absl::Status Animated(absl::string_view kind);
absl::Status NoMemory(ImageKind kind);

// Not initialised. RESOURCE_EXHAUSTED where there is no memory for them.
absl::StatusOr<std::unique_ptr<uint8_t[]>> TakePixels(uint64_t size_bytes);

}  // namespace vervet::image

#endif  // VERVET_MEMBER_SDK_SRC_IMAGE_DECODE_H_
