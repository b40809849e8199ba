// Compiled with -ffp-contract=off: a fused multiply-add rounds once where the reference rounds
// twice. The inner loops run over independent numbers side by side, which the compiler may do in
// vector registers; the order of operations on each stays that of the reference.
#include "member-sdk/src/image/pdq.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace vervet::image {
namespace {

constexpr size_t kSmall = 64;        // side of the picture that is transformed
constexpr size_t kFrequencies = 16;  // kept of each direction
constexpr size_t kMinSide = 5;       // smaller pictures have no hash
constexpr size_t kLanes = LumaGrid::kLanes;

// What every x86-64 and every 64-bit ARM processor has; other machines emulate it.
using Vector = float __attribute__((vector_size(16)));

using SmallPicture = std::array<std::array<float, kSmall>, kSmall>;

// Two passes of a box make a tent; together they are to cover one of the 64 cells.
size_t BoxSize(size_t side) { return (side + 2 * kSmall - 1) / (2 * kSmall); }

// A mean is a quotient in the reference. Where the count is a power of two, the product with its
// inverse is the same number, and takes a fifth of the time.
template <typename Number>
Number Mean(Number sum, size_t count) {
  const float divisor = static_cast<float>(count);
  if ((count & (count - 1)) == 0) return sum * (1 / divisor);
  return sum / divisor;
}

// Slides a box of `box` places along `length` of them, and calls for each step what is to be done:
// `add(i)` and `subtract(i)` change the running sum by place i, `emit(i, count)` may take the mean
// around place i, of `count` places: fewer than `box` near the ends. The order, add before
// subtract, is the reference's, and so is the rounding of the running sum.
template <typename Add, typename Subtract, typename Emit>
void SlideBox(size_t length, size_t box, Add add, Subtract subtract, Emit emit) {
  const size_t ahead = (box + 2) / 2 - 1;
  size_t count = 0;
  size_t oldest = 0;
  for (size_t next = 0; next < length + ahead; ++next) {
    if (next < length) {
      add(next);
      ++count;
    }
    if (count > box || next >= length) {
      subtract(oldest);
      ++oldest;
      --count;
    }
    if (next >= ahead) emit(next - ahead, count);
  }
}

// Where the 64 cells have their middles along a side. Ascending; a side shorter than 64 gives one
// place to several cells.
std::array<size_t, kSmall> Middles(size_t side) {
  std::array<size_t, kSmall> middles;
  for (size_t i = 0; i < kSmall; ++i) middles[i] = (2 * i + 1) * side / (2 * kSmall);
  return middles;
}

Vector Load(const float* from) {
  Vector vector;
  std::memcpy(&vector, from, sizeof(vector));
  return vector;
}

void Store(Vector vector, float* to) { std::memcpy(to, &vector, sizeof(vector)); }

// The running sums of a band's 16 lines.
struct BandSums {
  Vector a = {}, b = {}, c = {}, d = {};

