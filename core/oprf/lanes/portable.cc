#include "core/oprf/lanes/block_ops.h"
#include "core/oprf/lanes/field_portable.h"

namespace vervet::oprf {

const LaneOps& PortableOps() {
  static constexpr LaneOps kOps = BlockOps<PortableField>::Of("portable");
  return kOps;
}

}  // namespace vervet::oprf
