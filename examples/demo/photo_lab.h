// What happens to a photograph on its way from one platform to the next: just enough of a darkroom
// for the demo.
#ifndef VERVET_EXAMPLES_DEMO_PHOTO_LAB_H_
#define VERVET_EXAMPLES_DEMO_PHOTO_LAB_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vervet::demo {

// Red, green and blue, lines from top to bottom.
struct Photo {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> pixels;

  uint8_t* at(int x, int y) { return &pixels[3 * (static_cast<size_t>(y) * width + x)]; }
  const uint8_t* at(int x, int y) const {
    return &pixels[3 * (static_cast<size_t>(y) * width + x)];
  }
};

// At an eighth to the whole of its size, so that the longer side has at least `side` pixels where
// it has so many. INVALID_ARGUMENT: no JPEG in colour.
absl::StatusOr<Photo> DecodeJpeg(absl::string_view encoded, int side);
// Quality 1 to 100.
std::string EncodeJpeg(const Photo& photo, int quality);

// Smaller: each pixel is the mean of those that it stands for.
Photo Resized(const Photo& photo, int width, int height);
Photo Brightened(const Photo& photo, int by);
// Of one colour, so wide on each side.
Photo WithBorder(const Photo& photo, int pixels, uint8_t value);
Photo Mirrored(const Photo& photo);

}  // namespace vervet::demo

#endif  // VERVET_EXAMPLES_DEMO_PHOTO_LAB_H_
