#include "tests/core/oprf/test_curves.h"

#include <cstdio>
#include <cstdlib>

#include "core/oprf/curve_choice.h"
#include "core/oprf/curve_lanes.h"

namespace vervet::oprf {

std::vector<const LaneOps*> RunnableLaneOps() {
  std::vector<const LaneOps*> ops = Candidates(ProcessorClaims::Ask());
  ops.push_back(&EmulatedIfmaOps());
  return ops;
}

const std::vector<const Curve*>& RunnableCurves() {
  static const auto* const curves = [] {
    auto* all = new std::vector<const Curve*>{&SodiumCurve()};
    for (const LaneOps* ops : RunnableLaneOps()) all->push_back(MakeLaneCurve(*ops).release());
    return all;
  }();
  return *curves;
}

const Curve& CurveNamed(const std::string& name) {
  for (const Curve* curve : RunnableCurves()) {
    if (curve->name() == name) return *curve;
  }
  std::fprintf(stderr, "no curve %s on this machine\n", name.c_str());
  std::abort();
}

}  // namespace vervet::oprf
