// Compiled with -mavx2 -mpopcnt -mbmi; called only where the processor has them.
#include "core/index/hamming/kernels.h"

#if defined(__AVX2__) && defined(__POPCNT__)
#include <immintrin.h>

namespace vervet::index::hamming {
namespace {

constexpr uint32_t kLanes = 16;

// x & (x - 1) clears the lowest set bit: at most k are set where k such steps leave nothing. Two
// instructions a step, fewer than any count of the bits.
template <int kAllowed>
__m256i Near(const uint16_t* words, __m256i want) {
  const __m256i minus_one = _mm256_set1_epi16(-1);
  __m256i x = _mm256_xor_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(words)), want);
  for (int i = 0; i < kAllowed; ++i) x = _mm256_and_si256(x, _mm256_add_epi16(x, minus_one));
  return _mm256_cmpeq_epi16(x, _mm256_setzero_si256());
}

uint32_t* WriteHits(__m256i near, uint32_t at, uint32_t end, uint32_t* out) {
  auto hits = static_cast<uint32_t>(_mm256_movemask_epi8(near));
  for (; hits != 0;) {
    const auto bit = static_cast<uint32_t>(__builtin_ctz(hits));
    if (at + bit / 2 >= end) break;
    *out++ = at + bit / 2;
    hits &= ~(uint32_t{3} << bit);
  }
  return out;
}

// Two vectors at a time: a bucket of a million hashes has 15 entries, give or take 4, and whether
// one vector holds them cannot be predicted.
template <int kAllowed>
uint32_t* FilterRange(const uint16_t* words, const Range& range, __m256i want, uint32_t* out) {
  for (uint32_t at = range.begin; at < range.end; at += 2 * kLanes) {
    const __m256i first = Near<kAllowed>(words + at, want);
    const __m256i second = Near<kAllowed>(words + at + kLanes, want);
    if (__builtin_expect(_mm256_movemask_epi8(_mm256_or_si256(first, second)) == 0, 1)) continue;
    out = WriteHits(first, at, range.end, out);
    out = WriteHits(second, at + kLanes, range.end, out);
  }
  return out;
}

size_t Filter(const uint16_t* words, const Range* ranges, size_t range_count, uint16_t next_word,
              uint32_t* positions) {
  const __m256i want = _mm256_set1_epi16(static_cast<int16_t>(next_word));
  uint32_t* out = positions;
  for (size_t i = 0; i < range_count; ++i) {
    switch (ranges[i].allowed) {
      case 0:
        out = FilterRange<0>(words, ranges[i], want, out);
        break;
      case 1:
        out = FilterRange<1>(words, ranges[i], want, out);
        break;
      case 2:
        out = FilterRange<2>(words, ranges[i], want, out);
        break;
      default:
        out = FilterRange<3>(words, ranges[i], want, out);
    }
  }
  return static_cast<size_t>(out - positions);
}

uint32_t Distance(const uint64_t* a, const uint64_t* b) {
  return static_cast<uint32_t>(_mm_popcnt_u64(a[0] ^ b[0]) + _mm_popcnt_u64(a[1] ^ b[1]) +
                               _mm_popcnt_u64(a[2] ^ b[2]) + _mm_popcnt_u64(a[3] ^ b[3]));
}

size_t Scan(const uint64_t* hashes, size_t count, const uint64_t* query, uint32_t radius,
            uint32_t* positions) {
  size_t found = 0;
  for (size_t i = 0; i < count; ++i) {
    if (__builtin_expect(Distance(hashes + 4 * i, query) <= radius, 0)) {
      positions[found++] = static_cast<uint32_t>(i);
    }
  }
  return found;
}

constexpr Kernels kKernels = {Filter, Scan, Distance};

}  // namespace

const Kernels* Avx2Kernels() { return &kKernels; }

}  // namespace vervet::index::hamming

#else

namespace vervet::index::hamming {
const Kernels* Avx2Kernels() { return nullptr; }
}  // namespace vervet::index::hamming

#endif
