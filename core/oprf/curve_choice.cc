#include <atomic>
#include <vector>

#include "core/oprf/curve.h"
#include "core/oprf/curve_lanes.h"
#include "core/oprf/curve_testing.h"

namespace vervet::oprf {
namespace {

std::atomic<const Curve*> for_testing{nullptr};

void AddIfItWorks(const LaneOps& ops, std::vector<const Curve*>& curves) {
  std::unique_ptr<const Curve> curve = MakeLaneCurve(ops);
  if (AgreesWithSodium(*curve)) curves.push_back(curve.release());
}

std::vector<const Curve*> Choose() {
  std::vector<const Curve*> curves;
#ifdef __x86_64__
  // Asks the operating system as well, which must save the wide registers.
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512ifma")) {
    AddIfItWorks(IfmaOps(), curves);
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    AddIfItWorks(Avx2Ops(), curves);
  }
#endif
  AddIfItWorks(PortableOps(), curves);
  curves.push_back(&SodiumCurve());
  return curves;
}

}  // namespace

absl::Span<const Curve* const> AvailableCurves() {
  static const auto* const curves = new std::vector<const Curve*>(Choose());
  return *curves;
}

const Curve& BestCurve(size_t count) {
  if (const Curve* const forced = for_testing.load()) return *forced;
  // A block of lanes takes the same time with one point in it: that one goes to libsodium.
  return count == 1 ? SodiumCurve() : *AvailableCurves().front();
}

ScopedCurveForTesting::ScopedCurveForTesting(const Curve& curve)
    : before_(for_testing.exchange(&curve)) {}
ScopedCurveForTesting::~ScopedCurveForTesting() { for_testing = before_; }

}  // namespace vervet::oprf
