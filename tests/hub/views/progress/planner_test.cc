#include "hub/views/progress/planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vervet::hub::progress {
namespace {

using ::testing::HasSubstr;

PlanRequest OneStratum(double truth, double power) {
  PlanRequest request;
  request.truth = truth;
  request.power = power;
  request.strata = {{"market", 1e6, 1e-4}};
  return request;
}

TEST(Planner, AHundredPositivesShowATrue80PercentAs68To88) {
  const LikelyInterval interval = IntervalAt(100, 20, 0.80);
  EXPECT_NEAR(interval.low, 0.68, 0.005);
  EXPECT_NEAR(interval.high, 0.88, 0.005);
}

TEST(Planner, ATruthOf85PercentPassesHalfTheTimeWith356And54) {
  const auto plan = PlanSamples(OneStratum(0.85, 0.5));
  ASSERT_TRUE(plan.ok());
  EXPECT_NEAR(plan->baseline_positives, 356, 1);
  EXPECT_NEAR(plan->follow_up_positives, 53.4, 0.5);  // 54 whole ones
  EXPECT_NEAR(PowerOf(356, 53.4, 0.85, 0.80), 0.5, 0.005);
}

TEST(Planner, ATruthOf90PercentPassesHalfTheTimeWith88And9) {
  const auto plan = PlanSamples(OneStratum(0.90, 0.5));
  ASSERT_TRUE(plan.ok());
  EXPECT_NEAR(plan->baseline_positives, 88, 0.5);
  EXPECT_NEAR(plan->follow_up_positives, 8.8, 0.1);
}

TEST(Planner, FourTimesInFiveTake727And109) {
  const auto plan = PlanSamples(OneStratum(0.85, 0.8));
  ASSERT_TRUE(plan.ok());
  EXPECT_NEAR(plan->baseline_positives, 727, 1);
  EXPECT_NEAR(plan->follow_up_positives, 109, 0.5);
  EXPECT_NEAR(plan->listings, 7.27e6, 2e4);  // at one in 10,000
  EXPECT_NEAR(PowerOf(727, 109, 0.85, 0.80), 0.8, 0.005);
}

TEST(Planner, SharesTheWorkByExposureAndSaysWhatNeymanSaves) {
  PlanRequest request = OneStratum(0.85, 0.8);
  request.strata = {{"large and clean", 9e6, 2e-5}, {"small and busy", 1e6, 1e-3}};
  const auto by_exposure = PlanSamples(request);
  ASSERT_TRUE(by_exposure.ok());
  EXPECT_NEAR(by_exposure->strata[0].listings / by_exposure->strata[1].listings, 9, 0.01);
  // By exposure every positive weighs the same, so the numbers of one stratum hold.
  EXPECT_NEAR(by_exposure->baseline_positives, 727, 1);
  request.allocation = PlanRequest::Allocation::kNeyman;
  const auto neyman = PlanSamples(request);
  ASSERT_TRUE(neyman.ok());
  request.allocation = PlanRequest::Allocation::kEqual;
  const auto equal = PlanSamples(request);
  ASSERT_TRUE(equal.ok());
  EXPECT_LT(neyman->listings, 0.75 * by_exposure->listings);
  EXPECT_LT(neyman->listings, equal->listings);
}

TEST(Planner, ReviewersWhoOverlookAndAPartialSecondReviewTakeMoreListings) {
  const auto plain = PlanSamples(OneStratum(0.85, 0.8));
  PlanRequest request = OneStratum(0.85, 0.8);
  request.sensitivity = 0.5;
  request.reviewed_again = 0.5;
  const auto more = PlanSamples(request);
  ASSERT_TRUE(plain.ok() && more.ok());
  EXPECT_NEAR(more->listings / plain->listings, 4, 0.01);
}

TEST(Planner, RefusesATruthThatNoSampleCanShow) {
  const auto at_target = PlanSamples(OneStratum(0.80, 0.8));
  EXPECT_EQ(at_target.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(at_target.status().message()), HasSubstr("above the target"));
  PlanRequest request = OneStratum(0.85, 0.8);
  request.strata[0].prevalence = 0;
  EXPECT_THAT(std::string(PlanSamples(request).status().message()),
              HasSubstr("strata[0].prevalence"));
  request.strata.clear();
  EXPECT_FALSE(PlanSamples(request).ok());
}

}  // namespace
}  // namespace vervet::hub::progress
