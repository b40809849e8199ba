#include "vervet/image_hash.h"

#include <cstring>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "member-sdk/src/image/decode.h"
#include "member-sdk/src/image/kind.h"
#include "member-sdk/src/image/pdq.h"

namespace vervet {
namespace {

absl::Status CheckKind(image::Bytes bytes, std::optional<ImageKind> kind,
                       const std::optional<ImageKind>& expected) {
  const std::string hoped =
      expected.has_value() ? absl::StrCat(" (expected: ", ImageKindName(*expected), ")") : "";
  if (!kind.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("image: ", image::WhatElse(bytes), hoped, "; give a JPEG, PNG or WebP file"));
  }
  if (expected.has_value() && *expected != *kind) {
    return absl::InvalidArgumentError(absl::StrCat("image: by its content a ", ImageKindName(*kind),
                                                   ", though a ", ImageKindName(*expected),
                                                   " was expected; correct the name or type, or "
                                                   "leave expected_kind out to go by the content"));
  }
  return absl::OkStatus();
}

absl::StatusOr<image::LumaGrid> Decode(ImageKind kind, image::Bytes bytes,
                                       const ImageHashOptions& options) {
  switch (kind) {
    case ImageKind::kJpeg:
      return image::DecodeJpeg(bytes, options);
    case ImageKind::kPng:
      return image::DecodePng(bytes, options);
    case ImageKind::kWebp:
      return image::DecodeWebp(bytes, options);
  }
  return absl::InternalError("image: a kind without a decoder");
}

absl::StatusOr<image::Spectrum> SpectrumOfFile(std::string_view encoded,
                                               const ImageHashOptions& options) {
  const image::Bytes bytes(reinterpret_cast<const uint8_t*>(encoded.data()), encoded.size());
  if (bytes.empty()) {
    return absl::InvalidArgumentError("image: empty; give the bytes of a JPEG, PNG or WebP file");
  }
  if (bytes.size() > options.max_encoded_bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("image: ", bytes.size(), " bytes, more than the limit of ",
                     options.max_encoded_bytes, "; scale it down, or raise max_encoded_bytes"));
  }
  const std::optional<ImageKind> kind = image::KindOf(bytes);
  VERVET_RETURN_IF_ERROR(CheckKind(bytes, kind, options.expected_kind));
  VERVET_ASSIGN_OR_RETURN(const image::LumaGrid grid, Decode(*kind, bytes, options));
  return image::SpectrumOf(grid);
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

absl::StatusOr<ImageHash> HashImage(std::string_view encoded, const ImageHashOptions& options) {
  VERVET_ASSIGN_OR_RETURN(const image::Spectrum spectrum, SpectrumOfFile(encoded, options));
  return image::HashOfSpectrum(spectrum, ImageVariant::kUpright);
}

absl::StatusOr<std::array<ImageHash, kImageVariants>> HashImageVariants(
    std::string_view encoded, const ImageHashOptions& options) {
  VERVET_ASSIGN_OR_RETURN(const image::Spectrum spectrum, SpectrumOfFile(encoded, options));
  std::array<ImageHash, kImageVariants> hashes;
  for (size_t i = 0; i < kImageVariants; ++i) {
    hashes[i] = image::HashOfSpectrum(spectrum, static_cast<ImageVariant>(i));
  }
  return hashes;
}

int Distance(const ImageHash& a, const ImageHash& b) {
  int distance = 0;
  for (size_t i = 0; i < ImageHash::kSizeBytes; i += sizeof(uint64_t)) {
    uint64_t left = 0;
    uint64_t right = 0;
    std::memcpy(&left, a.bytes.data() + i, sizeof(left));
    std::memcpy(&right, b.bytes.data() + i, sizeof(right));
    distance += __builtin_popcountll(left ^ right);
  }
  return distance;
}

std::string ImageHash::Hex() const {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * kSizeBytes);
  for (const uint8_t byte : bytes) {
    hex.push_back(kDigits[byte >> 4]);
    hex.push_back(kDigits[byte & 15]);
  }
  return hex;
}

absl::StatusOr<ImageHash> ImageHash::FromHex(std::string_view hex, int quality) {
  if (quality < 0 || quality > kMaxQuality) {
    return absl::InvalidArgumentError(
        absl::StrCat("image hash: a quality of ", quality, "; give 0 to ", kMaxQuality));
  }
  if (hex.size() != 2 * kSizeBytes) {
    return absl::InvalidArgumentError(absl::StrCat("image hash: ", hex.size(),
                                                   " characters; give the ", 2 * kSizeBytes,
                                                   " hexadecimal digits of a PDQ hash"));
  }
  ImageHash hash;
  hash.quality = quality;
  for (size_t i = 0; i < kSizeBytes; ++i) {
    const int high = HexDigit(hex[2 * i]);
    const int low = HexDigit(hex[2 * i + 1]);
    if (high < 0 || low < 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("image hash: character ", 2 * i + (high < 0 ? 1 : 2),
                       " is no hexadecimal digit; give 64 of 0-9 and a-f"));
    }
    hash.bytes[i] = static_cast<uint8_t>(high * 16 + low);
  }
  return hash;
}

const char* ImageVariantName(ImageVariant variant) {
  switch (variant) {
    case ImageVariant::kUpright:
      return "upright";
    case ImageVariant::kTurnedLeft:
      return "turned_left";
    case ImageVariant::kTurned180:
      return "turned_180";
    case ImageVariant::kTurnedRight:
      return "turned_right";
    case ImageVariant::kUpsideDown:
      return "upside_down";
    case ImageVariant::kMirrored:
      return "mirrored";
    case ImageVariant::kTransposed:
      return "transposed";
    case ImageVariant::kTransversed:
      return "transversed";
  }
  return "unknown";
}

}  // namespace vervet