  void Add(const float* column) {
    a += Load(column);
    b += Load(column + 4);
    c += Load(column + 8);
    d += Load(column + 12);
  }
  void Subtract(const float* column) {
    a -= Load(column);
    b -= Load(column + 4);
    c -= Load(column + 8);
    d -= Load(column + 12);
  }
  void StoreMeans(size_t count, float* to) const {
    Store(Mean(a, count), to);
    Store(Mean(b, count), to + 4);
    Store(Mean(c, count), to + 8);
    Store(Mean(d, count), to + 12);
  }
};

// Averages the 16 lines of a band along themselves, side by side. `emit(x, sums, count)`.
template <typename Emit>
void SlideAlongBand(const float* band, size_t width, Emit emit) {
  BandSums sums;
  SlideBox(
      width, BoxSize(width), [&](size_t x) { sums.Add(band + x * kLanes); },
      [&](size_t x) { sums.Subtract(band + x * kLanes); },
      [&](size_t x, size_t count) { emit(x, sums, count); });
}

// Four by four numbers with lines and columns exchanged. Steps are from one line to the next.
void Exchange(const float* from, size_t from_step, float* to, size_t to_step) {
  const std::array<Vector, 4> in = {Load(from), Load(from + from_step), Load(from + 2 * from_step),
                                    Load(from + 3 * from_step)};
  const Vector low01 = __builtin_shufflevector(in[0], in[1], 0, 4, 1, 5);
  const Vector high01 = __builtin_shufflevector(in[0], in[1], 2, 6, 3, 7);
  const Vector low23 = __builtin_shufflevector(in[2], in[3], 0, 4, 1, 5);
  const Vector high23 = __builtin_shufflevector(in[2], in[3], 2, 6, 3, 7);
  Store(__builtin_shufflevector(low01, low23, 0, 1, 4, 5), to);
  Store(__builtin_shufflevector(low01, low23, 2, 3, 6, 7), to + to_step);
  Store(__builtin_shufflevector(high01, high23, 0, 1, 4, 5), to + 2 * to_step);
  Store(__builtin_shufflevector(high01, high23, 2, 3, 6, 7), to + 3 * to_step);
}

// The first pass along the lines. Lines are made a band at a time, and the last two bands kept.
class BlurredLines {
 public:
  explicit BlurredLines(const LumaGrid& grid)
      : grid_(grid), band_(grid.stride() * kLanes), lines_(2 * grid.stride() * kLanes) {}

  // Of y = 0, 1, 2, ..., or of one of the kLanes lines before it again. `stride` numbers.
  const float* Line(size_t y) {
    if (y == made_) MakeBand();
    return lines_.data() + y % (2 * kLanes) * grid_.stride();
  }

 private:
  void MakeBand() {
    SlideAlongBand(grid_.Band(made_ / kLanes), grid_.width(),
                   [to = band_.data()](size_t x, const BandSums& sums, size_t count) {
                     sums.StoreMeans(count, to + x * kLanes);
                   });
    const size_t stride = grid_.stride();
    float* lines = lines_.data() + made_ % (2 * kLanes) * stride;
    for (size_t x = 0; x < stride; x += 4) {
      for (size_t y = 0; y < kLanes; y += 4) {
        Exchange(band_.data() + x * kLanes + y, kLanes, lines + y * stride + x, stride);
      }
    }
    made_ += kLanes;
  }

  const LumaGrid& grid_;
  std::vector<float> band_;
  std::vector<float> lines_;
  size_t made_ = 0;
};

// The second pass along the lines, at the middle columns of the cells alone: 64 numbers a line.
class NarrowLines {
 public:
  NarrowLines(size_t width, size_t stride, size_t height)
      : width_(width),
        stride_(stride),
        middles_(Middles(width)),
        lines_(kLanes * stride),
        band_(kLanes * stride),
        narrow_(height * kSmall) {}

  // Where line y, from 0 on, is to be written before Done(y).
  float* Line(size_t y) { return lines_.data() + y % kLanes * stride_; }
  void Done(size_t y) {
    const size_t lines = y % kLanes + 1;
    if (lines == kLanes || (y + 1) * kSmall == narrow_.size()) Narrow(y + 1 - lines, lines);
  }
  const float* At(size_t y) const { return narrow_.data() + y * kSmall; }

 private:
  void Narrow(size_t top, size_t lines) {
    for (size_t y = 0; y < kLanes; y += 4) {
      for (size_t x = 0; x < stride_; x += 4) {
        Exchange(lines_.data() + y * stride_ + x, stride_, band_.data() + x * kLanes + y, kLanes);
      }
    }
    size_t cell = 0;
    SlideAlongBand(band_.data(), width_, [&](size_t x, const BandSums& sums, size_t count) {
      for (; cell < kSmall && middles_[cell] == x; ++cell) {
        std::array<float, kLanes> mean;
        sums.StoreMeans(count, mean.data());
        for (size_t lane = 0; lane < lines; ++lane) {
          narrow_[(top + lane) * kSmall + cell] = mean[lane];
        }
      }
    });
  }

