#include <gtest/gtest.h>

#include "tests/hub/views/progress/made_up_coalition.h"

namespace vervet::hub::progress {
namespace {

// Ten of each scenario; `./dev bench` takes a hundred, and each many times.
constexpr int kEach = 10;
constexpr size_t kDraws = 1000;

TEST(Coverage, TheIntervalContainsTheTruthOfTwoHundredCoalitions) {
  Coverage all;
  int coalitions = 0;
  for (const Scenario& scenario : Scenarios()) {
    const Coverage coverage = Simulate(scenario, 0, kEach, 1, kDraws);
    coalitions += kEach;
    // 7 of 10 happen once in 100 scenarios at 95%; a method that fails has 0 or 1.
    EXPECT_GE(coverage.contains, 7) << scenario.name;
    all.Add(coverage);
  }
  EXPECT_EQ(coalitions, 200);
  EXPECT_GE(all.intervals(), 198);
  EXPECT_GE(all.share(), 0.92);
  EXPECT_LE(all.share(), 0.985);
}

TEST(Coverage, NoticesAnIntervalThatIsTooNarrow) {
  // The same simulation, with intervals at half their width: it would be seen.
  Scenario scenario = Scenarios().front();
  int contains = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const Coalition coalition = MakeUp(scenario, seed, 0, kDraws);
    const Reduction figure = coalition.estimate.Of({});
    ASSERT_TRUE(figure.reduction.has_value());
    const double low = (figure.reduction->low + figure.reduction->point) / 2;
    const double high = (figure.reduction->high + figure.reduction->point) / 2;
    if (low <= coalition.truth && coalition.truth <= high) ++contains;
  }
  EXPECT_LT(contains, 85);
}

}  // namespace
}  // namespace vervet::hub::progress
