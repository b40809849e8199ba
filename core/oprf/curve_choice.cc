#include "core/oprf/curve_choice.h"

#include <atomic>
#include <memory>
#include <utility>

#include "core/oprf/curve_lanes.h"
#include "core/oprf/curve_testing.h"
#include "core/oprf/trial.h"

namespace vervet::oprf {
namespace {

std::atomic<const Curve*> for_testing{nullptr};

}  // namespace

std::vector<const LaneOps*> Candidates([[maybe_unused]] const ProcessorClaims& claims) {
  std::vector<const LaneOps*> candidates;
#ifdef __x86_64__
  if (ClaimsIfma(claims)) candidates.push_back(&IfmaOps());
  if (ClaimsAvx2(claims)) candidates.push_back(&Avx2Ops());
#endif
  candidates.push_back(&PortableOps());
  return candidates;
}

ChosenCurves ChooseCurves(absl::Span<const LaneOps* const> candidates) {
  ChosenCurves chosen;
  for (const LaneOps* const ops : candidates) {
    if (!RunsHere(*ops)) continue;
    std::unique_ptr<const Curve> curve = MakeLaneCurve(*ops);
    if (!AgreesWithSodium(*curve)) continue;
    chosen.all.push_back(curve.get());
    chosen.made.push_back(std::move(curve));
  }
  chosen.all.push_back(&SodiumCurve());
  return chosen;
}

absl::Span<const Curve* const> AvailableCurves() {
  static const auto* const chosen =
      new ChosenCurves(ChooseCurves(Candidates(ProcessorClaims::Ask())));
  return chosen->all;
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