  size_t width_;
  size_t stride_;
  std::array<size_t, kSmall> middles_;
  std::vector<float> lines_;
  std::vector<float> band_;
  std::vector<float> narrow_;
};

void AddTo(float* __restrict sums, const float* __restrict line, size_t count) {
  for (size_t i = 0; i < count; ++i) sums[i] += line[i];
}

void SubtractFrom(float* __restrict sums, const float* __restrict line, size_t count) {
  for (size_t i = 0; i < count; ++i) sums[i] -= line[i];
}

void MeansOf(const float* __restrict sums, size_t count, float* __restrict means, size_t size) {
  const float divisor = static_cast<float>(count);
  if ((count & (count - 1)) == 0) {
    const float inverse = 1 / divisor;
    for (size_t i = 0; i < size; ++i) means[i] = sums[i] * inverse;
  } else {
    for (size_t i = 0; i < size; ++i) means[i] = sums[i] / divisor;
  }
}

// Two passes along the lines and down the columns, at the 64 by 64 places that are wanted.
void BlurToCells(const LumaGrid& grid, SmallPicture* small) {
  const size_t stride = grid.stride();
  BlurredLines blurred(grid);
  NarrowLines narrow(grid.width(), stride, grid.height());
  std::vector<float> sums(stride);
  SlideBox(
      grid.height(), BoxSize(grid.height()),
      [&](size_t y) { AddTo(sums.data(), blurred.Line(y), stride); },
      [&](size_t y) { SubtractFrom(sums.data(), blurred.Line(y), stride); },
      [&](size_t y, size_t count) {
        MeansOf(sums.data(), count, narrow.Line(y), stride);
        narrow.Done(y);
      });
  const auto middles = Middles(grid.height());
  std::array<float, kSmall> cells = {};
  size_t cell = 0;
  SlideBox(
      grid.height(), BoxSize(grid.height()),
      [&](size_t y) { AddTo(cells.data(), narrow.At(y), kSmall); },
      [&](size_t y) { SubtractFrom(cells.data(), narrow.At(y), kSmall); },
      [&](size_t y, size_t count) {
        for (; cell < kSmall && middles[cell] == y; ++cell) {
          MeansOf(cells.data(), count, (*small)[cell].data(), kSmall);
        }
      });
}

// The sum of the steps between neighbours, each in whole percent of the range, by a factor that
// makes 100 of a picture with enough of them.
int Quality(const SmallPicture& small) {
  constexpr int kStepsOfOnePoint = 90;
  int steps = 0;
  const auto add = [&steps](float a, float b) {
    steps += std::abs(static_cast<int>((a - b) * 100 / 255));
  };
  for (size_t y = 0; y + 1 < kSmall; ++y) {
    for (size_t x = 0; x < kSmall; ++x) add(small[y][x], small[y + 1][x]);
  }
  for (size_t y = 0; y < kSmall; ++y) {
    for (size_t x = 0; x + 1 < kSmall; ++x) add(small[y][x], small[y][x + 1]);
  }
  return std::min(steps / kStepsOfOnePoint, ImageHash::kMaxQuality);
}

struct Cosines {
  // DCT-II: [frequency - 1][place], and the same with the axes exchanged.
  std::array<std::array<float, kSmall>, kFrequencies> by_frequency;
  std::array<std::array<float, kFrequencies>, kSmall> by_place;
};

const Cosines& TheCosines() {
  static const Cosines cosines = [] {
    constexpr double kPi = 3.14159265358979323846;
    const float scale = static_cast<float>(std::sqrt(2.0 / double{kSmall}));
    Cosines table;
    for (size_t f = 0; f < kFrequencies; ++f) {
      for (size_t i = 0; i < kSmall; ++i) {
        const double angle = (kPi / 2 / double{kSmall}) * static_cast<double>(f + 1) *
                             static_cast<double>(2 * i + 1);
        table.by_frequency[f][i] = static_cast<float>(double{scale} * std::cos(angle));
        table.by_place[i][f] = table.by_frequency[f][i];
      }
    }
    return table;
  }();
  return cosines;
}

// Down the columns, then along the lines; each sum from the first product to the last.
void Transform(const SmallPicture& small, std::array<float, 256>* coefficients) {
  const Cosines& cosines = TheCosines();
  for (size_t vertical = 0; vertical < kFrequencies; ++vertical) {
    std::array<float, kSmall> down = {};
    for (size_t y = 0; y < kSmall; ++y) {
      const float cosine = cosines.by_frequency[vertical][y];
      for (size_t x = 0; x < kSmall; ++x) down[x] += cosine * small[y][x];
    }
    std::array<float, kFrequencies> across = {};
    for (size_t x = 0; x < kSmall; ++x) {
      for (size_t f = 0; f < kFrequencies; ++f) across[f] += down[x] * cosines.by_place[x][f];
    }
    std::copy(across.begin(), across.end(), coefficients->begin() + vertical * kFrequencies);
  }
}

struct Turn {
  bool swap_axes;
  bool mirror_columns;  // of the picture before the axes are exchanged
  bool mirror_lines;
};

Turn TurnOf(ImageVariant variant) {
  switch (variant) {
    case ImageVariant::kUpright:
      return {false, false, false};
    case ImageVariant::kTurnedLeft:
      return {true, true, false};
    case ImageVariant::kTurned180:
      return {false, true, true};
    case ImageVariant::kTurnedRight:
      return {true, false, true};
    case ImageVariant::kUpsideDown:
      return {false, false, true};
    case ImageVariant::kMirrored:
      return {false, true, false};
    case ImageVariant::kTransposed:
      return {true, false, false};
    case ImageVariant::kTransversed:
      return {true, true, true};
  }
  return {};
}

}  // namespace

