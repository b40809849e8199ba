// How AvailableCurves() comes to its list, for tests as well.
#ifndef VERVET_CORE_OPRF_CURVE_CHOICE_H_
#define VERVET_CORE_OPRF_CURVE_CHOICE_H_

#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "core/oprf/curve.h"
#include "core/oprf/lanes/lane_ops.h"
#include "core/oprf/processor.h"

namespace vervet::oprf {

// What may be tried on a processor that claims this, fastest first.
std::vector<const LaneOps*> Candidates(const ProcessorClaims& claims);

struct ChosenCurves {
  std::vector<std::unique_ptr<const Curve>> made;
  std::vector<const Curve*> all;  // those, and SodiumCurve() last
};
// Curves of those that ran to their end (RunsHere) and computed what libsodium does
// (AgreesWithSodium), in their order. One call at a time.
ChosenCurves ChooseCurves(absl::Span<const LaneOps* const> candidates);

}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_CURVE_CHOICE_H_
