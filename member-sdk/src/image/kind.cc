#include "member-sdk/src/image/kind.h"

#include <cstring>

#include "absl/strings/string_view.h"

namespace vervet::image {
namespace {

bool HasAt(Bytes bytes, size_t at, absl::string_view text) {
  return bytes.size() >= at + text.size() &&
         std::memcmp(bytes.data() + at, text.data(), text.size()) == 0;
}

bool IsJpeg(Bytes bytes) { return HasAt(bytes, 0, "\xff\xd8\xff"); }
bool IsPng(Bytes bytes) { return HasAt(bytes, 0, "\x89PNG\r\n\x1a\n"); }
bool IsWebp(Bytes bytes) { return HasAt(bytes, 0, "RIFF") && HasAt(bytes, 8, "WEBP"); }

}  // namespace

std::optional<ImageKind> KindOf(Bytes encoded) {
  if (IsJpeg(encoded)) return ImageKind::kJpeg;
  if (IsPng(encoded)) return ImageKind::kPng;
  if (IsWebp(encoded)) return ImageKind::kWebp;
  return std::nullopt;
}

std::string WhatElse(Bytes encoded) {
  struct Known {
    size_t at;
    absl::string_view signature;
    const char* name;
  };
  static constexpr Known kKnown[] = {
      {0, "GIF8", "a GIF"},
      {0, "BM", "a BMP"},
      {0, absl::string_view("II*\0", 4), "a TIFF or raw photograph"},
      {0, absl::string_view("MM\0*", 4), "a TIFF or raw photograph"},
      {4, "ftypavif", "an AVIF"},
      {4, "ftypheic", "an HEIC"},
      {4, "ftypmif1", "an HEIF"},
      {4, "ftyp", "a video"},
      {0, "%PDF", "a PDF"},
      {0, "<?xml", "a text"},
      {0, "<svg", "an SVG"},
      {0, "<!DOCTYPE", "a web page"},
      {0, "<html", "a web page"},
      {0, "PK\x03\x04", "a ZIP archive or office document"},
  };
  for (const Known& known : kKnown) {
    if (HasAt(encoded, known.at, known.signature)) {
      return std::string(known.name) + ", a kind of file that cannot be hashed";
    }
  }
  return "neither a JPEG nor a PNG nor a WebP, or cut short before that shows";
}

}  // namespace vervet::image

namespace vervet {

std::optional<ImageKind> KindOfImage(std::string_view encoded) {
  return image::KindOf({reinterpret_cast<const uint8_t*>(encoded.data()), encoded.size()});
}

const char* ImageKindName(ImageKind kind) {
  switch (kind) {
    case ImageKind::kJpeg:
      return "JPEG";
    case ImageKind::kPng:
      return "PNG";
    case ImageKind::kWebp:
      return "WebP";
  }
  return "image";
}

}  // namespace vervet
