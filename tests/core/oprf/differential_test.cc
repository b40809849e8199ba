// A thousandth of the long run (differential_main.cc), and batches around the lanes of a vector and
// the chunks of a batch.
#include "tests/core/oprf/differential.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "core/oprf/curve_lanes.h"
#include "tests/core/oprf/test_curves.h"

namespace vervet::oprf {
namespace {

// All, or without those that emulate an instruction, which are slow, and those that differ from
// another with few points only.
std::vector<const Curve*> Curves(bool all) {
  std::vector<const Curve*> curves;
  for (const Curve* curve : RunnableCurves()) {
    if (curve == &SodiumCurve()) continue;
    const bool needless =
        absl::StartsWith(curve->name(), "emulated") || absl::EndsWith(curve->name(), "-buckets");
    if (all || !needless) curves.push_back(curve);
  }
  return curves;
}

TEST(Differential, TenThousandPointsAreAsLibsodiumHasThem) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    EXPECT_EQ(FirstDifference(Curves(false), 1000, seed), "");
  }
}

TEST(Differential, ABatchIsRightWhateverItsSize) {
  for (const size_t count : {1, 7, 8, 9, 255, 256}) {
    EXPECT_EQ(FirstDifference(Curves(true), count, 100 + count), "");
  }
  EXPECT_EQ(FirstDifference(Curves(false), 4096, 99), "");
}

TEST(Differential, NoticesAMultiplyAddThatLosesABit) {
  const auto faulty = MakeLaneCurve(FaultyIfmaOps());
  const Curve* const curves[] = {faulty.get()};
  EXPECT_NE(FirstDifference(curves, 8, 1), "");
}

}  // namespace
}  // namespace vervet::oprf
