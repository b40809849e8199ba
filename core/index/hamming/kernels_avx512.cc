// Compiled with -mavx512f -mavx512bw -mavx512vl -mavx512vpopcntdq; called only where the processor
// has them.
#include "core/index/hamming/kernels.h"

#if defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512VPOPCNTDQ__)
#include <immintrin.h>

namespace vervet::index::hamming {
namespace {

constexpr uint32_t kLanes = 32;

// As kernels_avx2.cc, twice as wide; the last step and the comparison are one instruction.
template <int kAllowed>
uint32_t* FilterRange(const uint16_t* words, const Range& range, __m512i want, uint32_t* out) {
  const __m512i minus_one = _mm512_set1_epi16(-1);
  for (uint32_t at = range.begin; at < range.end; at += kLanes) {
    __m512i x = _mm512_xor_si512(_mm512_loadu_si512(words + at), want);
    for (int i = 1; i < kAllowed; ++i) x = _mm512_and_si512(x, _mm512_add_epi16(x, minus_one));
    uint32_t hits = kAllowed == 0 ? _mm512_testn_epi16_mask(x, x)
                                  : _mm512_testn_epi16_mask(x, _mm512_add_epi16(x, minus_one));
    if (__builtin_expect(hits == 0, 1)) continue;
    const uint32_t left = range.end - at;
    if (left < kLanes) hits &= (uint32_t{1} << left) - 1;
    for (; hits != 0; hits &= hits - 1) {
      *out++ = at + static_cast<uint32_t>(__builtin_ctz(hits));
    }
  }
  return out;
}

size_t Filter(const uint16_t* words, const Range* ranges, size_t range_count, uint16_t next_word,
              uint32_t* positions) {
  const __m512i want = _mm512_set1_epi16(static_cast<int16_t>(next_word));
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

__m256i Load(const uint64_t* hash) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(hash));
}

uint32_t DistanceTo(__m256i query, const uint64_t* hash) {
  const __m256i counts = _mm256_popcnt_epi64(_mm256_xor_si256(query, Load(hash)));
  const __m128i halves =
      _mm_add_epi64(_mm256_castsi256_si128(counts), _mm256_extracti128_si256(counts, 1));
  return static_cast<uint32_t>(_mm_cvtsi128_si64(halves) + _mm_extract_epi64(halves, 1));
}

uint32_t Distance(const uint64_t* a, const uint64_t* b) { return DistanceTo(Load(a), b); }

size_t Scan(const uint64_t* hashes, size_t count, const uint64_t* query, uint32_t radius,
            uint32_t* positions) {
  const __m256i wanted = Load(query);
  size_t found = 0;
  for (size_t i = 0; i < count; ++i) {
    if (__builtin_expect(DistanceTo(wanted, hashes + 4 * i) <= radius, 0)) {
      positions[found++] = static_cast<uint32_t>(i);
    }
  }
  return found;
}

constexpr Kernels kKernels = {Filter, Scan, Distance};

}  // namespace

const Kernels* Avx512Kernels() { return &kKernels; }

}  // namespace vervet::index::hamming

#else

namespace vervet::index::hamming {
const Kernels* Avx512Kernels() { return nullptr; }
}  // namespace vervet::index::hamming

#endif
