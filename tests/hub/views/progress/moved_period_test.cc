// Sums that were kept, after revisions: the same figures as from nothing, for less work.
#include "hub/views/progress/moved_period.h"

#include <gtest/gtest.h>

#include "tests/hub/views/progress/panel_fixture.h"

namespace vervet::hub::progress {
namespace {

using Side = PeriodEstimate::Side;
using Which = PeriodEstimate::Which;

constexpr size_t kDraws = 500;

PeriodEstimate EstimateOf(const std::vector<Survey>& surveys,
                          const std::vector<ReviewTeam>& teams = {}) {
  PeriodEstimate estimate(kAfter, kDraws);
  for (const ReviewTeam& team : teams) estimate.PutTeam(team);
  std::vector<PeriodEstimate::Placed> placed;
  for (const Survey& survey : surveys) placed.push_back({survey, true});
  estimate.PutAll(placed);
  return estimate;
}

std::vector<Survey> SurveysOfFour() {
  std::vector<Survey> surveys;
  for (const char* member : {"one", "two", "three", "four"}) {
    surveys.push_back(SurveyOf(member, kAfter, 100'000, 30));
  }
  return surveys;
}

// What became of `then` when the second survey was revised to `now`.
RevisedPeriod Revised(const Survey& then, const std::vector<Survey>& now) {
  RevisedPeriod revised;
  revised.period = kAfter;
  revised.now = now;
  revised.then = {then};
  revised.changed = {then.stratum};
  return revised;
}

void ExpectTheSame(const Side& a, const Side& b) {
  EXPECT_EQ(a.Draws(), b.Draws());
  EXPECT_EQ(a.basis.sums.total, b.basis.sums.total);
  EXPECT_EQ(a.basis.members, b.basis.members);
  EXPECT_EQ(a.basis.covered, b.basis.covered);
}

TEST(MovedPeriod, GivesTheFiguresOfAnEstimateFromNothingAndDrawsOneStratumTwice) {
  std::vector<Survey> surveys = SurveysOfFour();
  const std::vector<ReviewTeam> teams = {{"moderators of two", 90, 10, 1},
                                         {"moderators of three", 80, 20, 1}};
  const PeriodEstimate before = EstimateOf(surveys, teams);
  const Survey then = surveys[1];
  surveys[1] = SurveyOf("two", kAfter, 70'000, 41);
  const PeriodEstimate baseline = EstimateOf(surveys);  // the same strata
  RevisedPeriod revised = Revised(then, surveys);
  revised.teams = teams;
  const auto moved = MovedPeriod::Create(revised, &baseline, kDraws);
  ASSERT_TRUE(moved.has_value());
  EXPECT_EQ(moved->strata_drawn(), 2u);
  const PeriodEstimate after = EstimateOf(surveys, teams);
  for (const char* member : {"", "one", "two"}) {
    Subset subset;
    subset.member = member;
    for (const Which which : {Which::kAll, Which::kMatched}) {
      ExpectTheSame(moved->Move(before.SideOf(subset, which), subset, which),
                    after.SideOf(subset, which));
    }
  }
  EXPECT_EQ(moved->strata_compared(), StrataCompared(baseline, after));
}

TEST(MovedPeriod, KnowsStrataThatCameAndWent) {
  std::vector<Survey> surveys = SurveysOfFour();
  const PeriodEstimate before = EstimateOf(surveys);
  const Survey gone = surveys.back();
  surveys.back() = SurveyOf("five", kAfter, 100'000, 7);
  RevisedPeriod revised = Revised(gone, surveys);
  revised.changed.insert(surveys.back().stratum);
  const auto moved = MovedPeriod::Create(revised, nullptr, kDraws);
  ASSERT_TRUE(moved.has_value());
  ExpectTheSame(moved->Move(before.SideOf({}, Which::kAll), {}, Which::kAll),
                EstimateOf(surveys).SideOf({}, Which::kAll));
}

// A PPV that strata share changes with the reviews of any of them.
TEST(MovedPeriod, IsNoneWhereThePpvIsShared) {
  std::vector<Survey> surveys = SurveysOfFour();
  Survey pooled = surveys[1];
  pooled.stratum.taxon_group = "reptiles";
  pooled.samples[0].reviewed_again = pooled.samples[0].confirmed = 0;
  surveys.push_back(pooled);
  const Survey then = surveys[1];
  surveys[1] = SurveyOf("two", kAfter, 70'000, 41);
  EXPECT_FALSE(MovedPeriod::Create(Revised(then, surveys), nullptr, kDraws).has_value());
  // Of a team whose positives were all reviewed it does not matter.
  const Survey other = surveys[0];
  surveys[0] = SurveyOf("one", kAfter, 70'000, 41);
  EXPECT_TRUE(MovedPeriod::Create(Revised(other, surveys), nullptr, kDraws).has_value());
  // Nor may the revised survey itself have had such positives.
  surveys.pop_back();
  EXPECT_FALSE(MovedPeriod::Create(Revised(pooled, surveys), nullptr, kDraws).has_value());
}

TEST(DrawSum, LeavesNoTraceOfWhatWasTakenAwayAlsoBeyond63Bits) {
  const std::vector<double> small = {1.5, 0, 3e4};
  const std::vector<double> large = {1e19, 4e15, 7};  // times 2^24 beyond 63 bits
  DrawSum sum(3);
  sum.Add(small, 1);
  const std::vector<double> before = sum.Values();
  EXPECT_EQ(before, small);
  sum.Add(large, 2);
  DrawSum other(3);
  other.Add(large, 2);
  other.Add(small, 1);
  EXPECT_EQ(sum.Values(), other.Values());
  EXPECT_EQ(sum.Values()[0], 2e19);
  sum.Subtract(large, 2);
  EXPECT_EQ(sum.Values(), before);
  other.Subtract(sum);
  DrawSum narrow(3);
  narrow.Add(other);
  EXPECT_EQ(narrow.Values()[2], 14);
}

}  // namespace
}  // namespace vervet::hub::progress
