// The brightness that is hashed: at most 512 by 512 numbers, picked out of a picture's lines as a
// decoder hands them over, so that most pictures are never in memory as a whole.
#ifndef VERVET_MEMBER_SDK_SRC_IMAGE_LUMA_GRID_H_
#define VERVET_MEMBER_SDK_SRC_IMAGE_LUMA_GRID_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "member-sdk/src/image/orientation.h"

namespace vervet::image {

struct Size {
  size_t width = 0;
  size_t height = 0;
};

// A decoder's bytes for one pixel.
enum class PixelFormat {
  kGrey,
  kGreyAlpha,
  kRgb,
  kRgba,
  kCmyk,
  kInvertedCmyk,  // 255 is no ink: as Adobe's programs write it
};
size_t BytesPerPixel(PixelFormat format);

// Not thread-safe.
class LumaGrid {
 public:
  // Where a side is longer than this, the reference reduces both to it, whatever the proportions,
  // and takes the pixel at floor(i × side / 512) for each i.
  static constexpr size_t kMaxSide = 512;
  // Lines of a band: the grid lies in memory in bands of so many lines, and each band column by
  // column, so that the filters work on a band's lines side by side.
  static constexpr size_t kLanes = 16;

  // `picture` is the size as stored in the file. `decoded` is the size of what the decoder hands
  // over, the same or smaller. Neither is empty.
  LumaGrid(Size picture, Size decoded, Orientation orientation);

  // Line y of the decoded picture, `decoded.width` pixels. Lines come from top to bottom, each
  // once.
  void AddLine(size_t y, const uint8_t* pixels, PixelFormat format);

  // As seen, after orientation.
  size_t width() const { return width_; }
  size_t height() const { return height_; }
  // Columns of a band in memory: the width, rounded up to a multiple of 16.
  size_t stride() const { return stride_; }
  // 0 to 255. Band i has the lines from 16 × i on; the number at column x and line y of the band is
  // at x × 16 + y. 0 beyond the picture's edges.
  const float* Band(size_t i) const { return luma_.data() + i * stride_ * kLanes; }
  float At(size_t x, size_t y) const { return luma_[Place(x, y)]; }

 private:
  template <typename ToLuma>
  void Pick(const uint8_t* pixels, size_t bytes_per_pixel, float* to, ToLuma to_luma);
  void PickLine(const uint8_t* pixels, PixelFormat format, float* to);
  size_t Place(size_t x, size_t y) const {
    return (y / kLanes * stride_ + x) * kLanes + y % kLanes;
  }

  size_t width_ = 0;
  size_t height_ = 0;
  size_t stride_ = 0;
  bool swapped_ = false;  // the grid's lines are the file's columns
  // For each place along the file's lines: the decoded column that it takes. Likewise `rows_`.
  std::vector<uint32_t> columns_;
  std::vector<uint32_t> rows_;
  size_t placed_ = 0;        // of rows_, how many have their line
  std::vector<float> line_;  // one line on its way to a column; empty where axes are as they were
  std::vector<float> luma_;
};

}  // namespace vervet::image

#endif  // VERVET_MEMBER_SDK_SRC_IMAGE_LUMA_GRID_H_
