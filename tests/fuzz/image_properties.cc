#include "tests/fuzz/image_properties.h"

#include "member-sdk/src/image/decode.h"
#include "tests/fuzz/check.h"

namespace vervet::fuzz {
namespace {

constexpr uint64_t kMaxPixels = 1'024;  // small, so that many are tried

void CheckImageRefusal(const absl::Status& status) {
  CheckRefusal(status, {absl::StatusCode::kInvalidArgument, absl::StatusCode::kResourceExhausted});
}

// The decoder of one kind, whatever the first bytes look like.
void CheckDecoder(const std::string& encoded, ImageKind kind, const ImageHashOptions& options) {
  const image::Bytes bytes(reinterpret_cast<const uint8_t*>(encoded.data()), encoded.size());
  const auto grid = kind == ImageKind::kJpeg  ? image::DecodeJpeg(bytes, options)
                    : kind == ImageKind::kPng ? image::DecodePng(bytes, options)
                                              : image::DecodeWebp(bytes, options);
  if (!grid.ok()) {
    CheckImageRefusal(grid.status());
    return;
  }
  const size_t pixels = grid->width() * grid->height();
  const size_t largest = image::LumaGrid::kMaxSide * image::LumaGrid::kMaxSide;
  VERVET_FUZZ_CHECK(pixels > 0 && (pixels <= kMaxPixels || pixels == largest),
                    "the limit of pixels holds");
  for (size_t y = 0; y < grid->height(); ++y) {
    for (size_t x = 0; x < grid->width(); ++x) {
      VERVET_FUZZ_CHECK(grid->At(x, y) >= 0 && grid->At(x, y) < 255.01f, "brightness is a byte's");
    }
  }
}

void CheckHash(const std::string& encoded, const ImageHashOptions& options) {
  const auto hashes = HashImageVariants(encoded, options);
  if (!hashes.ok()) {
    CheckImageRefusal(hashes.status());
    return;
  }
  VERVET_FUZZ_CHECK(KindOfImage(encoded).has_value(), "what has a hash has a kind");
  for (const ImageHash& hash : *hashes) {
    VERVET_FUZZ_CHECK(hash.quality >= 0 && hash.quality <= ImageHash::kMaxQuality,
                      "a quality is 0 to 100");
    const auto again = ImageHash::FromHex(hash.Hex(), hash.quality);
    VERVET_FUZZ_CHECK(again.ok() && *again == hash, "a hash reads back");
  }
  const auto upright = HashImage(encoded, options);
  VERVET_FUZZ_CHECK(upright.ok() && *upright == hashes->front(),
                    "the same picture has the same hash, and upright comes first");
}

}  // namespace

std::string SpoiltPicture(Input* in, const std::vector<std::string>& made) {
  if (in->Below(8) == 7) return in->Rest();
  std::string picture = in->Pick(made);
  while (!in->empty() && !picture.empty()) {
    const uint8_t how = in->Byte();
    const size_t at = static_cast<size_t>(in->Number(2)) % picture.size();
    switch (how % 5) {
      case 0:
        picture[at] = static_cast<char>(in->Byte());
        break;
      case 1:
        picture[at] = static_cast<char>(picture[at] ^ (1 << (how / 5 % 8)));
        break;
      case 2:
        picture.erase(at, 1 + how / 5);
        break;
      case 3:
        picture.insert(at, in->Bytes(1 + how / 5));
        break;
      default:
        picture.resize(at);
        break;
    }
  }
  return picture;
}

void CheckHashing(const std::string& encoded, ImageKind kind) {
  ImageHashOptions options;
  options.max_pixels = kMaxPixels;
  options.max_encoded_bytes = 1 << 16;
  // From the bytes themselves, so that a finding is a file.
  const uint8_t choice =
      encoded.empty() ? 0
                      : static_cast<uint8_t>(encoded.back()) ^ static_cast<uint8_t>(encoded.size());
  options.exact = (choice & 1) != 0;
  options.apply_orientation = (choice & 2) != 0;
  CheckDecoder(encoded, kind, options);
  if ((choice & 0x0c) == 0) CheckHash(encoded, options);  // of one in four
}

}  // namespace vervet::fuzz
