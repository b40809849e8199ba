// Pictures by formula, in whole numbers, so that every machine makes the same ones; and the codecs'
// own encoders, so that no picture stands in the repository.
#ifndef VERVET_TESTS_MEMBER_SDK_IMAGE_ENCODED_IMAGES_H_
#define VERVET_TESTS_MEMBER_SDK_IMAGE_ENCODED_IMAGES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace vervet::image_testing {

// Lines from top to bottom without gaps. 1 channel: grey; 2: grey and opacity; 3: red, green, blue;
// 4: the same and opacity, or CMYK.
struct Picture {
  size_t width = 0;
  size_t height = 0;
  size_t channels = 3;
  std::vector<uint8_t> pixels;

  uint8_t* at(size_t x, size_t y) { return &pixels[(y * width + x) * channels]; }
  const uint8_t* at(size_t x, size_t y) const { return &pixels[(y * width + x) * channels]; }
};

// Ellipses in many colours before a sky: the same scene at any size, another one for each seed,
// with `grain` added to or taken from each pixel at most.
Picture Scene(size_t width, size_t height, uint32_t seed = 1, int grain = 0);
Picture Plain(size_t width, size_t height, uint8_t value);
Picture Grey(const Picture& rgb);                      // 1 channel, the mean of three
Picture Posterised(const Picture& picture, int bits);  // to so many bits, spread over 0 to 255
Picture WithOpacity(const Picture& picture, uint8_t value);  // one more channel

// Every second picture of the dihedral group follows from these two.
Picture MirroredLeftRight(const Picture& picture);
Picture Transposed(const Picture& picture);

struct JpegSettings {
  enum class Colours { kYcc, kRgb, kCmyk, kYcck };  // of pictures with 3 and 4 channels
  int quality = 90;
  Colours colours = Colours::kYcc;
  bool progressive = false;
  int scans = 0;             // of a grey picture: so many progressive ones, 64 to 127; 0: as usual
  bool full_colour = false;  // 4:4:4, else 4:2:0
  int restart_lines = 0;     // of blocks between restart markers
  int exif_orientation = 0;  // 0: no EXIF
  bool adobe_marker = true;  // of CMYK; with it, 255 is no ink
};
std::string EncodeJpeg(const Picture& picture, const JpegSettings& settings = {});

struct PngSettings {
  int bits = 8;  // or 16, the same values; of a picture with 1 channel also 1, 2 or 4: Posterised
  bool interlaced = false;
  bool palette = false;      // of a picture with 1 channel: its greys, by their places in a palette
  bool keyed = false;        // the colour of its first pixel is transparent
  int animation_frames = 0;  // of an acTL chunk before the pixels; 0: none
};
std::string EncodePng(const Picture& picture, const PngSettings& settings = {});

// 3 or 4 channels.
std::string EncodeWebp(const Picture& picture, int quality);
std::string EncodeLosslessWebp(const Picture& picture);

// What libjpeg makes of it in full colour (or grey), with its default settings.
Picture DecodeJpegForTest(const std::string& encoded);

}  // namespace vervet::image_testing

#endif  // VERVET_TESTS_MEMBER_SDK_IMAGE_ENCODED_IMAGES_H_
