// What cannot be hashed is refused, each with one clear reason.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/member-sdk/image/bombs.h"
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

// The first bytes of one kind before the file of another.
TEST(RefusedImage, ThatIsTwoKindsAtOnce) {
  const std::string jpeg = EncodeJpeg(Scene(40, 30)), png = EncodePng(Scene(40, 30)),
                    webp = EncodeLosslessWebp(Scene(40, 30));
  const std::string png_signature = png.substr(0, 8), webp_signature = webp.substr(0, 12);
  for (const std::string& other : {jpeg, webp}) {
    EXPECT_THAT(Refusal(png_signature + other),
                AnyOf(HasSubstr("the PNG is damaged"), HasSubstr("the PNG is cut short")));
  }
  for (const std::string& other : {jpeg, png}) {
    EXPECT_THAT(Refusal(webp_signature + other),
                AnyOf(HasSubstr("the WebP is damaged"), HasSubstr("the WebP is cut short")));
  }
  for (const std::string& other : {png, webp}) {
    EXPECT_THAT(Refusal(jpeg.substr(0, 3) + other),
                AnyOf(HasSubstr("the JPEG is damaged"), HasSubstr("the JPEG is cut short")));
  }
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

// libjpeg warns of more than is wrong: what leaves every pixel in place is no reason to refuse.
TEST(RefusedImage, IsNoneWithAnOddityThatLeavesEveryPixelInPlace) {
  const Picture scene = Scene(60, 40);
  const std::string jpeg = EncodeJpeg(scene);
  const auto hash = HashImage(jpeg);
  ASSERT_TRUE(hash.ok());
  std::string padded = jpeg;
  padded.insert(padded.find("\xff\xdb"), "padding");  // before the quantisation tables
  EXPECT_EQ(HashImage(padded), hash);
  std::string filled = jpeg;
  filled.insert(filled.find("\xff\xdb"), "\xff\xff\xff");
  EXPECT_EQ(HashImage(filled), hash);
  std::string newer = jpeg;
  newer[newer.find("JFIF") + 5] = 9;  // the major version
  EXPECT_EQ(HashImage(newer), hash);
  std::string transformed =
      EncodeJpeg(WithOpacity(scene, 255), {.colours = JpegSettings::Colours::kYcck});
  const auto ink = HashImage(transformed);
  transformed[transformed.find("Adobe") + 11] = 7;  // a transform that there is not: as YCCK
  EXPECT_EQ(HashImage(transformed), ink);
  EXPECT_EQ(HashImage(jpeg + "what a camera appends"), hash);
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

// A few hundred bytes that ask for gigabytes, which image_heap_test.cc shows are not taken.
TEST(RefusedImage, Bomb) {
  const std::string png = EncodePng(Scene(50, 40), {.interlaced = true});
  EXPECT_THAT(Refusal(PngOfSize(png, 0x7fffffff, 0x7fffffff)), HasSubstr("more than the limit of"));
  EXPECT_THAT(Refusal(PngOfSize(png, 60'000, 60'000)), HasSubstr("60000 x 60000 pixels"));
  const std::string jpeg = EncodeJpeg(Scene(50, 40), {.progressive = true});
  EXPECT_THAT(Refusal(JpegOfSize(jpeg, 65'500, 65'500)), HasSubstr("65500 x 65500 pixels"));
  const Picture scene = Scene(50, 40);
  EXPECT_THAT(Refusal(LosslessWebpOfSize(EncodeLosslessWebp(scene), 16'383, 16'000)),
              HasSubstr("16383 x 16000 pixels"));
  EXPECT_THAT(Refusal(LossyWebpOfSize(EncodeWebp(scene, 70), 16'000, 16'383)),
              HasSubstr("16000 x 16383 pixels"));
}

TEST(RefusedImage, WiderThanALineMayBe) {
  const std::string widest = EncodePng(Grey(Plain(1'000'000, 1, 9)));
  EXPECT_TRUE(HashImage(widest).ok());
  EXPECT_THAT(Refusal(PngOfSize(widest, 1'000'001, 1)),
              HasSubstr("1000001 pixels wide, more than the limit of 1000000"));
  EXPECT_TRUE(HashImage(EncodePng(Grey(Plain(1, 1'000'001, 9)))).ok()) << "its lines are short";
}

// It would be decompressed to its end to no purpose: 64 MiB of it, to 66 GB.
TEST(RefusedImage, WithABombBehindItsPixels) {
  EXPECT_TRUE(HashImage(PngWithZerosBehind(40, 30, 0)).ok());
  EXPECT_TRUE(HashImage(PngWithZerosBehind(40, 30, 10'000)).ok()) << "as libpng has it";
  const std::string words = "the PNG is damaged: there is more data in it than its pixels need";
  EXPECT_THAT(Refusal(PngWithZerosBehind(40, 30, 100'000'000)), HasSubstr(words));
  for (const bool interlaced : {false, true}) {
    const std::string png = EncodePng(Scene(40, 30), {.interlaced = interlaced});
    EXPECT_TRUE(HashImage(PngWithOneMoreChunk(png, 50'000)).ok());
    EXPECT_THAT(Refusal(PngWithOneMoreChunk(png, 70'000)), HasSubstr(words));
  }
  // Of small ones some passes are empty: the last line is known all the same.
  for (size_t width = 1; width <= 9; ++width) {
    for (size_t height = 1; height <= 9; ++height) {
      SCOPED_TRACE(testing::Message() << width << " x " << height);
      const std::string png = EncodePng(Scene(width, height), {.interlaced = true});
      EXPECT_THAT(Refusal(PngWithOneMoreChunk(png, 70'000)), HasSubstr(words));
    }
  }
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

TEST(RefusedImage, WithMoreSetsOfCodesThanAnEncoderWrites) {
  EXPECT_TRUE(HashImage(WebpWithCodeSets(64, 64, 256)).ok());
  EXPECT_TRUE(HashImage(TransparentWebpWithCodeSets(64, 64, 256)).ok());
  EXPECT_TRUE(HashImage(WebpWithCodeSets(256, 256, 4'096)).ok());
  EXPECT_TRUE(HashImage(TransparentWebpWithCodeSets(256, 256, 4'096)).ok());
  EXPECT_THAT(Refusal(WebpWithCodeSets(256, 260, 4'097)),
              HasSubstr("the WebP has more than 4096 sets of prefix codes"));
  EXPECT_THAT(Refusal(TransparentWebpWithCodeSets(260, 256, 4'097)), HasSubstr("4096 sets"));
}

TEST(RefusedImage, Animated) {
  EXPECT_THAT(Refusal(EncodePng(Scene(50, 40), {.animation_frames = 2})),
              HasSubstr("the PNG is animated"));
  EXPECT_THAT(Refusal(ExtendedWebp(0x02, 50, 40)), HasSubstr("the WebP is animated"));
}

}  // namespace
}  // namespace vervet
