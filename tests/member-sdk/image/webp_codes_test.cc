// The number of a WebP's prefix code sets, of files that libwebp has written.
#include "member-sdk/src/image/webp_codes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/member-sdk/image/bombs.h"
#include "tests/member-sdk/image/encoded_images.h"

namespace vervet::image {
namespace {

using namespace image_testing;  // NOLINT(build/namespaces)

std::optional<uint32_t> SetsOf(const std::string& webp, const Picture& picture) {
  const auto* const bytes = reinterpret_cast<const uint8_t*>(webp.data());
  return PrefixCodeSets({bytes, webp.size()}, {picture.width, picture.height});
}

// With and without predictors, palettes of every depth, a cache of colours, copies.
std::vector<Picture> Pictures() {
  std::vector<Picture> pictures = {Scene(1, 1),           Scene(3, 200),     Scene(700, 500, 2),
                                   Scene(320, 240, 3, 5), Plain(200, 90, 7), Scene(900, 700, 4)};
  for (const int bits : {1, 2, 3, 5, 6}) {
    pictures.push_back(Posterised(Scene(300, 220, 5), bits));
    Picture grey = pictures.back();
    for (size_t i = 0; i < grey.pixels.size(); ++i) grey.pixels[i] = grey.pixels[i / 3 * 3];
    pictures.push_back(grey);
  }
  // Halves that are nothing like one another.
  Picture half = Scene(500, 400, 6, 90);
  std::fill(half.pixels.begin(), half.pixels.begin() + half.pixels.size() / 2, uint8_t{31});
  pictures.push_back(half);
  return pictures;
}

TEST(PrefixCodeSets, AreCountedInWhatAnEncoderWrites) {
  uint32_t most = 0;
  for (const Picture& picture : Pictures()) {
    SCOPED_TRACE(testing::Message() << picture.width << " x " << picture.height);
    const auto sets = SetsOf(EncodeLosslessWebp(picture), picture);
    ASSERT_TRUE(sets.has_value());
    EXPECT_LE(*sets, 2'600u);
    most = std::max(most, *sets);
    Picture clear = WithOpacity(picture, 255);
    for (size_t i = 3; i < clear.pixels.size(); i += 4) clear.pixels[i] = clear.pixels[i - 1];
    if (picture.width < 2) continue;  // its transparency is stored as it is
    EXPECT_TRUE(SetsOf(EncodeLosslessWebp(clear), picture).has_value());
    EXPECT_TRUE(SetsOf(EncodeWebp(clear, 60), picture).has_value());
  }
  EXPECT_GT(most, 1u);
}

TEST(PrefixCodeSets, AreAsManyAsWereMade) {
  const Picture size = Plain(256, 256, 0);
  for (const uint32_t sets : {1u, 2u, 255u, 256u, 257u, 4'096u}) {
    EXPECT_EQ(SetsOf(WebpWithCodeSets(256, 256, sets), size), sets);
    EXPECT_EQ(SetsOf(TransparentWebpWithCodeSets(256, 256, sets), size), sets);
  }
}

TEST(PrefixCodeSets, AreUnknownWhereTheyAreNotReached) {
  const Picture picture = Scene(300, 200, 2);
  EXPECT_EQ(SetsOf("", picture), std::nullopt);
  EXPECT_EQ(SetsOf(EncodeWebp(picture, 70), picture), std::nullopt) << "nothing lossless in it";
  const std::string webp = WebpWithCodeSets(256, 256, 4'096);
  for (size_t size = 0; size < 8'000; size += 7) {
    EXPECT_EQ(SetsOf(webp.substr(0, size), Plain(256, 256, 0)), std::nullopt);
  }
}

}  // namespace
}  // namespace vervet::image
