#include "tests/member-sdk/image/pdq_oracle.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace vervet::image_testing {
namespace {

struct Plane {
  size_t width = 0;
  size_t height = 0;
  std::vector<float> values;
  float& at(size_t x, size_t y) { return values[y * width + x]; }
};

Plane BrightnessOf(const Picture& picture) {
  const bool large = picture.width > 512 || picture.height > 512;
  Plane plane;
  plane.width = large ? 512 : picture.width;
  plane.height = large ? 512 : picture.height;
  for (size_t y = 0; y < plane.height; ++y) {
    for (size_t x = 0; x < plane.width; ++x) {
      const uint8_t* p =
          picture.at(x * picture.width / plane.width, y * picture.height / plane.height);
      plane.values.push_back(picture.channels == 1 ? static_cast<float>(p[0])
                                                   : 0.299f * static_cast<float>(p[0]) +
                                                         0.587f * static_cast<float>(p[1]) +
                                                         0.114f * static_cast<float>(p[2]));
    }
  }
  return plane;
}

std::vector<float> Boxed(const std::vector<float>& in) {
  const size_t box = (in.size() + 127) / 128;
  const size_t ahead = (box + 2) / 2 - 1;
  std::vector<float> out(in.size());
  float sum = 0;
  size_t count = 0, left = 0, right = 0, at = 0;
  for (; right < ahead; ++count) sum += in[right++];
  for (; count < box; out[at++] = sum / static_cast<float>(count)) {
    sum += in[right++];
    ++count;
  }
  for (; right < in.size(); out[at++] = sum / static_cast<float>(count)) {
    sum += in[right++];
    sum -= in[left++];
  }
  for (; at < in.size(); out[at++] = sum / static_cast<float>(count)) {
    sum -= in[left++];
    --count;
  }
  return out;
}

void BoxEverything(Plane* plane) {
  for (size_t y = 0; y < plane->height; ++y) {
    std::vector<float> line(plane->width);
    for (size_t x = 0; x < plane->width; ++x) line[x] = plane->at(x, y);
    line = Boxed(line);
    for (size_t x = 0; x < plane->width; ++x) plane->at(x, y) = line[x];
  }
  for (size_t x = 0; x < plane->width; ++x) {
    std::vector<float> column(plane->height);
    for (size_t y = 0; y < plane->height; ++y) column[y] = plane->at(x, y);
    column = Boxed(column);
    for (size_t y = 0; y < plane->height; ++y) plane->at(x, y) = column[y];
  }
}

float Cosine(size_t frequency, size_t place) {
  const float scale = static_cast<float>(std::sqrt(2.0 / 64));
  return static_cast<float>(double{scale} * std::cos(3.14159265358979323846 / 2 / 64.0 *
                                                     static_cast<double>(frequency + 1) *
                                                     static_cast<double>(2 * place + 1)));
}

}  // namespace

ImageHash PdqOf(const Picture& picture) {
  Plane plane = BrightnessOf(picture);
  ImageHash hash;
  if (plane.width < 5 || plane.height < 5) return hash;
  if (plane.width != 64 || plane.height != 64) {
    BoxEverything(&plane);
    BoxEverything(&plane);
  }
  static float small[64][64];
  for (size_t y = 0; y < 64; ++y) {
    for (size_t x = 0; x < 64; ++x) {
      small[y][x] = plane.at((2 * x + 1) * plane.width / 128, (2 * y + 1) * plane.height / 128);
    }
  }
  int steps = 0;
  for (size_t y = 0; y < 64; ++y) {
    for (size_t x = 0; x < 64; ++x) {
      if (y < 63) steps += std::abs(static_cast<int>((small[y][x] - small[y + 1][x]) * 100 / 255));
      if (x < 63) steps += std::abs(static_cast<int>((small[y][x] - small[y][x + 1]) * 100 / 255));
    }
  }
  hash.quality = std::min(100, steps / 90);
  std::vector<float> coefficients;
  for (size_t v = 0; v < 16; ++v) {
    float down[64];
    for (size_t x = 0; x < 64; ++x) {
      down[x] = 0;
      for (size_t y = 0; y < 64; ++y) down[x] += Cosine(v, y) * small[y][x];
    }
    for (size_t h = 0; h < 16; ++h) {
      float sum = 0;
      for (size_t x = 0; x < 64; ++x) sum += down[x] * Cosine(h, x);
      coefficients.push_back(sum);
    }
  }
  std::vector<float> sorted = coefficients;
  std::sort(sorted.begin(), sorted.end());
  for (size_t i = 0; i < 256; ++i) {
    if (coefficients[i] > sorted[127]) {
      hash.bytes[31 - i / 8] |= static_cast<uint8_t>(1u << (i % 8));
    }
  }
  return hash;
}

}  // namespace vervet::image_testing
