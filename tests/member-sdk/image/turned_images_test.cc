// EXIF's eight orientations, and the eight variants of one spectrum.
#include <gtest/gtest.h>

#include <string>

#include "tests/member-sdk/image/encoded_images.h"
#include "tests/member-sdk/image/pdq_oracle.h"
#include "vervet/image_hash.h"

namespace vervet {
namespace {

using namespace image_testing;  // NOLINT(build/namespaces)

Picture UpsideDown(const Picture& picture) {
  return Transposed(MirroredLeftRight(Transposed(picture)));
}

// As a viewer shows it (CIPA DC-008, table of tag 0x0112).
Picture Seen(const Picture& stored, int orientation) {
  switch (orientation) {
    case 2:
      return MirroredLeftRight(stored);
    case 3:
      return UpsideDown(MirroredLeftRight(stored));
    case 4:
      return UpsideDown(stored);
    case 5:
      return Transposed(stored);
    case 6:
      return MirroredLeftRight(Transposed(stored));
    case 7:
      return UpsideDown(MirroredLeftRight(Transposed(stored)));
    case 8:
      return UpsideDown(Transposed(stored));
    default:
      return stored;
  }
}

Picture Turned(const Picture& picture, ImageVariant variant) {
  switch (variant) {
    case ImageVariant::kUpright:
      return picture;
    case ImageVariant::kTurnedLeft:
      return UpsideDown(Transposed(picture));
    case ImageVariant::kTurned180:
      return UpsideDown(MirroredLeftRight(picture));
    case ImageVariant::kTurnedRight:
      return MirroredLeftRight(Transposed(picture));
    case ImageVariant::kUpsideDown:
      return UpsideDown(picture);
    case ImageVariant::kMirrored:
      return MirroredLeftRight(picture);
    case ImageVariant::kTransposed:
      return Transposed(picture);
    case ImageVariant::kTransversed:
      return UpsideDown(MirroredLeftRight(Transposed(picture)));
  }
  return picture;
}

TEST(Orientation, IsAppliedToThePixelsBeforeTheyAreHashed) {
  for (const auto& scene : {Scene(300, 200, 3), Scene(700, 260, 4), Scene(48, 90, 5)}) {
    for (int orientation = 0; orientation <= 9; ++orientation) {
      SCOPED_TRACE(orientation);
      const std::string encoded = EncodeJpeg(scene, {.exif_orientation = orientation});
      const Picture stored = DecodeJpegForTest(encoded);
      ImageHashOptions options;
      options.exact = true;
      EXPECT_EQ(*HashImage(encoded, options), PdqOf(Seen(stored, orientation)));
      options.apply_orientation = false;
      EXPECT_EQ(*HashImage(encoded, options), PdqOf(stored));
    }
  }
}

TEST(Orientation, IsUprightWhereExifIsDamaged) {
  const Picture scene = Scene(120, 80, 3);
  const std::string upright = EncodeJpeg(scene);
  const std::string turned = EncodeJpeg(scene, {.exif_orientation = 6});
  const size_t exif = turned.find("Exif");
  ASSERT_NE(exif, std::string::npos);
  // Byte order, the directory's place, its size, the entry's tag, its type.
  for (const size_t at : {6, 7, 10, 13, 14, 16, 19}) {
    SCOPED_TRACE(at);
    std::string spoilt = turned;
    spoilt[exif + at] = static_cast<char>(0x7f);
    EXPECT_TRUE(HashImage(spoilt).ok());
    if (at == 14) continue;  // more entries than there are; the first still says how it was held
    EXPECT_EQ(*HashImage(spoilt), *HashImage(upright));
  }
}

// PDQ takes 64 by 64 pixels as they are, without sampling, so that nothing is lost by turning.
TEST(Variants, OfASmallPictureAreExactlyTheTurnedPictures) {
  for (uint32_t seed = 1; seed <= 10; ++seed) {
    const Picture scene = Scene(64, 64, seed);
    const auto variants = HashImageVariants(EncodePng(scene));
    ASSERT_TRUE(variants.ok());
    for (size_t i = 0; i < kImageVariants; ++i) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", " << i);
      EXPECT_EQ((*variants)[i], PdqOf(Turned(scene, static_cast<ImageVariant>(i))));
    }
  }
}

TEST(Variants, OfALargerPictureAreWithinAFewBitsOfTheTurnedPictures) {
  int largest = 0;
  for (uint32_t seed = 1; seed <= 6; ++seed) {
    const Picture scene = Scene(1024 + seed, 800, seed);
    const auto variants = HashImageVariants(EncodePng(scene));
    ASSERT_TRUE(variants.ok());
    for (size_t i = 0; i < kImageVariants; ++i) {
      const ImageHash turned = PdqOf(Turned(scene, static_cast<ImageVariant>(i)));
      largest = std::max(largest, Distance((*variants)[i], turned));
      if (i == 0) {
        EXPECT_EQ((*variants)[0], turned);
      }
    }
  }
  RecordProperty("largest", largest);
  EXPECT_LE(largest, 24);
}

TEST(Variants, HaveNamesOfTheirOwn) {
  for (size_t i = 0; i < kImageVariants; ++i) {
    for (size_t j = 0; j < i; ++j) {
      EXPECT_STRNE(ImageVariantName(static_cast<ImageVariant>(i)),
                   ImageVariantName(static_cast<ImageVariant>(j)));
    }
  }
}

}  // namespace
}  // namespace vervet
