#include <webp/decode.h>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "member-sdk/src/image/decode.h"
#include "member-sdk/src/image/webp_codes.h"

namespace vervet::image {
namespace {

absl::Status Refusal(VP8StatusCode code) {
  switch (code) {
    case VP8_STATUS_OK:
      return absl::OkStatus();
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
      return CutShort(ImageKind::kWebp);
    case VP8_STATUS_OUT_OF_MEMORY:
      return NoMemory(ImageKind::kWebp);
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      return Damaged(ImageKind::kWebp, "it uses a feature that libwebp does not know");
    default:
      return Damaged(ImageKind::kWebp, "libwebp cannot decode it");
  }
}

}  // namespace

absl::StatusOr<LumaGrid> DecodeWebp(Bytes encoded, const ImageHashOptions& options) {
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) return Damaged(ImageKind::kWebp, "libwebp is another one");
  VERVET_RETURN_IF_ERROR(Refusal(WebPGetFeatures(encoded.data(), encoded.size(), &config.input)));
  if (config.input.has_animation) return Animated("WebP");
  const Size size = {static_cast<size_t>(config.input.width),
                     static_cast<size_t>(config.input.height)};
  VERVET_RETURN_IF_ERROR(CheckSize(ImageKind::kWebp, size.width, size.height, options));
  if (PrefixCodeSets(encoded, size).value_or(0) > kMaxWebpCodeSets) {
    return absl::InvalidArgumentError(
        absl::StrCat("image: the WebP has more than ", kMaxWebpCodeSets,
                     " sets of prefix codes, which no ordinary encoder writes; save it anew"));
  }
  const PixelFormat format = config.input.has_alpha ? PixelFormat::kRgba : PixelFormat::kRgb;
  const size_t line_bytes = size.width * BytesPerPixel(format);
  VERVET_ASSIGN_OR_RETURN(const auto pixels, TakePixels(line_bytes * size.height));
  config.output.colorspace = config.input.has_alpha ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = pixels.get();
  config.output.u.RGBA.stride = static_cast<int>(line_bytes);
  config.output.u.RGBA.size = line_bytes * size.height;
  VERVET_RETURN_IF_ERROR(Refusal(WebPDecode(encoded.data(), encoded.size(), &config)));
  LumaGrid grid(size, size, Orientation());
  for (size_t y = 0; y < size.height; ++y) {
    grid.AddLine(y, pixels.get() + y * line_bytes, format);
  }
  return grid;
}

}  // namespace vervet::image
