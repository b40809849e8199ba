#include "core/oprf/lanes/block_ops.h"
#include "core/oprf/lanes/field_ifma.h"
#include "tests/core/oprf/test_curves.h"

namespace vervet::oprf {
namespace {

// VPMADD52LUQ and VPMADD52HUQ as Intel's manual defines them: operands are cut to 52 bits, the low
// or the high 52 bits of their product are added modulo 2^64.
template <uint64_t kLostBits>
struct EmulatedLane {
  typedef uint64_t U __attribute__((vector_size(64)));
  static constexpr uint64_t kMask = (uint64_t{1} << 52) - 1;

  static VERVET_INLINE unsigned __int128 Product(uint64_t a, uint64_t b) {
    return static_cast<unsigned __int128>(a & kMask) * (b & kMask);
  }
  static VERVET_INLINE U MultiplyAddLow(U sum, U a, U b) {
    for (int i = 0; i < 8; ++i) sum[i] += static_cast<uint64_t>(Product(a[i], b[i])) & kMask;
    return sum;
  }
  static VERVET_INLINE U MultiplyAddHigh(U sum, U a, U b) {
    for (int i = 0; i < 8; ++i) {
      sum[i] += static_cast<uint64_t>(Product(a[i], b[i]) >> 52) & ~kLostBits;
    }
    return sum;
  }
  static VERVET_INLINE U Times19(U x) { return x * 19; }
};

}  // namespace

const LaneOps& EmulatedIfmaOps() {
  static constexpr LaneOps kOps =
      BlockOps<IfmaField<EmulatedLane<0>>>::Of("emulated-ifma", SIZE_MAX);
  return kOps;
}

const LaneOps& FaultyIfmaOps() {
  static constexpr LaneOps kOps =
      BlockOps<IfmaField<EmulatedLane<uint64_t{1} << 49>>>::Of("faulty-ifma", SIZE_MAX);
  return kOps;
}

}  // namespace vervet::oprf
