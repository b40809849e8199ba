#include "vervet/image_hash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/member-sdk/image/encoded_images.h"
#include "tests/member-sdk/image/pdq_oracle.h"

namespace vervet {
namespace {

using namespace image_testing;  // NOLINT(build/namespaces)
using ::testing::HasSubstr;
using Colours = JpegSettings::Colours;

constexpr size_t kSides[][2] = {{5, 5},     {16, 16},   {17, 64},  {63, 65},   {64, 64},
                                {65, 127},  {128, 129}, {255, 40}, {300, 200}, {384, 511},
                                {512, 512}, {513, 512}, {700, 30}, {1000, 700}};

ImageHash HashOf(const std::string& encoded, bool exact = false) {
  ImageHashOptions options;
  options.exact = exact;
  const auto hash = HashImage(encoded, options);
  EXPECT_TRUE(hash.ok()) << hash.status();
  return hash.ok() ? *hash : ImageHash();
}

TEST(ImageHash, OfPicturesByFormulaIsTheKnownOne) {
  struct Golden {
    size_t width, height;
    uint32_t seed;
    const char* hex;
    int quality;
  };
  constexpr Golden kGolden[] = {
      {64, 64, 1, "97f910bc721ef24d733e27366326d07312f300f4140bc907f3cc9efc0cf2cec4", 100},
      {300, 200, 2, "ba00e5240df820ffac07d0b7c223dfd11bf8fe84af3e20976e38bfa8d082d643", 100},
      {512, 512, 3, "9c18fe6d64ecb2329193a5b704e92c6c69353bb6952ac8d54bc970293376ef82", 100},
      {1000, 700, 4, "731cd0ab9c4f5ceec6758f07f1ea27493f14d2b1958afc1642e16e65460e42e4", 100},
      {40, 600, 5, "3227ba5b4ba4d42ae6db542495fcdacd0e1fa3f022936cbae9641f0be4dc4107", 100},
  };
  for (const Golden& golden : kGolden) {
    SCOPED_TRACE(golden.width);
    const ImageHash hash = HashOf(EncodePng(Scene(golden.width, golden.height, golden.seed)));
    EXPECT_EQ(hash.Hex(), golden.hex);
    EXPECT_EQ(hash.quality, golden.quality);
  }
}

TEST(ImageHash, IsBitForBitWhatTheDescriptionSays) {
  for (const auto& sides : kSides) {
    for (uint32_t seed = 1; seed <= 3; ++seed) {
      SCOPED_TRACE(testing::Message() << sides[0] << " x " << sides[1] << ", seed " << seed);
      const Picture scene = Scene(sides[0], sides[1], seed, seed == 3 ? 60 : 0);
      EXPECT_EQ(HashOf(EncodePng(scene)), PdqOf(scene));
      EXPECT_EQ(HashOf(EncodePng(Grey(scene))), PdqOf(Grey(scene)));
    }
  }
}

TEST(ImageHash, OfAnExactJpegIsThatOfItsPixels) {
  const Picture scene = Scene(600, 410, 7, 20);
  for (const std::string& encoded :
       {EncodeJpeg(scene), EncodeJpeg(scene, {.quality = 40, .progressive = true}),
        EncodeJpeg(scene, {.full_colour = true, .restart_lines = 1}),
        EncodeJpeg(scene, {.colours = Colours::kRgb}), EncodeJpeg(Grey(scene))}) {
    EXPECT_EQ(HashOf(encoded, true), PdqOf(DecodeJpegForTest(encoded)));
  }
}

TEST(ImageHash, OfAQuickJpegIsAtMostTenBitsAwayAndTwoInTheMedian) {
  std::vector<int> distances;
  for (uint32_t seed = 1; seed <= 12; ++seed) {
    for (const int grain : {0, 20, 90}) {
      const size_t side = 300 + 97 * seed;
      const Picture scene = Scene(side, side * 3 / 4, seed, grain);
      for (const int quality : {40, 75, 92}) {
        const std::string encoded = EncodeJpeg(scene, {.quality = quality});
        const ImageHash exact = HashOf(encoded, true);
        if (exact.quality >= 80) distances.push_back(Distance(exact, HashOf(encoded)));
      }
    }
  }
  ASSERT_GE(distances.size(), 60u);
  std::sort(distances.begin(), distances.end());
  RecordProperty("median", distances[distances.size() / 2]);
  RecordProperty("largest", distances.back());
  EXPECT_LE(distances[distances.size() / 2], 2);
  EXPECT_LE(distances.back(), 10);
}

TEST(ImageHash, StaysCloseUnderRecompressionAndResizing) {
  const ImageHash original = HashOf(EncodePng(Scene(1200, 900, 5)));
  EXPECT_LE(Distance(original, HashOf(EncodeJpeg(Scene(1200, 900, 5), {.quality = 30}))), 20);
  EXPECT_LE(Distance(original, HashOf(EncodeJpeg(Scene(400, 300, 5)))), 20);
  EXPECT_LE(Distance(original, HashOf(EncodeWebp(Scene(800, 600, 5), 50))), 20);
  EXPECT_GE(Distance(original, HashOf(EncodePng(Scene(1200, 900, 6)))), 60);
}

TEST(ImageHash, DoesNotDependOnHowAPngIsStored) {
  const Picture scene = Scene(150, 90, 2);
  const Picture grey = Grey(scene);
  const ImageHash colour = HashOf(EncodePng(scene));
  EXPECT_EQ(HashOf(EncodePng(scene, {.interlaced = true})), colour);
  EXPECT_EQ(HashOf(EncodePng(scene, {.bits = 16})), colour);
  EXPECT_EQ(HashOf(EncodePng(scene, {.bits = 16, .interlaced = true})), colour);
  EXPECT_EQ(HashOf(EncodePng(WithOpacity(scene, 255))), colour);
  EXPECT_EQ(HashOf(EncodePng(scene, {.animation_frames = 1})), colour);
  EXPECT_EQ(HashOf(EncodePng(WithOpacity(grey, 255))), HashOf(EncodePng(grey)));
  EXPECT_EQ(HashOf(EncodePng(grey, {.bits = 16})), HashOf(EncodePng(grey)));
  Picture three = scene;
  for (size_t i = 0; i < three.pixels.size(); ++i) three.pixels[i] = grey.pixels[i / 3];
  EXPECT_EQ(HashOf(EncodePng(grey, {.palette = true})), HashOf(EncodePng(three)));
}

Picture WithFirstColourWhite(Picture picture) {
  const std::vector<uint8_t> key(picture.pixels.begin(), picture.pixels.begin() + picture.channels);
  for (size_t at = 0; at < picture.pixels.size(); at += picture.channels) {
    if (!std::equal(key.begin(), key.end(), &picture.pixels[at])) continue;
    std::fill_n(&picture.pixels[at], picture.channels, uint8_t{255});
  }
  return picture;
}

TEST(ImageHash, ReadsPngsOfFewBits) {
  for (const int bits : {1, 2, 4}) {
    SCOPED_TRACE(bits);
    Picture grey = Posterised(Grey(Scene(151, 90, 2)), bits);
    grey.pixels[0] = 0;
    const ImageHash hash = PdqOf(grey);
    EXPECT_EQ(HashOf(EncodePng(grey)), hash);
    EXPECT_EQ(HashOf(EncodePng(grey, {.bits = bits})), hash);
    EXPECT_EQ(HashOf(EncodePng(grey, {.bits = bits, .interlaced = true})), hash);
    const Picture keyed = WithFirstColourWhite(grey);
    ASSERT_NE(keyed.pixels, grey.pixels);
    EXPECT_EQ(HashOf(EncodePng(grey, {.bits = bits, .keyed = true})), HashOf(EncodePng(keyed)));
    // A palette has three colours a place.
    Picture three = Scene(151, 90, 2);
    for (size_t i = 0; i < three.pixels.size(); ++i) three.pixels[i] = grey.pixels[i / 3];
    EXPECT_EQ(HashOf(EncodePng(grey, {.bits = bits, .palette = true})), HashOf(EncodePng(three)));
    EXPECT_EQ(HashOf(EncodePng(grey, {.bits = bits, .palette = true, .keyed = true})),
              HashOf(EncodePng(WithFirstColourWhite(three))));
  }
}

TEST(ImageHash, SeesTheTransparentColourOfAPngAsWhite) {
  const Picture scene = Posterised(Scene(150, 90, 2), 2);
  const Picture keyed = WithFirstColourWhite(scene);
  ASSERT_NE(keyed.pixels, scene.pixels);
  EXPECT_EQ(HashOf(EncodePng(scene, {.keyed = true})), HashOf(EncodePng(keyed)));
  EXPECT_EQ(HashOf(EncodePng(scene, {.bits = 16, .keyed = true})), HashOf(EncodePng(keyed)));
  EXPECT_EQ(HashOf(EncodePng(scene, {.interlaced = true, .keyed = true})),
            HashOf(EncodePng(keyed)));
}

// Of small ones some of the seven passes have no pixel.
TEST(ImageHash, DoesNotDependOnInterlacingHoweverSmallThePng) {
  for (size_t width = 1; width <= 9; ++width) {
    for (size_t height = 1; height <= 9; ++height) {
      SCOPED_TRACE(testing::Message() << width << " x " << height);
      const Picture scene = Scene(width, height, 3);
      EXPECT_EQ(HashOf(EncodePng(scene, {.interlaced = true})), HashOf(EncodePng(scene)));
    }
  }
}

TEST(ImageHash, SeesTransparentPixelsAsWhite) {
  const ImageHash white = HashOf(EncodePng(Plain(80, 80, 255)));
  EXPECT_EQ(HashOf(EncodePng(WithOpacity(Scene(80, 80, 1), 0))), white);
  EXPECT_EQ(HashOf(EncodePng(WithOpacity(Scene(80, 80, 2), 0))), white);
  EXPECT_EQ(HashOf(EncodeLosslessWebp(WithOpacity(Scene(80, 80, 3), 0))), white);
  Picture faded = Scene(80, 80, 4);
  const Picture half = WithOpacity(faded, 100);
  for (uint8_t& value : faded.pixels) {
    value = static_cast<uint8_t>((value * 100 + 255 * 155 + 127) / 255);
  }
  EXPECT_EQ(HashOf(EncodePng(half)), HashOf(EncodePng(faded)));
}

TEST(ImageHash, OfALosslessWebpIsThatOfItsPixels) {
  const Picture scene = Scene(333, 222, 9);
  EXPECT_EQ(HashOf(EncodeLosslessWebp(scene)), PdqOf(scene));
  EXPECT_EQ(HashOf(EncodeLosslessWebp(WithOpacity(scene, 77))),
            HashOf(EncodePng(WithOpacity(scene, 77))));
  EXPECT_LE(Distance(HashOf(EncodeWebp(scene, 80)), PdqOf(scene)), 10);
}

// Without black ink, and with white as 255, cyan, magenta and yellow are red, green and blue.
TEST(ImageHash, OfInkIsThatOfItsColours) {
  const Picture scene = Scene(320, 240, 11);
  const ImageHash colour = HashOf(EncodePng(scene));
  const Picture ink = WithOpacity(scene, 255);
  Picture plain_ink = ink;
  for (uint8_t& value : plain_ink.pixels) value = static_cast<uint8_t>(255 - value);
  for (const bool exact : {false, true}) {
    EXPECT_LE(Distance(HashOf(EncodeJpeg(ink, {.colours = Colours::kCmyk}), exact), colour), 6);
    EXPECT_LE(Distance(HashOf(EncodeJpeg(ink, {.colours = Colours::kYcck}), exact), colour), 6);
    EXPECT_LE(
        Distance(HashOf(EncodeJpeg(plain_ink, {.colours = Colours::kCmyk, .adobe_marker = false}),
                        exact),
                 colour),
        6);
  }
}

TEST(ImageHash, HasQualityZeroWhereThereIsNothingToSee) {
  for (const std::string& black : {EncodePng(Plain(200, 100, 0)), EncodeJpeg(Plain(200, 100, 0)),
                                   EncodeLosslessWebp(Plain(200, 100, 0))}) {
    EXPECT_EQ(HashOf(black), ImageHash());
  }
  EXPECT_EQ(HashOf(EncodePng(Plain(200, 100, 255))).quality, 0);
  for (const auto& sides : {Scene(1, 1), Scene(4, 300), Scene(300, 4), Scene(4, 4)}) {
    EXPECT_EQ(HashOf(EncodePng(sides)), ImageHash());
    EXPECT_EQ(HashOf(EncodeJpeg(sides)), ImageHash());
    EXPECT_EQ(HashOf(EncodeLosslessWebp(sides)), ImageHash());
  }
}

TEST(ImageHash, ReadsItsOwnNotationInEitherCase) {
  const ImageHash hash = HashOf(EncodePng(Scene(100, 100)));
  std::string upper = hash.Hex();
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_EQ(*ImageHash::FromHex(hash.Hex(), hash.quality), hash);
  EXPECT_EQ(*ImageHash::FromHex(upper, hash.quality), hash);
}

TEST(ImageHash, RefusesWhatIsNoHash) {
  const std::string hex(64, 'a');
  EXPECT_THAT(ImageHash::FromHex("", 50).status().message(), HasSubstr("give the 64"));
  EXPECT_FALSE(ImageHash::FromHex(hex + "a", 50).ok());
  EXPECT_THAT(ImageHash::FromHex(hex.substr(1) + "g", 50).status().message(),
              HasSubstr("character 64 is no hexadecimal digit"));
  EXPECT_THAT(ImageHash::FromHex("x" + hex.substr(1), 50).status().message(),
              HasSubstr("character 1 is"));
  EXPECT_FALSE(ImageHash::FromHex(hex, -1).ok());
  EXPECT_FALSE(ImageHash::FromHex(hex, 101).ok());
  EXPECT_TRUE(ImageHash::FromHex(hex, 100).ok());
}

TEST(ImageHash, DistanceCountsDifferentBits) {
  const ImageHash zero;
  ImageHash some;
  some.bytes[0] = 0x81;
  some.bytes[31] = 0x07;
  EXPECT_EQ(Distance(zero, zero), 0);
  EXPECT_EQ(Distance(zero, some), 5);
  ImageHash all;
  all.bytes.fill(0xff);
  EXPECT_EQ(Distance(zero, all), 256);
}

}  // namespace
}  // namespace vervet
