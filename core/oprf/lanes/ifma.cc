#ifdef __x86_64__
#include <immintrin.h>

#include "core/oprf/lanes/block_ops.h"
#include "core/oprf/lanes/field_ifma.h"

namespace vervet::oprf {
namespace {

struct IfmaLane {
  typedef uint64_t U __attribute__((vector_size(64)));

  static VERVET_INLINE U MultiplyAddLow(U sum, U a, U b) {
    return (U)_mm512_madd52lo_epu64((__m512i)sum, (__m512i)a, (__m512i)b);
  }
  static VERVET_INLINE U MultiplyAddHigh(U sum, U a, U b) {
    return (U)_mm512_madd52hi_epu64((__m512i)sum, (__m512i)a, (__m512i)b);
  }
  // The compiler would make shifts and additions of a factor that it can see: slower on Zen 4.
  static VERVET_INLINE U Times19(U x) {
    __m512i nineteen = _mm512_set1_epi64(19);
    __asm__("" : "+v"(nineteen));
    return (U)_mm512_mullo_epi64((__m512i)x, nineteen);
  }
};

// Bringing eight lanes' buckets and putting them back is much beside multiplications this fast:
// nobody has measured which way is the faster one.
constexpr size_t kNever = SIZE_MAX;

}  // namespace

const LaneOps& IfmaOps() {
  static constexpr LaneOps kOps = BlockOps<IfmaField<IfmaLane>>::Of("avx512ifma", kNever);
  return kOps;
}

}  // namespace vervet::oprf

#endif
