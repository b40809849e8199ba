// A Curve made of blocks of lanes.
#ifndef VERVET_CORE_OPRF_CURVE_LANES_H_
#define VERVET_CORE_OPRF_CURVE_LANES_H_

#include <memory>

#include "core/oprf/curve.h"
#include "core/oprf/lanes/lane_ops.h"

namespace vervet::oprf {

// Fills the last block up with identities, recodes scalars, splits long batches so that what one
// inversion serves stays in the cache. `ops` outlives it.
std::unique_ptr<const Curve> MakeLaneCurve(const LaneOps& ops);

// The digits that LaneOps multiplies by, `stride` apart; `scalar` is 32 bytes, below 2^253. In
// constant time.
void Recode(const uint8_t* scalar, int8_t* digits, size_t stride);
// Those of scalar/2, or (scalar + l)/2 where it is odd, because encode_doubled gives twice the
// point.
void HalveAndRecode(const uint8_t* scalar, int8_t* digits, size_t stride);
// Of a public weight, the digits of radix 2^bits, from the lowest up: as many windows as 254 bits
// have.
void HalveAndRecodeForBuckets(const uint8_t* weight, int bits, int8_t* digits);

// Whether a few products, sums, maps, decodings and hashes with fixed inputs come out as libsodium
// has them (known_answers.cc): full blocks, a block that is not full, an encoding that is none,
// enough points for a sum by buckets. Milliseconds.
bool AgreesWithSodium(const Curve& curve);

}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_CURVE_LANES_H_
