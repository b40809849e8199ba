#include "hub/views/progress/displacement.h"

#include <gtest/gtest.h>

namespace vervet::hub::progress {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'750'000'000);

absl::Time Day(double days) { return kStart + days * absl::Hours(24); }

OffenderSightings MetAfter(double days) {
  OffenderSightings record;
  record.published_at = kStart;
  record.published_by = "a";
  record.sightings = {{Day(days), "b"}};
  return record;
}

OffenderSightings NeverMet(double ends_after_days) {
  OffenderSightings record;
  record.published_at = kStart;
  record.published_by = "a";
  record.record_ends = Day(ends_after_days);
  return record;
}

DisplacementOptions AsOf(double days) {
  DisplacementOptions options;
  options.as_of = Day(days);
  return options;
}

TEST(Displacement, WithoutCensoringSharesAreCounts) {
  std::vector<OffenderSightings> records;
  for (int i = 0; i < 20; ++i) records.push_back(MetAfter(10 + i % 5));
  for (int i = 0; i < 30; ++i) records.push_back(MetAfter(60));
  for (int i = 0; i < 50; ++i) records.push_back(NeverMet(1000));
  const Displacement d = EstimateDisplacement(records, AsOf(900));
  ASSERT_EQ(d.horizons.size(), 3u);
  EXPECT_NEAR(*d.horizons[0].share, 0.2, 1e-12);
  EXPECT_NEAR(*d.horizons[1].share, 0.5, 1e-12);
  EXPECT_NEAR(*d.horizons[2].share, 0.5, 1e-12);
  // Wilson's interval for 50 of 100.
  EXPECT_NEAR(d.horizons[1].low, 0.404, 0.001);
  EXPECT_NEAR(d.horizons[1].high, 0.596, 0.001);
  EXPECT_EQ(d.offenders, 100);
  EXPECT_EQ(d.reappeared, 50);
  EXPECT_EQ(*d.quarter_after_days, 60);
  EXPECT_EQ(*d.half_after_days, 60);
  EXPECT_EQ(*d.median_days_of_reappeared, 60);
}

TEST(Displacement, ARecordThatEndedEarlyIsNotOneThatStayedAway) {
  // 10 met on day 20; 10 whose records ended on day 10; 10 followed for a year. By counting, a
  // third has reappeared; of those who could be seen to, it is a half.
  std::vector<OffenderSightings> records;
  for (int i = 0; i < 10; ++i) records.push_back(MetAfter(20));
  for (int i = 0; i < 10; ++i) records.push_back(NeverMet(10));
  for (int i = 0; i < 10; ++i) records.push_back(NeverMet(400));
  const Displacement d = EstimateDisplacement(records, AsOf(500));
  EXPECT_NEAR(*d.horizons[0].share, 0.5, 1e-12);
  EXPECT_EQ(d.horizons[0].followed, 20);
}

TEST(Displacement, AgreesWithTheTextbooksExample) {
  // Freireich et al. 1963, 6-MP arm (Kalbfleisch and Prentice): times in weeks, + censored:
  // 6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+; S(10) = 0.7529,
  // S(23) = 0.4482.
  const double met[] = {6, 6, 6, 7, 10, 13, 16, 22, 23};
  const double left[] = {6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35};
  std::vector<OffenderSightings> records;
  for (double days : met) records.push_back(MetAfter(days));
  for (double days : left) records.push_back(NeverMet(days));
  DisplacementOptions options = AsOf(500);
  options.horizons_days = {10, 23};
  const Displacement d = EstimateDisplacement(records, options);
  EXPECT_NEAR(*d.horizons[0].share, 1 - 0.7529, 5e-5);
  EXPECT_NEAR(*d.horizons[1].share, 1 - 0.4482, 5e-5);
  EXPECT_EQ(*d.half_after_days, 23);
}

TEST(Displacement, AnAccountThatWasThereBeforeIsNotDisplaced) {
  std::vector<OffenderSightings> records = {MetAfter(-5), MetAfter(0.2), MetAfter(3)};
  const Displacement d = EstimateDisplacement(records, AsOf(400));
  EXPECT_EQ(d.already_there, 2);
  EXPECT_EQ(d.offenders, 1);
  EXPECT_EQ(d.reappeared, 1);
}

TEST(Displacement, ThePublishersOwnMatchesAndThoseAfterTheDateAskedForDoNotCount) {
  std::vector<OffenderSightings> records = {MetAfter(50), MetAfter(200)};
  records[0].sightings.push_back({Day(5), "a"});
  OffenderSightings later = MetAfter(300);
  later.published_at = Day(250);
  records.push_back(later);
  const Displacement d = EstimateDisplacement(records, AsOf(100));
  EXPECT_EQ(d.offenders, 2);
  EXPECT_EQ(d.reappeared, 1);
  EXPECT_EQ(*d.median_days_of_reappeared, 50);
}

TEST(Displacement, SaysNothingOfAYearThatNobodyWasFollowedFor) {
  std::vector<OffenderSightings> records;
  for (int i = 0; i < 10; ++i) records.push_back(NeverMet(1000));
  const Displacement d = EstimateDisplacement(records, AsOf(100));
  EXPECT_TRUE(d.horizons[1].share.has_value());
  EXPECT_FALSE(d.horizons[2].share.has_value());
  EXPECT_EQ(EstimateDisplacement({}, AsOf(100)).horizons[0].share, std::nullopt);
}

TEST(Displacement, ZeroOfTenIsNoProofOfNone) {
  std::vector<OffenderSightings> records;
  for (int i = 0; i < 10; ++i) records.push_back(NeverMet(1000));
  const Displacement d = EstimateDisplacement(records, AsOf(400));
  EXPECT_EQ(*d.horizons[2].share, 0);
  EXPECT_GT(d.horizons[2].high, 0.25);
  for (auto& record : records) record = MetAfter(5);
  const Displacement all = EstimateDisplacement(records, AsOf(400));
  EXPECT_EQ(*all.horizons[2].share, 1);
  EXPECT_LT(all.horizons[2].low, 0.75);
}

}  // namespace
}  // namespace vervet::hub::progress
