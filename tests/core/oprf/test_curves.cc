#include "tests/core/oprf/test_curves.h"

#include <cstdio>
#include <cstdlib>

#include "core/oprf/curve_lanes.h"

namespace vervet::oprf {

std::vector<const LaneOps*> RunnableLaneOps() {
  std::vector<const LaneOps*> ops = {&PortableOps(), &EmulatedIfmaOps()};
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) ops.push_back(&Avx2Ops());
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512ifma")) {
    ops.push_back(&IfmaOps());
  }
#endif
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