Spectrum SpectrumOf(const LumaGrid& grid) {
  Spectrum spectrum;
  if (grid.width() < kMinSide || grid.height() < kMinSide) return spectrum;
  SmallPicture small;
  if (grid.width() == kSmall && grid.height() == kSmall) {
    for (size_t y = 0; y < kSmall; ++y) {
      for (size_t x = 0; x < kSmall; ++x) small[y][x] = grid.At(x, y);
    }
  } else {
    BlurToCells(grid, &small);
  }
  spectrum.quality = Quality(small);
  Transform(small, &spectrum.coefficients);
  return spectrum;
}

ImageHash HashOfSpectrum(const Spectrum& spectrum, ImageVariant variant) {
  const Turn turn = TurnOf(variant);
  std::array<float, 256> turned;
  for (size_t v = 0; v < kFrequencies; ++v) {
    for (size_t h = 0; h < kFrequencies; ++h) {
      // Place 0 is frequency 1: the even places are the odd frequencies.
      const bool negative =
          (turn.mirror_lines && v % 2 == 0) != (turn.mirror_columns && h % 2 == 0);
      const float value = spectrum.coefficients[v * kFrequencies + h];
      turned[turn.swap_axes ? h * kFrequencies + v : v * kFrequencies + h] =
          negative ? -value : value;
    }
  }
  // The lower of the two in the middle.
  std::array<float, 256> sorted = turned;
  std::nth_element(sorted.begin(), sorted.begin() + 127, sorted.end());
  const float median = sorted[127];
  ImageHash hash;
  hash.quality = spectrum.quality;
  for (size_t bit = 0; bit < turned.size(); ++bit) {
    if (turned[bit] > median) {
      hash.bytes[ImageHash::kSizeBytes - 1 - bit / 8] |= static_cast<uint8_t>(1u << (bit % 8));
    }
  }
  return hash;
}

}  // namespace vervet::image
