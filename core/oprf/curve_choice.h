// How AvailableCurves() comes to its list, for tests as well.
#ifndef VERVET_CORE_OPRF_CURVE_CHOICE_H_
#define VERVET_CORE_OPRF_CURVE_CHOICE_H_

#include <vector>

#include "absl/types/span.h"
#include "core/oprf/curve.h"
#include "core/oprf/lanes/lane_ops.h"
#include "core/oprf/processor.h"

namespace vervet::oprf {

// What may be tried on a processor that claims this, fastest first.
std::vector<const LaneOps*> Candidates(const ProcessorClaims& claims);

// Curves of those that ran to their end (RunsHere) and computed what libsodium does
// (AgreesWithSodium), in their order, and SodiumCurve() last. The curves live for ever. One call at
// a time.
std::vector<const Curve*> ChooseCurves(absl::Span<const LaneOps* const> candidates);

}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_CURVE_CHOICE_H_
