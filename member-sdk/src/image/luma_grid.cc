#include "member-sdk/src/image/luma_grid.h"

#include <algorithm>

namespace vervet::image {
namespace {

// ITU-R BT.601, as single-precision numbers and summed from left to right: the reference's way.
constexpr float kRed = 0.299f;
constexpr float kGreen = 0.587f;
constexpr float kBlue = 0.114f;

float Luma(unsigned red, unsigned green, unsigned blue) {
  return kRed * static_cast<float>(red) + kGreen * static_cast<float>(green) +
         kBlue * static_cast<float>(blue);
}

// Rounded to the nearest.
unsigned Times255th(unsigned a, unsigned b) { return (a * b + 127) / 255; }

// Transparent is seen as white.
unsigned OnWhite(unsigned value, unsigned alpha) {
  return (value * alpha + 255 * (255 - alpha) + 127) / 255;
}

// Which decoded pixels one axis of the grid takes, `count` of them.
std::vector<uint32_t> Picks(size_t count, size_t picture, size_t decoded, bool mirrored) {
  std::vector<uint32_t> picks(count);
  for (size_t i = 0; i < count; ++i) {
    size_t at = i * picture / count;
    if (mirrored) at = picture - 1 - at;
    // The decoded pixel that covers the middle of the picture's.
    picks[i] = static_cast<uint32_t>(std::min((2 * at + 1) * decoded / (2 * picture), decoded - 1));
  }
  return picks;
}

}  // namespace

size_t BytesPerPixel(PixelFormat format) {
  switch (format) {
    case PixelFormat::kGrey:
      return 1;
    case PixelFormat::kGreyAlpha:
      return 2;
    case PixelFormat::kRgb:
      return 3;
    case PixelFormat::kRgba:
    case PixelFormat::kCmyk:
    case PixelFormat::kInvertedCmyk:
      return 4;
  }
  return 0;
}

LumaGrid::LumaGrid(Size picture, Size decoded, Orientation orientation)
    : swapped_(orientation.swap_axes) {
  Size grid = picture;
  if (picture.width > kMaxSide || picture.height > kMaxSide) grid = {kMaxSide, kMaxSide};
  const bool mirror_stored_columns =
      swapped_ ? orientation.mirror_lines : orientation.mirror_columns;
  const bool mirror_stored_lines = swapped_ ? orientation.mirror_columns : orientation.mirror_lines;
  columns_ = Picks(grid.width, picture.width, decoded.width, mirror_stored_columns);
  rows_ = Picks(grid.height, picture.height, decoded.height, mirror_stored_lines);
  width_ = swapped_ ? grid.height : grid.width;
  height_ = swapped_ ? grid.width : grid.height;
  stride_ = (width_ + kLanes - 1) / kLanes * kLanes;
  if (swapped_) line_.resize(grid.width * kLanes);
  luma_.resize((height_ + kLanes - 1) / kLanes * stride_ * kLanes);
}

// Every kLanes-th number from `to` on, as a band has them.
template <typename ToLuma>
void LumaGrid::Pick(const uint8_t* pixels, size_t bytes_per_pixel, float* to, ToLuma to_luma) {
  const uint32_t* columns = columns_.data();
  for (size_t i = 0, count = columns_.size(); i < count; ++i) {
    to[i * kLanes] = to_luma(pixels + columns[i] * bytes_per_pixel);
  }
}

void LumaGrid::PickLine(const uint8_t* pixels, PixelFormat format, float* to) {
  switch (format) {
    case PixelFormat::kGrey:
      return Pick(pixels, 1, to, [](const uint8_t* p) { return static_cast<float>(p[0]); });
    case PixelFormat::kGreyAlpha:
      return Pick(pixels, 2, to,
                  [](const uint8_t* p) { return static_cast<float>(OnWhite(p[0], p[1])); });
    case PixelFormat::kRgb:
      return Pick(pixels, 3, to, [](const uint8_t* p) { return Luma(p[0], p[1], p[2]); });
    case PixelFormat::kRgba:
      return Pick(pixels, 4, to, [](const uint8_t* p) {
        return Luma(OnWhite(p[0], p[3]), OnWhite(p[1], p[3]), OnWhite(p[2], p[3]));
      });
    case PixelFormat::kCmyk:
      return Pick(pixels, 4, to, [](const uint8_t* p) {
        const unsigned light = 255u - p[3];
        return Luma(Times255th(255u - p[0], light), Times255th(255u - p[1], light),
                    Times255th(255u - p[2], light));
      });
    case PixelFormat::kInvertedCmyk:
      return Pick(pixels, 4, to, [](const uint8_t* p) {
        return Luma(Times255th(p[0], p[3]), Times255th(p[1], p[3]), Times255th(p[2], p[3]));
      });
  }
}

void LumaGrid::AddLine(size_t y, const uint8_t* pixels, PixelFormat format) {
  // The places along the file's columns that take this line: neighbours, if any. They are walked
  // through in the order in which lines come.
  const bool falling = rows_.front() > rows_.back();
  for (; placed_ < rows_.size(); ++placed_) {
    const size_t place = falling ? rows_.size() - 1 - placed_ : placed_;
    if (rows_[place] != y) return;
    if (swapped_) {
      PickLine(pixels, format, line_.data());
      for (size_t j = 0; j < columns_.size(); ++j) luma_[Place(place, j)] = line_[j * kLanes];
    } else {
      PickLine(pixels, format, &luma_[Place(0, place)]);
    }
  }
}

}  // namespace vervet::image
