#ifdef __x86_64__
#include "core/oprf/lanes/block_ops.h"
#include "core/oprf/lanes/field_fma.h"

namespace vervet::oprf {
namespace {
constexpr size_t kBucketsFrom = 96;  // measured on Zen 3
}  // namespace

const LaneOps& Avx2Ops() {
  static constexpr LaneOps kOps = BlockOps<FmaField>::Of("avx2", kBucketsFrom);
  return kOps;
}

}  // namespace vervet::oprf

#endif
