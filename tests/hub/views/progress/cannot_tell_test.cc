// When the answer is "cannot tell", and what stands beside a figure.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/hub/views/progress/panel_fixture.h"

namespace vervet::hub::progress {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

TEST(Reduction, CannotTellWithoutABaseline) {
  PanelEstimate estimate = NewEstimate();
  EXPECT_EQ(estimate.Of({}).reason, Reason::kNoBaseline);
  Put(&estimate, SurveyOf("a", kAfter, 1000, 1));
  const Reduction figure = estimate.Of({});
  EXPECT_EQ(figure.reason, Reason::kNoBaseline);
  EXPECT_EQ(figure.verdict, Verdict::kCannotTell);
  EXPECT_FALSE(figure.reduction.has_value());
  EXPECT_FALSE(InWords(figure.reason).empty());
}

TEST(Reduction, CannotTellWithoutAFollowUp) {
  PanelEstimate estimate = NewEstimate();
  Put(&estimate, SurveyOf("a", kBefore, 1000, 1));
  EXPECT_EQ(estimate.Of({}).reason, Reason::kNoFollowUp);
  EXPECT_GT(estimate.baseline().PrevalenceOf({})->point, 0);
}

TEST(Reduction, CannotTellFromOneMemberButShowsItsFigure) {
  PanelEstimate estimate = NewEstimate();
  Put(&estimate, SurveyOf("a", kBefore, 10'000'000, 5000));
  Put(&estimate, SurveyOf("a", kAfter, 10'000'000, 50));
  const Reduction figure = estimate.Of({});
  EXPECT_EQ(figure.verdict, Verdict::kCannotTell);
  EXPECT_EQ(figure.reason, Reason::kOneContributor);
  EXPECT_NEAR(figure.reduction->point, 0.99, 1e-9);
}

TEST(Reduction, CannotTellWhereTheBaselineHasNoPositive) {
  const Reduction figure = Pair(100'000, 0, 0).Of({});
  EXPECT_EQ(figure.reason, Reason::kNoBaselinePositives);
  EXPECT_FALSE(figure.reduction.has_value());
}

TEST(Reduction, CannotTellWhereNoPositiveStoodTheSecondReview) {
  PanelEstimate estimate = Pair(100'000, 40, 10);
  for (const char* member : {"a", "b"}) {
    Survey before = SurveyOf(member, kBefore, 50'000, 20);
    before.samples[0].confirmed = 0;
    Put(&estimate, before);
  }
  EXPECT_EQ(estimate.Of({}).reason, Reason::kBaselinePpvZero);
  EXPECT_FALSE(estimate.Of({}).reduction.has_value());
}

TEST(Reduction, CannotTellWhereTheFollowUpsPpvIsZeroAndPositivesWereNotReviewedAgain) {
  PanelEstimate estimate = Pair(100'000, 400, 40);
  for (const char* member : {"a", "b"}) {
    Survey after = SurveyOf(member, kAfter, 50'000, 20);
    after.samples[0].reviewed_again = 5;
    after.samples[0].confirmed = 0;
    Put(&estimate, after);
  }
  EXPECT_EQ(estimate.Of({}).reason, Reason::kFollowUpPpvZero);
  // Once all are reviewed and none is confirmed, it is a zero like another.
  for (const char* member : {"a", "b"}) {
    Survey after = SurveyOf(member, kAfter, 50'000, 20);
    after.samples[0].confirmed = 0;
    Put(&estimate, after);
  }
  EXPECT_EQ(estimate.Of({}).verdict, Verdict::kMet);
}

TEST(Reduction, CannotTellFromPositivesThatNobodyReviewedAgain) {
  PanelEstimate estimate = Pair(100'000, 400, 40);
  Survey after = SurveyOf("b", kAfter, 50'000, 20);
  after.samples[0].reviewed_again = after.samples[0].confirmed = 0;
  after.team = "the untested";
  Put(&estimate, after);
  EXPECT_EQ(estimate.Of({}).reason, Reason::kPpvUnknown);
  // Another survey of the team in the period tells its PPV.
  Survey other = SurveyOf("b", kAfter, 50'000, 30);
  other.stratum.surface = "chat";
  other.samples[0].confirmed = 15;
  other.team = "the untested";
  Put(&estimate, other);
  other.days = kBefore;
  Put(&estimate, other);
  const Reduction figure = estimate.Of({});
  ASSERT_TRUE(figure.reduction.has_value());
  // 200 + 200 + 15 before; 20 + 20 * 15/30 + 15 after.
  EXPECT_NEAR(figure.reduction->point, 1 - 45.0 / 415, 1e-9);
}

TEST(Reduction, NothingFoundInTheFollowUpIsNever100Percent) {
  const Reduction small = Pair(1'000'000, 6, 0).Of({});
  ASSERT_TRUE(small.reduction.has_value());
  EXPECT_THAT(small.notes, Contains(Note::kNothingFoundInFollowUp));
  EXPECT_LT(small.reduction->point, 0.99);
  EXPECT_LT(small.reduction->low, 0.80);
  EXPECT_EQ(small.verdict, Verdict::kCannotTell);
  const Reduction large = Pair(1'000'000, 200, 0).Of({});
  EXPECT_EQ(large.verdict, Verdict::kMet);
  EXPECT_LT(large.reduction->high, 1);
  EXPECT_LT(large.reduction->point, 1);
}

TEST(Reduction, TheFigureIsWithinItsInterval) {
  // A positive of a stratum of no weight, beside zeros of a stratum of a thousand times its weight.
  PanelEstimate estimate = NewEstimate();
  for (Days days : {kBefore, kAfter}) {
    Survey heavy = SurveyOf("heavy", days, 1000, 0);
    heavy.exposure = 1e9;
    Put(&estimate, heavy);
    Put(&estimate, SurveyOf("light", days, 100'000, days == kBefore ? 3 : 1));
  }
  const Interval figure = *estimate.Of({}).reduction;
  EXPECT_LE(figure.low, figure.point);
  EXPECT_GE(figure.high, figure.point);
  EXPECT_LT(figure.low, -10);  // nothing is known of the heavy one
  EXPECT_TRUE(std::isfinite(figure.low));
  const Interval prevalence = *estimate.baseline().PrevalenceOf({});
  EXPECT_LE(prevalence.low, prevalence.point);
  EXPECT_GE(prevalence.high, prevalence.point);
}

TEST(Reduction, ALateJoinerWaitsAndADropoutSpoilsThePanel) {
  PanelEstimate estimate = Pair(10'000'000, 2000, 300);
  const Reduction alone = estimate.Of({});
  Put(&estimate, SurveyOf("late", kAfter, 1'000'000, 900));
  const Reduction with_late = estimate.Of({});
  ExpectSameBits(alone, with_late);
  EXPECT_EQ(with_late.verdict, Verdict::kMet);
  EXPECT_THAT(with_late.notes, Contains(Note::kLateJoinerWaits));
  ASSERT_EQ(with_late.without_baseline.size(), 1u);
  EXPECT_EQ(with_late.without_baseline[0].member, "late");

  Put(&estimate, SurveyOf("dropout", kBefore, 1'000'000, 900));
  const Reduction with_dropout = estimate.Of({});
  ExpectSameBits(alone, with_dropout);
  EXPECT_EQ(with_dropout.verdict, Verdict::kCannotTell);
  EXPECT_EQ(with_dropout.reason, Reason::kStrataWithoutFollowUp);
  Put(&estimate, SurveyOf("dropout", kAfter, 1'000'000, 100));
  EXPECT_NE(estimate.Of({}).reason, Reason::kStrataWithoutFollowUp);
  EXPECT_TRUE(estimate.Remove(SurveyOf("dropout", kAfter, 1, 0).stratum, kAfter));
  ExpectSameBits(alone, estimate.Of({}));
}

TEST(Reduction, PartOfAPeriodStandsForAllOfItAndSaysSo) {
  PanelEstimate estimate = Pair(1'000'000, 200, 100);
  for (const char* member : {"a", "b"}) {
    Survey half = SurveyOf(member, kAfter, 500'000, 50);
    EXPECT_TRUE(estimate.Remove(half.stratum, kAfter));
    half.days.end = half.days.begin + 73;  // a fifth of the year, a fifth of the views
    half.exposure = 2e5;
    Put(&estimate, half);
  }
  const Reduction figure = estimate.Of({});
  EXPECT_NEAR(figure.reduction->point, 0.5, 1e-9);
  EXPECT_THAT(figure.notes, Contains(Note::kPartOfFollowUp));
  EXPECT_NEAR(figure.follow_up.covered, 0.2, 1e-12);
}

TEST(Reduction, SaysWhereDefinitionsDifferBetweenSurveys) {
  PanelEstimate estimate = NewEstimate(500);
  for (const char* member : {"a", "b"}) {
    for (const Days& days : {kBefore, kAfter}) {
      Survey survey = SurveyOf(member, days, 100'000, 50);
      survey.definition_version = 1;
      Put(&estimate, survey);
    }
  }
  EXPECT_THAT(estimate.Of({}).notes, Not(Contains(Note::kDefinitionsDiffer)));
  Survey later = SurveyOf("b", kAfter, 100'000, 50);
  later.definition_version = 2;
  Put(&estimate, later);
  EXPECT_THAT(estimate.Of({}).notes, Contains(Note::kDefinitionsDiffer));
  EXPECT_THAT(estimate.Of({}).follow_up.definition_versions, ElementsAre(1, 2));
  Subset other;  // which the change did not touch
  other.member = "a";
  EXPECT_THAT(estimate.Of(other).notes, Not(Contains(Note::kDefinitionsDiffer)));
}

TEST(Reduction, EveryReasonAndNoteHasWordsAndAName) {
  for (int i = 0; i <= static_cast<int>(Reason::kIntervalSpansTarget); ++i) {
    EXPECT_FALSE(InWords(static_cast<Reason>(i)).empty()) << i;
    EXPECT_FALSE(NameOf(static_cast<Reason>(i)).empty()) << i;
  }
  for (int i = 0; i <= static_cast<int>(Note::kDefinitionsDiffer); ++i) {
    EXPECT_FALSE(InWords(static_cast<Note>(i)).empty()) << i;
    EXPECT_FALSE(NameOf(static_cast<Note>(i)).empty()) << i;
  }
  EXPECT_EQ(NameOf(Verdict::kCannotTell), "cannot tell");
}

}  // namespace
}  // namespace vervet::hub::progress
