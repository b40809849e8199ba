#include "tests/core/oprf/test_curves.h"

#include <cstdio>
#include <cstdlib>
#include <deque>

#include "absl/strings/str_cat.h"
#include "core/oprf/curve_choice.h"
#include "core/oprf/curve_lanes.h"

namespace vervet::oprf {

std::vector<const LaneOps*> RunnableLaneOps() {
  std::vector<const LaneOps*> ops = Candidates(ProcessorClaims::Ask());
  ops.push_back(&EmulatedIfmaOps());
  return ops;
}

namespace {

// The same with buckets from one point on.
struct WithBuckets {
  explicit WithBuckets(const LaneOps& from) : name(absl::StrCat(from.name, "-buckets")), ops(from) {
    ops.name = name.c_str();
    ops.buckets_from = 1;
  }
  const std::string name;
  LaneOps ops;
};

}  // namespace

const std::vector<const Curve*>& RunnableCurves() {
  static const auto* const curves = [] {
    static auto* const with_buckets = new std::deque<WithBuckets>;
    auto* all = new std::vector<const Curve*>{&SodiumCurve()};
    for (const LaneOps* ops : RunnableLaneOps()) {
      all->push_back(MakeLaneCurve(*ops).release());
      all->push_back(MakeLaneCurve(with_buckets->emplace_back(*ops).ops).release());
    }
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
