// What cannot be hashed is refused, each with one clear reason.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "tests/member-sdk/image/encoded_images.h"
#include "vervet/image_hash.h"

namespace vervet {
namespace {

using namespace image_testing;  // NOLINT(build/namespaces)
using ::testing::AnyOf;
using ::testing::HasSubstr;

std::string Refusal(const std::string& encoded, const ImageHashOptions& options = {}) {
  const auto hash = HashImage(encoded, options);
  EXPECT_EQ(hash.status().code(), absl::StatusCode::kInvalidArgument) << hash.status();
  EXPECT_EQ(HashImageVariants(encoded, options).status(), hash.status());
  return std::string(hash.status().message());
}

// With the checksum made right.
std::string PngOfSize(std::string png, uint32_t width, uint32_t height) {
  for (size_t i = 0; i < 4; ++i) {
    png[16 + i] = static_cast<char>(width >> (24 - 8 * i));
    png[20 + i] = static_cast<char>(height >> (24 - 8 * i));
  }
  const auto sum =
      static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(png.data()) + 12, 17));
  for (size_t i = 0; i < 4; ++i) png[29 + i] = static_cast<char>(sum >> (24 - 8 * i));
  return png;
}

std::string JpegOfSize(std::string jpeg, uint16_t width, uint16_t height) {
  for (size_t at = 2; at + 9 < jpeg.size();) {
    const auto marker = static_cast<uint8_t>(jpeg[at + 1]);
    if (marker == 0xC0 || marker == 0xC2) {
      jpeg[at + 5] = static_cast<char>(height >> 8);
      jpeg[at + 6] = static_cast<char>(height);
      jpeg[at + 7] = static_cast<char>(width >> 8);
      jpeg[at + 8] = static_cast<char>(width);
      return jpeg;
    }
    at += 2 + static_cast<uint8_t>(jpeg[at + 2]) * 256u + static_cast<uint8_t>(jpeg[at + 3]);
  }
  ADD_FAILURE() << "no frame header";
  return jpeg;
}

// Of a lossless one (RFC 9649, section 3.4): 14 bits each behind the signature.
std::string WebpOfSize(std::string webp, uint32_t width, uint32_t height) {
  const size_t at = webp.find("VP8L") + 9;
  const uint32_t sides = (width - 1) | (height - 1) << 14;
  webp[at] = static_cast<char>(sides);
  webp[at + 1] = static_cast<char>(sides >> 8);
  webp[at + 2] = static_cast<char>(sides >> 16);
  webp[at + 3] = static_cast<char>((webp[at + 3] & 0xf0) | static_cast<char>(sides >> 24));
  return webp;
}

// A container with an extended header alone (RFC 9649, section 2.7).
std::string ExtendedWebp(uint8_t flags, uint32_t width, uint32_t height) {
  std::string webp("RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0", 20);
  webp += static_cast<char>(flags);
  webp += std::string(3, '\0');
  for (const uint32_t side : {width - 1, height - 1}) {
    for (int i = 0; i < 3; ++i) webp += static_cast<char>(side >> (8 * i));
  }
  return webp;
}

TEST(RefusedImage, Empty) { EXPECT_THAT(Refusal(""), HasSubstr("image: empty")); }

TEST(RefusedImage, OfAnotherKind) {
  EXPECT_THAT(Refusal("GIF89a...."), HasSubstr("a GIF, a kind of file that cannot be hashed"));
  EXPECT_THAT(Refusal("BM......"), HasSubstr("a BMP"));
  EXPECT_THAT(Refusal(std::string("\0\0\0\x1c"
                                  "ftypheic",
                                  12)),
              HasSubstr("an HEIC"));
  EXPECT_THAT(Refusal("%PDF-1.7"), HasSubstr("a PDF"));
  EXPECT_THAT(Refusal("a letter"), HasSubstr("neither a JPEG nor a PNG nor a WebP"));
  EXPECT_THAT(Refusal("\xff"), HasSubstr("give a JPEG, PNG or WebP file"));
  EXPECT_THAT(Refusal("RIFF....WAVE"), HasSubstr("neither"));
}

TEST(RefusedImage, OfAnotherKindThanWasPromised) {
  ImageHashOptions options;
  options.expected_kind = ImageKind::kPng;
  const std::string jpeg = EncodeJpeg(Scene(40, 30));
  EXPECT_THAT(Refusal(jpeg, options),
              HasSubstr("by its content a JPEG, though a PNG was expected"));
  EXPECT_THAT(Refusal("GIF89a", options), HasSubstr("(expected: PNG)"));
  options.expected_kind = ImageKind::kJpeg;
  EXPECT_TRUE(HashImage(jpeg, options).ok());
}

