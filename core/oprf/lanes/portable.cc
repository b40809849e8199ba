#include "core/oprf/lanes/block_ops.h"
#include "core/oprf/lanes/field_portable.h"

namespace vervet::oprf {
namespace {
constexpr size_t kBucketsFrom = 96;  // measured on Zen 3
}  // namespace

const LaneOps& PortableOps() {
  static constexpr LaneOps kOps = BlockOps<PortableField>::Of("portable", kBucketsFrom);
  return kOps;
}

}  // namespace vervet::oprf
