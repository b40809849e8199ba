// Many surveys at once, and another period against the same baseline: less work, the same figures.
#include <gtest/gtest.h>

#include <vector>

#include "hub/views/progress/reduction.h"
#include "tests/hub/views/progress/panel_fixture.h"

namespace vervet::hub::progress {
namespace {

// Every figure of two estimates, to the bit.
void ExpectTheSameFigures(const PanelEstimate& a, const PanelEstimate& b) {
  for (const char* member : {"", "one", "two", "three"}) {
    Subset subset;
    subset.member = member;
    const Reduction x = a.Of(subset);
    const Reduction y = b.Of(subset);
    EXPECT_EQ(x.reason, y.reason) << member;
    EXPECT_EQ(x.without_baseline, y.without_baseline) << member;
    EXPECT_EQ(x.without_follow_up, y.without_follow_up) << member;
    EXPECT_EQ(x.follow_up.sums.total, y.follow_up.sums.total) << member;
    ASSERT_EQ(x.reduction.has_value(), y.reduction.has_value()) << member;
    if (!x.reduction) continue;
    EXPECT_EQ(x.reduction->point, y.reduction->point) << member;
    EXPECT_EQ(x.reduction->low, y.reduction->low) << member;
    EXPECT_EQ(x.reduction->high, y.reduction->high) << member;
  }
}

// Three members in the baseline; in the follow-up the third lacks, and another came. One team's
// positives take its PPV.
std::vector<Survey> SurveysOfThree(Days follow_up) {
  std::vector<Survey> surveys;
  for (const char* member : {"one", "two", "three"}) {
    surveys.push_back(SurveyOf(member, kBefore, 100'000, 90));
  }
  for (const char* member : {"one", "two", "four"}) {
    surveys.push_back(SurveyOf(member, follow_up, 50'000, 20));
  }
  Survey pooled = SurveyOf("one", follow_up, 30'000, 8);
  pooled.stratum.taxon_group = "reptiles";
  pooled.samples[0].reviewed_again = pooled.samples[0].confirmed = 0;
  surveys.push_back(pooled);
  pooled.days = kBefore;
  surveys.push_back(pooled);
  return surveys;
}

TEST(PanelEstimate, ManyAtOnceAreTheSameAsOneByOneAndDrawEachStratumOnce) {
  PanelEstimate one_by_one = NewEstimate(500);
  for (const Survey& survey : SurveysOfThree(kAfter)) ASSERT_TRUE(one_by_one.Put(survey).ok());
  PanelEstimate at_once = NewEstimate(500);
  at_once.PutAll(SurveysOfThree(kAfter));
  ExpectTheSameFigures(at_once, one_by_one);
  EXPECT_EQ(at_once.strata_drawn(), 8u);
}

TEST(PanelEstimate, ManyAtOnceLeaveOutWhatWouldBeRefused) {
  std::vector<Survey> surveys = SurveysOfThree(kAfter);
  PanelEstimate good = NewEstimate(500);
  good.PutAll(surveys);
  surveys.push_back(SurveyOf("one", {kAfter.begin + 10, kAfter.begin + 20}, 1'000, 5));  // overlaps
  surveys.push_back(SurveyOf("two", {1'000, 1'030}, 1'000, 5));  // of no period
  Survey wrong = SurveyOf("three", kAfter, 1'000, 5);
  wrong.unit = "listing";
  surveys.push_back(wrong);
  PanelEstimate estimate = NewEstimate(500);
  estimate.PutAll(surveys);
  ExpectTheSameFigures(estimate, good);
}

TEST(PanelEstimate, AnotherFollowUpTakesTheBaselineOverWithoutDrawingItAgain) {
  const Days kLater = {kAfter.end, kAfter.end + 365};
  PanelEstimate first = NewEstimate(500);
  ASSERT_TRUE(first.PutTeam({"moderators of two", 90, 10, 1}).ok());
  first.PutAll(SurveysOfThree(kAfter));
  // In the later one "three" is back and "four" is gone.
  std::vector<Survey> later;
  for (const char* member : {"one", "two", "three"}) {
    later.push_back(SurveyOf(member, kLater, 40'000, 11));
  }
  const PanelEstimate moved = first.Against(kLater, later);

  Panel panel = TestPanel();
  panel.follow_up = kLater;
  PanelEstimate::Options options;
  options.draws = 500;
  PanelEstimate from_nothing = *PanelEstimate::Create(panel, options);
  ASSERT_TRUE(from_nothing.PutTeam({"moderators of two", 90, 10, 1}).ok());
  std::vector<Survey> all = SurveysOfThree(kAfter);
  all.insert(all.end(), later.begin(), later.end());
  from_nothing.PutAll(all);
  ExpectTheSameFigures(moved, from_nothing);
  EXPECT_EQ(moved.StrataCompared(), from_nothing.StrataCompared());
  EXPECT_NE(moved.StrataCompared(), first.StrataCompared());
  // The three of the later follow-up; of the baseline "three", which has a counterpart now, and
  // the reptiles of "one", which have none any longer.
  EXPECT_EQ(moved.strata_drawn() - first.baseline().strata_drawn(), 5u);
}

}  // namespace
}  // namespace vervet::hub::progress
