#include "hub/views/progress/reduction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "hub/views/progress/draws.h"
#include "tests/hub/views/progress/panel_fixture.h"

namespace vervet::hub::progress {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

TEST(Reduction, AHundredBaselinePositivesShowATrue80PercentAs68To88) {
  const Reduction figure = Pair(1'000'000, 100, 20).Of({});
  ASSERT_TRUE(figure.reduction.has_value());
  EXPECT_NEAR(figure.reduction->point, 0.80, 1e-9);
  EXPECT_NEAR(figure.reduction->low, 0.68, 0.012);
  EXPECT_NEAR(figure.reduction->high, 0.88, 0.012);
  EXPECT_EQ(figure.verdict, Verdict::kCannotTell);
  EXPECT_EQ(figure.reason, Reason::kIntervalSpansTarget);
}

TEST(Reduction, MetOnlyWhereTheLowerBoundIsAtTheTarget) {
  EXPECT_EQ(Pair(10'000'000, 2000, 300).Of({}).verdict, Verdict::kMet);
  EXPECT_EQ(Pair(10'000'000, 2000, 800).Of({}).verdict, Verdict::kNotMet);
  EXPECT_EQ(Pair(10'000'000, 2000, 390).Of({}).verdict, Verdict::kCannotTell);
  EXPECT_EQ(VerdictOf({0.85, 0.80, 0.9}, 0.80), Verdict::kMet);
  EXPECT_EQ(VerdictOf({0.79, 0.7, 0.80}, 0.80), Verdict::kCannotTell);
  EXPECT_EQ(VerdictOf({0.7, 0.6, 0.79}, 0.80), Verdict::kNotMet);
}

// How often a truth of 85% is told as met.
double PassRate(double baseline_positives, int trials) {
  DrawStream chance(SeedOf({"pass rate", absl::StrCat(baseline_positives)}));
  constexpr uint64_t kSampled = 5'000'000;
  const double prevalence = baseline_positives / kSampled;
  int met = 0;
  for (int i = 0; i < trials; ++i) {
    PanelEstimate estimate = NewEstimate(500);
    for (const char* member : {"a", "b"}) {
      Survey before = SurveyOf(member, kBefore, kSampled / 2, 0);
      before.stratum.surface = absl::StrCat("trial ", i);  // other draws
      Survey after = before;
      after.days = kAfter;
      const auto draw = [&](double p) {
        return static_cast<int64_t>(chance.Binomial(kSampled / 2, p));
      };
      const int64_t x0 = draw(prevalence);
      const int64_t x1 = draw(0.15 * prevalence);
      before.samples = {{kSampled / 2, x0, x0, x0, 0}};
      after.samples = {{kSampled / 2, x1, x1, x1, 0}};
      Put(&estimate, before);
      Put(&estimate, after);
    }
    met += estimate.Of({}).verdict == Verdict::kMet;
  }
  return static_cast<double>(met) / trials;
}

TEST(Reduction, ATruthOf85PercentPassesHalfTheTimeWith356AndFourTimesInFiveWith727) {
  // The planner's formula is a little cautious: over many more trials these are 51% and 84%.
  EXPECT_NEAR(PassRate(356, 500), 0.51, 0.07);
  EXPECT_NEAR(PassRate(727, 500), 0.84, 0.06);
}

// Specificity 0.9999, sensitivity 0.9, prevalence from 1e-4 to 2e-5, ten million sampled.
Reduction SeenThrough(double specificity, bool corrected) {
  PanelEstimate estimate = NewEstimate();
  constexpr int64_t kSampled = 5'000'000;
  for (const char* member : {"a", "b"}) {
    for (const auto& [days, prevalence] :
         {std::pair<Days, double>{kBefore, 1e-4}, std::pair<Days, double>{kAfter, 2e-5}}) {
      const auto right = std::llround(kSampled * prevalence * 0.9);
      const auto wrong = std::llround(kSampled * (1 - prevalence) * (1 - specificity));
      Survey survey = SurveyOf(member, days, kSampled, right + wrong);
      if (corrected) survey.samples[0].confirmed = right;
      Put(&estimate, survey);
    }
    EXPECT_TRUE(estimate.PutTeam({absl::StrCat("moderators of ", member), 180, 20, 1}).ok());
  }
  return estimate.Of({});
}

TEST(Reduction, FalseAlarmsHideATrue80PercentAndTheSecondReviewBringsItBack) {
  EXPECT_NEAR(SeenThrough(0.9999, false).reduction->point, 0.38, 0.005);
  EXPECT_NEAR(SeenThrough(0.999, false).reduction->point, 0.07, 0.005);
  for (double specificity : {0.9999, 0.999}) {
    const Reduction figure = SeenThrough(specificity, true);
    EXPECT_NEAR(figure.reduction->point, 0.80, 0.001);
    EXPECT_LT(figure.reduction->low, 0.80);
    EXPECT_GT(figure.reduction->high, 0.80);
  }
}

TEST(Reduction, PrevalenceIsCorrectedForWhatReviewersOverlook) {
  PanelEstimate estimate = Pair(1'000'000, 100, 20);
  const double uncorrected = estimate.baseline().PrevalenceOf({})->point;
  EXPECT_NEAR(uncorrected, 1e-4, 1e-9);
  for (const char* member : {"a", "b"}) {
    ASSERT_TRUE(estimate.PutTeam({absl::StrCat("moderators of ", member), 80, 20, 1}).ok());
  }
  const Interval corrected = *estimate.baseline().PrevalenceOf({});
  EXPECT_NEAR(corrected.point, 1.25e-4, 1e-9);
  EXPECT_LT(corrected.low, 1.25e-4);
  EXPECT_GT(corrected.high, 1.25e-4);
  // The same reviewers in both periods: it cancels, but for the weights' rounding.
  EXPECT_NEAR(estimate.Of({}).reduction->point, 0.80, 1e-9);
}

TEST(Reduction, ReviewersWhoGotWorseAreNoReduction) {
  // Half of what was found before is found now, by a team of which that is known.
  PanelEstimate estimate = Pair(1'000'000, 400, 200);
  for (const char* member : {"a", "b"}) {
    Survey after = SurveyOf(member, kAfter, 500'000, 100);
    after.team = absl::StrCat("new moderators of ", member);
    Put(&estimate, after);
    ASSERT_TRUE(estimate.PutTeam({absl::StrCat("moderators of ", member), 180, 20, 1}).ok());
    ASSERT_TRUE(estimate.PutTeam({after.team, 90, 110, 1}).ok());
  }
  const Reduction figure = estimate.Of({});
  EXPECT_NEAR(figure.reduction->point, 0, 1e-9);
  EXPECT_EQ(figure.verdict, Verdict::kNotMet);
}

TEST(Reduction, StrataCountByTheirExposure) {
  PanelEstimate estimate = NewEstimate();
  // a: nine million views, all gone; b: one million views, unchanged. 90% by exposure, 50% by
  // count.
  for (const auto& [days, of_a] : {std::pair<Days, int64_t>{kBefore, 1000}, {kAfter, 1}}) {
    Survey a = SurveyOf("a", days, 1'000'000, of_a);
    a.exposure = 9e6;
    Put(&estimate, a);
    Put(&estimate, SurveyOf("b", days, 1'000'000, 1000));
  }
  EXPECT_NEAR(estimate.Of({}).reduction->point, 0.9, 0.002);
}

TEST(Reduction, EachOfTheDrillDownsIsTheSameCodeOverASubset) {
  PanelEstimate estimate = NewEstimate();
  PanelEstimate ivory_only = NewEstimate();
  for (const char* member : {"a", "b"}) {
    for (Days days : {kBefore, kAfter}) {
      Survey ivory = SurveyOf(member, days, 1'000'000, days == kBefore ? 200 : 20);
      Survey birds = SurveyOf(member, days, 1'000'000, 100);
      birds.stratum.taxon_group = "birds";
      birds.platform_class = "social";
      birds.sharing_groups = {"asia", "pets"};
      Put(&estimate, ivory);
      Put(&estimate, birds);
      Put(&ivory_only, ivory);
    }
  }
  Subset subset;
  subset.taxon_group = "ivory";
  ExpectSameBits(estimate.Of(subset), ivory_only.Of({}));
  subset = {};
  subset.platform_class = "social";
  EXPECT_NEAR(estimate.Of(subset).reduction->point, 0, 1e-9);
  subset = {};
  subset.sharing_group = "pets";
  EXPECT_NEAR(estimate.Of(subset).reduction->point, 0, 1e-9);
  subset.sharing_group = "nobody's";
  EXPECT_EQ(estimate.Of(subset).reason, Reason::kNoBaseline);
}

TEST(Reduction, TheOrderOfContributionsAndRevisionsLeavesNoTrace) {
  std::vector<Survey> surveys;
  for (int i = 0; i < 12; ++i) {
    for (Days days : {kBefore, kAfter}) {
      Survey survey =
          SurveyOf(absl::StrCat("member ", i), days, 100'000, days == kBefore ? 20 + i : i % 4);
      survey.exposure = 1e6 * (1 + i * i * 0.37);
      if (i % 3 == 0) survey.samples[0].reviewed_again = survey.samples[0].confirmed = 0;
      survey.team = i % 2 == 0 ? "even" : "odd";
      surveys.push_back(survey);
    }
  }
  const ReviewTeam even = {"even", 90, 10, 1};
  PanelEstimate straight = NewEstimate();
  ASSERT_TRUE(straight.PutTeam(even).ok());
  for (const Survey& survey : surveys) Put(&straight, survey);

  PanelEstimate devious = NewEstimate();
  std::reverse(surveys.begin(), surveys.end());
  for (Survey survey : surveys) {
    survey.samples[0] = {50'000, 40, 40, 7, 0};
    survey.platform_class = "social";
    Put(&devious, survey);
  }
  ASSERT_TRUE(devious.PutTeam({"even", 5, 50, 1}).ok());
  std::rotate(surveys.begin(), surveys.begin() + 7, surveys.end());
  for (size_t i = 0; i < surveys.size(); i += 3) {
    EXPECT_TRUE(devious.Remove(surveys[i].stratum, surveys[i].days));
  }
  for (const Survey& survey : surveys) Put(&devious, survey);
  ASSERT_TRUE(devious.PutTeam(even).ok());
  ExpectSameBits(straight.Of({}), devious.Of({}));
  Subset subset;
  subset.member = "member 3";
  ExpectSameBits(straight.Of(subset), devious.Of(subset));
  subset.member = "";
  subset.platform_class = "social";
  EXPECT_FALSE(devious.Of(subset).reduction.has_value());
}

TEST(Reduction, ANewContributionLeavesEverybodyElsesFigureAsItWas) {
  PanelEstimate estimate = Pair(1'000'000, 100, 20);
  Subset a;
  a.member = "a";
  const Reduction before = estimate.Of(a);
  Put(&estimate, SurveyOf("c", kBefore, 1'000'000, 70));
  Put(&estimate, SurveyOf("c", kAfter, 1'000'000, 7));
  ExpectSameBits(before, estimate.Of(a));
}

TEST(Reduction, ComesOutAgainToTheLastBit) {
  // Written down once: a published figure as another machine has to compute it.
  const Reduction figure = Pair(1'000'000, 100, 20).Of({});
  EXPECT_EQ(figure.reduction->low, 0x1.5c97b3fc47d72p-1);
  EXPECT_EQ(figure.reduction->high, 0x1.c10192f822d2dp-1);
}

TEST(Reduction, TheWorkedExampleOfTheDocumentationComesOut) {
  PanelEstimate estimate = NewEstimate();
  const auto put = [&estimate](const char* member, Days days, double views, const Sample& sample) {
    Survey survey = SurveyOf(member, days, 1, 0);
    survey.exposure = views;
    survey.samples = {sample};
    Put(&estimate, survey);
  };
  put("a", kBefore, 9e6, {200'000, 60, 60, 40, 0});
  put("a", kAfter, 9e6, {200'000, 22, 22, 4, 0});
  put("b", kBefore, 1e6, {100'000, 50, 50, 45, 0});
  put("b", kAfter, 1e6, {100'000, 20, 20, 18, 0});
  const Reduction figure = estimate.Of({});
  EXPECT_NEAR(figure.baseline.sums.total, 2250, 1e-6);
  EXPECT_NEAR(figure.follow_up.sums.total, 360, 1e-6);
  EXPECT_NEAR(figure.reduction->point, 0.84, 1e-9);
  EXPECT_NEAR(figure.reduction->low, 0.71, 0.005);
  EXPECT_NEAR(figure.reduction->high, 0.91, 0.005);
  EXPECT_EQ(figure.verdict, Verdict::kCannotTell);
  EXPECT_EQ(figure.reason, Reason::kIntervalSpansTarget);
}

TEST(Reduction, RefusesASurveyThatOverlapsAnother) {
  PanelEstimate estimate = Pair(1'000'000, 200, 100);
  Survey overlapping = SurveyOf("a", kAfter, 1000, 1);
  overlapping.days.begin += 10;
  EXPECT_EQ(estimate.Put(overlapping).code(), absl::StatusCode::kAlreadyExists);
  Survey absurd = SurveyOf("a", kAfter, 1000, 1001);
  EXPECT_EQ(estimate.Put(absurd).code(), absl::StatusCode::kInvalidArgument);
  ExpectSameBits(estimate.Of({}), Pair(1'000'000, 200, 100).Of({}));
}

Survey Scored(const std::string& member, Days days, std::vector<Sample> bands) {
  Survey survey = SurveyOf(member, days, 1, 0);
  survey.design = Design::kScoreStratified;
  survey.samples = std::move(bands);
  return survey;
}

TEST(Reduction, BandsOfAScoreCountByTheirInclusionProbability) {
  PanelEstimate estimate = NewEstimate();
  // 1,000 suspicious listings, all looked at, 60 positive; 1% of 999,000 others, 3 positive.
  Put(&estimate, Scored("a", kBefore, {{1000, 60, 60, 60, 1}, {9990, 3, 3, 3, 0.01}}));
  const Interval prevalence = *estimate.baseline().PrevalenceOf({});
  EXPECT_NEAR(prevalence.point, 360e-6, 1e-12);
  // What was looked at in full is certain; all doubt is in three positives and the zeros.
  EXPECT_GT(prevalence.low, 60e-6);
  EXPECT_LT(prevalence.low, 170e-6);
  EXPECT_GT(prevalence.high, 700e-6);
  // A frame that is known counts instead of the sum of weights.
  Survey known = Scored("a", kBefore, {{1000, 60, 60, 60, 1}, {9990, 3, 3, 3, 0.01}});
  known.frame_listings = 2'000'000;
  Put(&estimate, known);
  EXPECT_NEAR(estimate.baseline().PrevalenceOf({})->point, 180e-6, 1e-12);
}

TEST(Reduction, ClusteredSamplesHaveWiderIntervals) {
  const auto width = [](double design_effect) {
    PanelEstimate estimate = NewEstimate();
    Survey survey = SurveyOf("a", kBefore, 1'000'000, 100);
    survey.design_effect = design_effect;
    Put(&estimate, survey);
    const Interval prevalence = *estimate.baseline().PrevalenceOf({});
    EXPECT_NEAR(prevalence.point, 1e-4, 1e-9);
    return prevalence.high - prevalence.low;
  };
  EXPECT_NEAR(width(4) / width(1), 2, 0.15);
}

TEST(Reduction, FortySparseStrataDoNotDrownInPhantoms) {
  // 20 positives in 40 strata before, 4 after: independent half positives would make 40 and 24 of
  // them, and no reduction above 60% could ever be seen.
  PanelEstimate estimate = NewEstimate();
  for (int i = 0; i < 40; ++i) {
    Put(&estimate, SurveyOf(absl::StrCat("member ", i), kBefore, 50'000, i % 2));
    Put(&estimate, SurveyOf(absl::StrCat("member ", i), kAfter, 50'000, i % 10 == 1 ? 1 : 0));
  }
  const Reduction figure = estimate.Of({});
  EXPECT_NEAR(figure.reduction->point, 0.8, 1e-9);
  EXPECT_NEAR(figure.reduction->low, 0.46, 0.04);
  EXPECT_NEAR(figure.reduction->high, 0.94, 0.02);
  EXPECT_THAT(figure.notes, Contains(Note::kFewPositives));
}

TEST(Reduction, RefusesAPanelWithoutBaseline) {
  Panel panel = TestPanel();
  panel.baseline = {};
  const auto estimate = PanelEstimate::Create(panel, {});
  EXPECT_EQ(estimate.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(estimate.status().message()), HasSubstr("baseline is missing"));
}

}  // namespace
}  // namespace vervet::hub::progress