TEST(RefusedImage, CutShortAnywhere) {
  const Picture scene = Scene(90, 60, 3);
  for (const std::string& whole :
       {EncodeJpeg(scene), EncodeJpeg(scene, {.progressive = true}),
        EncodeJpeg(scene, {.restart_lines = 1}), EncodeJpeg(Grey(scene), {.exif_orientation = 6}),
        EncodePng(scene), EncodePng(scene, {.interlaced = true}), EncodeWebp(scene, 70),
        EncodeWebp(WithOpacity(scene, 99), 70), EncodeLosslessWebp(scene)}) {
    ASSERT_TRUE(HashImage(whole).ok());
    for (size_t size = 1; size < whole.size(); ++size) {
      const auto hash = HashImage(whole.substr(0, size));
      ASSERT_EQ(hash.status().code(), absl::StatusCode::kInvalidArgument)
          << ImageKindName(*KindOfImage(whole)) << " of " << whole.size() << " bytes, cut to "
          << size << ": " << hash.status();
      ASSERT_THAT(std::string(hash.status().message()),
                  AnyOf(HasSubstr("cut short"), HasSubstr("damaged")));
    }
    EXPECT_THAT(Refusal(whole.substr(0, whole.size() * 2 / 3)), HasSubstr("cut short"));
  }
}

TEST(RefusedImage, WithADamagedByteInItsPixels) {
  const std::string png = EncodePng(Scene(60, 40));
  const size_t pixels = png.find("IDAT") + 4;
  for (size_t at = pixels; at < png.size() - 16; at += 7) {
    std::string spoilt = png;
    spoilt[at] = static_cast<char>(spoilt[at] ^ 0x10);
    EXPECT_THAT(Refusal(spoilt), HasSubstr("the PNG is damaged: libpng says: "));
  }
  std::string jpeg = EncodeJpeg(Scene(60, 40));
  jpeg.replace(jpeg.size() - 40, 30, 30, '\xff');
  EXPECT_THAT(Refusal(jpeg), AnyOf(HasSubstr("damaged"), HasSubstr("cut short")));
  std::string webp = EncodeLosslessWebp(Scene(60, 40));
  webp[21] = static_cast<char>(webp[21] ^ 0xff);
  EXPECT_FALSE(HashImage(webp).ok());
}

TEST(RefusedImage, LargerThanTheLimitOfPixels) {
  const Picture scene = Scene(50, 40);
  const std::string png = EncodePng(scene);
  ImageHashOptions options;
  options.max_pixels = 50 * 40;
  for (const std::string& encoded : {png, EncodeJpeg(scene), EncodeWebp(scene, 70)}) {
    EXPECT_TRUE(HashImage(encoded, options).ok());
  }
  options.max_pixels = 50 * 40 - 1;
  for (const std::string& encoded : {png, EncodeJpeg(scene), EncodeWebp(scene, 70)}) {
    EXPECT_THAT(Refusal(encoded, options),
                HasSubstr("50 x 40 pixels, more than the limit of 1999"));
  }
}

// A few hundred bytes that ask for gigabytes. They are refused by their headers: what follows is
// not even there.
TEST(RefusedImage, Bomb) {
  const std::string png = EncodePng(Scene(50, 40), {.interlaced = true});
  EXPECT_THAT(Refusal(PngOfSize(png, 0x7fffffff, 0x7fffffff)), HasSubstr("more than the limit of"));
  EXPECT_THAT(Refusal(PngOfSize(png, 60'000, 60'000)), HasSubstr("60000 x 60000 pixels"));
  const std::string jpeg = EncodeJpeg(Scene(50, 40), {.progressive = true});
  EXPECT_THAT(Refusal(JpegOfSize(jpeg, 65'500, 65'500)), HasSubstr("65500 x 65500 pixels"));
  EXPECT_THAT(Refusal(WebpOfSize(EncodeLosslessWebp(Scene(50, 40)), 16'383, 16'000)),
              HasSubstr("16383 x 16000 pixels"));
}

TEST(RefusedImage, WithMoreBytesThanTheLimit) {
  const std::string png = EncodePng(Scene(50, 40));
  ImageHashOptions options;
  options.max_encoded_bytes = png.size();
  EXPECT_TRUE(HashImage(png, options).ok());
  --options.max_encoded_bytes;
  EXPECT_THAT(Refusal(png, options), HasSubstr("raise max_encoded_bytes"));
}

TEST(RefusedImage, WithMoreScansThanAnEncoderWrites) {
  const Picture grey = Grey(Scene(64, 48));
  EXPECT_TRUE(HashImage(EncodeJpeg(grey, {.scans = 64})).ok());
  EXPECT_THAT(Refusal(EncodeJpeg(grey, {.scans = 65})), HasSubstr("more than 64 scans"));
  EXPECT_THAT(Refusal(EncodeJpeg(grey, {.scans = 127})), HasSubstr("more than 64 scans"));
}

TEST(RefusedImage, Animated) {
  EXPECT_THAT(Refusal(EncodePng(Scene(50, 40), {.animation_frames = 2})),
              HasSubstr("the PNG is animated"));
  EXPECT_THAT(Refusal(ExtendedWebp(0x02, 50, 40)), HasSubstr("the WebP is animated"));
}

}  // namespace
}  // namespace vervet
