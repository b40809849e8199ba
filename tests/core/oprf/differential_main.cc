// vervet_oprf_differential [POINTS] [SEED]: the long run of differential_test.cc, over every
// implementation that this machine can run at full speed; the one without lanes, which is slow,
// takes a sixteenth. Several runs side by side want seeds that are far apart.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/match.h"
#include "tests/core/oprf/differential.h"
#include "tests/core/oprf/test_curves.h"

int main(int argc, char** argv) {
  using vervet::oprf::Curve;
  const size_t points = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000'000;
  uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  std::vector<const Curve*> curves, lanes;
  for (const Curve* curve : vervet::oprf::RunnableCurves()) {
    if (curve->name() == "libsodium" || absl::StartsWith(curve->name(), "emulated")) continue;
    if (absl::EndsWith(curve->name(), "-buckets")) continue;  // so many points take buckets anyway
    curves.push_back(curve);
    if (curve->name() != "portable") lanes.push_back(curve);
  }
  constexpr size_t kAtATime = 4096;
  for (size_t done = 0; done < points; ++seed) {
    const size_t count = std::min(kAtATime, points - done);
    const std::string difference = vervet::oprf::FirstDifference(
        seed % 16 == 0 || lanes.empty() ? curves : lanes, count, seed);
    if (!difference.empty()) {
      std::printf("differs from libsodium: %s\n", difference.c_str());
      return 1;
    }
    done += count;
    if (seed % 16 == 0) std::fprintf(stderr, "%zu of %zu points\n", done, points);
  }
  for (const Curve* curve : lanes) {
    std::printf("%.*s: %zu points and scalars as libsodium has them\n",
                static_cast<int>(curve->name().size()), curve->name().data(), points);
  }
  return 0;
}
