// What is refused by its header takes no memory for its pixels; what is decoded takes no more than
// docs/images.md says; and where there is none, that is the answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>
#include <string>
#include <utility>
#include <vector>

#include "tests/member-sdk/image/bombs.h"
#include "tests/member-sdk/image/encoded_images.h"
#include "tests/member-sdk/image/heap_watch.h"
#include "vervet/image_hash.h"

namespace vervet {
namespace {

using namespace image_testing;  // NOLINT(build/namespaces)
using ::testing::HasSubstr;

constexpr int64_t kMiB = 1 << 20;
// Tables, a few lines, the brightness that is hashed and what hashing makes of it.
constexpr int64_t kBesideThePixels = 6 * kMiB;

struct File {
  const char* what;
  std::string bytes;
};

// What each takes at most while it is looked at, however large it says that it is.
void ExpectRefusedWithoutMemory(const std::vector<File>& files, const char* reason) {
  for (const File& file : files) {
    SCOPED_TRACE(file.what);
    ASSERT_LT(file.bytes.size(), size_t{kMiB});
    const HeapWatch watch;
    const auto hash = HashImage(file.bytes);
    const int64_t peak = watch.peak_bytes();
    EXPECT_EQ(hash.status().code(), absl::StatusCode::kInvalidArgument) << hash.status();
    EXPECT_THAT(std::string(hash.status().message()), HasSubstr(reason));
    EXPECT_LT(peak, kMiB);
  }
}

int64_t PeakOf(const std::string& encoded) {
  const HeapWatch watch;
  const auto hash = HashImage(encoded);
  EXPECT_TRUE(hash.ok()) << hash.status();
  return watch.peak_bytes();
}

TEST(MemoryOfAPicture, IsNotTakenForABomb) {
  const Picture scene = Scene(50, 40);
  const std::string png = EncodePng(scene);
  const std::string woven = EncodePng(scene, {.interlaced = true});
  const std::string deep = EncodePng(WithOpacity(scene, 9), {.bits = 16, .interlaced = true});
  ExpectRefusedWithoutMemory(
      {
          {"PNG", PngOfSize(png, 60'000, 60'000)},
          {"PNG, one line", PngOfSize(png, 0x7fffffff, 1)},
          {"PNG, one column", PngOfSize(png, 1, 0x7fffffff)},
          {"PNG, as large as can be", PngOfSize(png, 0x7fffffff, 0x7fffffff)},
          {"interlaced PNG", PngOfSize(woven, 60'000, 60'000)},
          {"interlaced PNG of 64 bits a pixel", PngOfSize(deep, 50'000'001, 1)},
          {"JPEG", JpegOfSize(EncodeJpeg(scene), 65'500, 65'500)},
          {"progressive JPEG",
           JpegOfSize(EncodeJpeg(scene, {.progressive = true}), 65'500, 65'500)},
          {"JPEG just above", JpegOfSize(EncodeJpeg(scene), 50'000, 1'001)},
          {"lossless WebP", LosslessWebpOfSize(EncodeLosslessWebp(scene), 16'383, 16'383)},
          {"lossy WebP", LossyWebpOfSize(EncodeWebp(scene, 70), 16'383, 16'383)},
      },
      "more than the limit of 50000000");
}

TEST(MemoryOfAPicture, IsNotTakenForALineThatIsTooLong) {
  const std::string png = EncodePng(Scene(50, 40));
  ExpectRefusedWithoutMemory({{"1,000,001 pixels", PngOfSize(png, 1'000'001, 1)},
                              {"all that max_pixels allows", PngOfSize(png, 50'000'000, 1)}},
                             "pixels wide, more than the limit of 1000000");
}

TEST(MemoryOfAPicture, IsNotTakenForTablesOfCodes) {
  ExpectRefusedWithoutMemory(
      {{"WebP", WebpWithCodeSets(1'024, 1'024, 65'536)},
       {"WebP, one too many", WebpWithCodeSets(256, 260, 4'097)},
       {"its transparency", TransparentWebpWithCodeSets(1'024, 1'024, 65'536)}},
      "more than 4096 sets of prefix codes");
  const HeapWatch watch;
  EXPECT_TRUE(HashImage(WebpWithCodeSets(256, 256, 4'096)).ok());
  EXPECT_GT(watch.peak_bytes(), 70 * kMiB) << "this is what is refused above";
  EXPECT_LT(watch.peak_bytes(), 85 * kMiB);
}

TEST(MemoryOfAPicture, IsNotTakenForAnAnimation) {
  const Picture scene = Scene(50, 40);
  const std::string png = EncodePng(scene, {.animation_frames = 2});
  ExpectRefusedWithoutMemory(
      {
          {"PNG", png},
          {"PNG within the limit", PngOfSize(png, 7'000, 7'000)},
          {"PNG beyond it", PngOfSize(png, 60'000, 60'000)},
          {"WebP", ExtendedWebp(0x02, 50, 40)},
          {"WebP within the limit", ExtendedWebp(0x02, 7'000, 7'000)},
          {"WebP beyond it", ExtendedWebp(0x02, 1 << 24, 255)},
      },
      "is animated");
}

TEST(MemoryOfAPicture, IsAFewLinesWhereTheFileAllowsIt) {
  const Picture scene = Scene(1'600, 1'200);
  EXPECT_LT(PeakOf(EncodeJpeg(scene)), kBesideThePixels);
  EXPECT_LT(PeakOf(EncodePng(scene)), kBesideThePixels);
  EXPECT_LT(PeakOf(EncodePng(WithOpacity(scene, 9), {.bits = 16})), kBesideThePixels);
}

// And these need their pixels, which also shows that the codecs' memory is seen.
TEST(MemoryOfAPicture, IsAtMostEightBytesAPixel) {
  const Picture scene = Scene(1'600, 1'200);
  const Picture clear = WithOpacity(scene, 200);
  const int64_t pixels = 1'600 * 1'200;
  const std::vector<std::pair<File, int64_t>> files = {
      {{"progressive JPEG", EncodeJpeg(scene, {.progressive = true})}, 3},
      {{"progressive JPEG, 4:4:4", EncodeJpeg(scene, {.progressive = true, .full_colour = true})},
       6},
      {{"progressive JPEG of ink",
        EncodeJpeg(clear, {.colours = JpegSettings::Colours::kCmyk, .progressive = true})},
       8},
      {{"interlaced PNG", EncodePng(scene, {.interlaced = true})}, 3},
      {{"interlaced PNG of 64 bits a pixel", EncodePng(clear, {.bits = 16, .interlaced = true})},
       4},
      {{"lossy WebP", EncodeWebp(scene, 70)}, 3},
      {{"lossy WebP, transparent", EncodeWebp(clear, 70)}, 4},
      {{"lossless WebP", EncodeLosslessWebp(scene)}, 7},
      {{"lossless WebP, transparent", EncodeLosslessWebp(clear)}, 8},
  };
  for (const auto& [file, at_least] : files) {
    SCOPED_TRACE(file.what);
    const int64_t peak = PeakOf(file.bytes);
    EXPECT_GE(peak, at_least * pixels);
    EXPECT_LE(peak, 8 * pixels + kBesideThePixels);
  }
}

TEST(MemoryOfAPicture, ThatIsNotThereIsTheAnswer) {
  if (!HeapRefusal::IsPossible()) GTEST_SKIP() << "the sanitizer allocates";
  const Picture scene = Scene(1'600, 1'200);
  const Picture long_line = WithOpacity(Plain(600'000, 1, 7), 9);
  struct Case {
    File file;
    size_t largest_bytes;
    const char* words;
  };
  const std::vector<Case> cases = {
      {{"libjpeg's", EncodeJpeg(scene, {.progressive = true})}, 2 * kMiB, "to decode the JPEG"},
      {{"PNG", EncodePng(scene, {.interlaced = true})}, 2 * kMiB, "for 5760000 bytes of pixels"},
      {{"libpng's", EncodePng(long_line, {.bits = 16})}, 2 * kMiB, "to decode the PNG"},
      {{"WebP", EncodeWebp(scene, 70)}, 2 * kMiB, "for 5760000 bytes of pixels"},
      {{"libwebp's", EncodeLosslessWebp(scene)}, 6 * kMiB, "to decode the WebP"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.file.what);
    absl::Status status;
    {
      const HeapRefusal refusal = HeapRefusal::Above(one.largest_bytes);
      status = HashImage(one.file.bytes).status();
    }
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(std::string("no memory ") + one.words));
    EXPECT_TRUE(HashImage(one.file.bytes).ok()) << "afterwards";
  }
}

// Whichever allocation fails, nothing stays behind, and there is no other hash: some have a way
// around, some end in C++'s own exception, and of some libwebp says that the file is damaged. (Of a
// lossless WebP libwebp 1.2.4 takes three pieces of 512 bytes without a look whether it got them.)
TEST(MemoryOfAPicture, IsGivenBackWhicheverAllocationFails) {
  if (!HeapRefusal::IsPossible()) GTEST_SKIP() << "the sanitizer allocates";
  const Picture scene = Scene(60, 50);
  for (const File& file : {File{"JPEG", EncodeJpeg(scene, {.exif_orientation = 6})},
                           File{"progressive JPEG", EncodeJpeg(scene, {.progressive = true})},
                           File{"PNG", EncodePng(scene, {.interlaced = true})},
                           File{"PNG with a palette", EncodePng(Grey(scene), {.palette = true})},
                           File{"lossy WebP", EncodeWebp(WithOpacity(scene, 9), 70)}}) {
    SCOPED_TRACE(file.what);
    const auto whole = HashImage(file.bytes);
    ASSERT_TRUE(whole.ok());
    const bool is_webp = KindOfImage(file.bytes) == ImageKind::kWebp;
    constexpr uint64_t kMany = 10'000;
    uint64_t refusals = 0;
    for (bool refused = true; refused && refusals < kMany; ++refusals) {
      const HeapWatch watch;
      {
        absl::StatusOr<ImageHash> hash = absl::ResourceExhaustedError("");
        const HeapRefusal refusal = HeapRefusal::After(refusals);
        try {
          hash = HashImage(file.bytes);
        } catch (const std::bad_alloc&) {
        }
        refused = refusal.has_refused();
        if (hash.ok()) {
          EXPECT_EQ(*hash, *whole);
        } else {
          EXPECT_TRUE(absl::IsResourceExhausted(hash.status()) || is_webp)
              << "allocation " << refusals << ": " << hash.status();
          EXPECT_TRUE(refused);
        }
      }
      EXPECT_EQ(watch.kept_bytes(), 0) << "allocation " << refusals;
    }
    EXPECT_GT(refusals, 3u);
    EXPECT_LT(refusals, kMany);
  }
}

}  // namespace
}  // namespace vervet
