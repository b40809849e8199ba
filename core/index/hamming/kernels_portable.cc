#include "core/index/hamming/kernels.h"

namespace vervet::index::hamming {
namespace {

// Vectors of the compiler: SSE2 on any x86-64, NEON on ARM, plain code elsewhere.
constexpr uint32_t kLanes = 8;
typedef uint16_t Words __attribute__((vector_size(16)));
typedef uint64_t Halves __attribute__((vector_size(16)));

uint32_t CountBits(uint64_t x) {
  x -= (x >> 1) & 0x5555555555555555;
  x = (x & 0x3333333333333333) + ((x >> 2) & 0x3333333333333333);
  x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
  return static_cast<uint32_t>((x * 0x0101010101010101) >> 56);
}

// x & (x - 1) clears the lowest set bit: at most k are set where k such steps leave nothing.
template <int kAllowed>
uint32_t* FilterRange(const uint16_t* words, const Range& range, uint16_t next_word,
                      uint32_t* out) {
  const Words want = Words{} + next_word;
  for (uint32_t at = range.begin; at < range.end; at += kLanes) {
    Words x;
    __builtin_memcpy(&x, words + at, sizeof(x));
    x ^= want;
    for (int i = 0; i < kAllowed; ++i) x &= x - 1;
    const Words hits = (Words)(x == 0);
    const Halves any = (Halves)hits;
    if ((any[0] | any[1]) == 0) continue;
    const uint32_t lanes = range.end - at < kLanes ? range.end - at : kLanes;
    for (uint32_t lane = 0; lane < lanes; ++lane) {
      if (hits[lane] != 0) *out++ = at + lane;
    }
  }
  return out;
}

size_t Filter(const uint16_t* words, const Range* ranges, size_t range_count, uint16_t next_word,
              uint32_t* positions) {
  uint32_t* out = positions;
  for (size_t i = 0; i < range_count; ++i) {
    switch (ranges[i].allowed) {
      case 0:
        out = FilterRange<0>(words, ranges[i], next_word, out);
        break;
      case 1:
        out = FilterRange<1>(words, ranges[i], next_word, out);
        break;
      case 2:
        out = FilterRange<2>(words, ranges[i], next_word, out);
        break;
      default:
        out = FilterRange<3>(words, ranges[i], next_word, out);
    }
  }
  return static_cast<size_t>(out - positions);
}

uint32_t Distance(const uint64_t* a, const uint64_t* b) {
  return CountBits(a[0] ^ b[0]) + CountBits(a[1] ^ b[1]) + CountBits(a[2] ^ b[2]) +
         CountBits(a[3] ^ b[3]);
}

size_t Scan(const uint64_t* hashes, size_t count, const uint64_t* query, uint32_t radius,
            uint32_t* positions) {
  size_t found = 0;
  for (size_t i = 0; i < count; ++i) {
    // Half of a hash settles nearly all of them: 128 bits of a stranger differ in 64.
    const uint64_t* const hash = hashes + 4 * i;
    if (CountBits(hash[0] ^ query[0]) + CountBits(hash[1] ^ query[1]) > radius) continue;
    if (Distance(hash, query) <= radius) positions[found++] = static_cast<uint32_t>(i);
  }
  return found;
}

}  // namespace

const Kernels kPortableKernels = {Filter, Scan, Distance};

}  // namespace vervet::index::hamming
