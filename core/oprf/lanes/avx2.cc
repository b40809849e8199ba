#ifdef __x86_64__
#include "core/oprf/lanes/block_ops.h"
#include "core/oprf/lanes/field_fma.h"

namespace vervet::oprf {

const LaneOps& Avx2Ops() {
  static constexpr LaneOps kOps = BlockOps<FmaField>::Of("avx2");
  return kOps;
}

}  // namespace vervet::oprf

#endif
