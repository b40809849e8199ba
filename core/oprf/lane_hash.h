// expand_message_xmd of many public messages, as many at a time as there are lanes.
#ifndef VERVET_CORE_OPRF_LANE_HASH_H_
#define VERVET_CORE_OPRF_LANE_HASH_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/oprf/hash.h"
#include "core/oprf/lanes/lane_ops.h"

namespace vervet::oprf {

// Curve::ExpandEach. Leaves copies of the messages behind.
void ExpandEachInLanes(const LaneOps& ops, Bytes messages_packed, size_t message_bytes,
                       absl::string_view dst, absl::Span<uint8_t> out_packed);

}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_LANE_HASH_H_
