#include "member-sdk/src/image/decode.h"

#include <limits>
#include <new>

#include "absl/strings/str_cat.h"

namespace vervet::image {

absl::Status CheckSize(ImageKind kind, uint64_t width, uint64_t height,
                       const ImageHashOptions& options) {
  if (width == 0 || height == 0) return Damaged(kind, "it has no pixels");
  // Sides are at most 2^31, so that the product fits.
  if (width * height <= options.max_pixels) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("image: the ", ImageKindName(kind), " has ", width, " x ", height,
                   " pixels, more than the limit of ", options.max_pixels,
                   "; scale it down, or raise max_pixels if you trust where it comes from"));
}

absl::Status CutShort(ImageKind kind) {
  return absl::InvalidArgumentError(
      absl::StrCat("image: the ", ImageKindName(kind),
                   " is cut short; the whole file is needed: fetch or read it again"));
}

absl::Status Damaged(ImageKind kind, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("image: the ", ImageKindName(kind),
                                                 " is damaged: ", what,
                                                 "; fetch it again, or save it anew"));
}

absl::Status Animated(absl::string_view kind) {
  return absl::InvalidArgumentError(
      absl::StrCat("image: the ", kind,
                   " is animated, and the hash of one frame says nothing of the others; take out "
                   "the frames that matter and hash each as a picture of its own"));
}

absl::Status NoMemory(ImageKind kind) {
  return absl::ResourceExhaustedError(
      absl::StrCat("image: no memory to decode the ", ImageKindName(kind),
                   "; lower max_pixels, or hash fewer pictures at a time"));
}

absl::StatusOr<std::unique_ptr<uint8_t[]>> TakePixels(uint64_t size_bytes) {
  std::unique_ptr<uint8_t[]> pixels;
  if (size_bytes <= std::numeric_limits<size_t>::max() / 2) {
    pixels.reset(new (std::nothrow) uint8_t[size_bytes]);
  }
  if (pixels == nullptr) {
    return absl::ResourceExhaustedError(absl::StrCat("image: no memory for ", size_bytes,
                                                     " bytes of pixels; lower max_pixels, or "
                                                     "hash fewer pictures at a time"));
  }
  return pixels;
}

}  // namespace vervet::image
