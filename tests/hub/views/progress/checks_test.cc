#include "hub/views/progress/checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "tests/hub/views/progress/panel_fixture.h"

namespace vervet::hub::progress {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int32_t kToday = 21'000;

Survey Good() { return SurveyOf("market", kBefore, 1000, 10); }

// The one field that is wrong after the change, and that a remedy is given.
std::string WrongField(const std::function<void(Survey*)>& change) {
  Survey survey = Good();
  change(&survey);
  const auto problems = CheckSurvey(survey, kToday);
  if (problems.size() != 1) return problems.empty() ? "none" : "several";
  EXPECT_FALSE(problems[0].remedy.empty());
  EXPECT_FALSE(problems[0].what.empty());
  return problems[0].field;
}

TEST(Checks, FindNothingWrongWithAGoodSurvey) {
  EXPECT_THAT(CheckSurvey(Good(), kToday), IsEmpty());
  EXPECT_TRUE(AsStatus(CheckSurvey(Good(), kToday)).ok());
}

TEST(Checks, RefuseCountsThatDoNotFitOneAnother) {
  EXPECT_EQ(WrongField([](Survey* s) { s->samples[0].positives = 1001; }), "samples[0].positives");
  EXPECT_EQ(WrongField([](Survey* s) { s->samples[0].confirmed = 11; }), "samples[0].confirmed");
  EXPECT_EQ(WrongField([](Survey* s) { s->samples[0].reviewed_again = 11; }),
            "samples[0].reviewed_again");
}

TEST(Checks, RefuseNegativeAndAbsurdCounts) {
  EXPECT_EQ(WrongField([](Survey* s) { s->samples[0] = {1000, -1, -1, -1, 0}; }), "several");
  EXPECT_EQ(WrongField([](Survey* s) { s->samples[0] = {0, 0, 0, 0, 0}; }), "samples[0].sampled");
  EXPECT_EQ(WrongField([](Survey* s) { s->samples[0].sampled = 2'000'000'000; }),
            "samples[0].sampled");
  EXPECT_EQ(WrongField([](Survey* s) { s->exposure = 1e14; }), "exposure");
  EXPECT_EQ(WrongField([](Survey* s) { s->design_effect = 0.5; }), "design_effect");
  EXPECT_EQ(WrongField([](Survey* s) { s->frame_listings = 999; }), "frame_listings");
  EXPECT_EQ(WrongField([](Survey* s) { s->exposure = 1e-9; }), "exposure");
}

// A prevalence is off by what the frame's size is off by.
TEST(Checks, RefuseAFrameThatIsFarFromWhatTheBandsComeTo) {
  Survey survey = Good();
  survey.design = Design::kScoreStratified;
  survey.samples = {{1000, 10, 10, 10, 1}, {10'000, 0, 0, 0, 0.001}};  // of 10,001,000 listings
  for (const double fits : {0.0, 2e6, 1e7, 9e8}) {
    survey.frame_listings = fits;
    EXPECT_THAT(CheckSurvey(survey, kToday), IsEmpty()) << fits;
  }
  for (const double wrong : {1e5, 1e10}) {
    survey.frame_listings = wrong;
    ASSERT_EQ(CheckSurvey(survey, kToday).size(), 1u) << wrong;
    EXPECT_EQ(CheckSurvey(survey, kToday)[0].field, "frame_listings");
  }
}

TEST(Checks, RefuseAStratumWithoutExposure) {
  EXPECT_EQ(WrongField([](Survey* s) { s->exposure = 0; }), "exposure");
  EXPECT_EQ(WrongField([](Survey* s) { s->exposure = -1; }), "exposure");
  EXPECT_EQ(WrongField([](Survey* s) { s->exposure = std::nan(""); }), "exposure");
  EXPECT_EQ(WrongField([](Survey* s) { s->exposure = std::numeric_limits<double>::infinity(); }),
            "several");
}

TEST(Checks, RefuseInclusionProbabilitiesOutsideZeroToOne) {
  for (double p : {-0.1, 1.01, 1e-13, std::nan("")}) {
    EXPECT_EQ(WrongField([p](Survey* s) { s->samples[0].inclusion_probability = p; }),
              "samples[0].inclusion_probability");
  }
  // In a simple design it may be left out; by score it is the weight, and may not.
  EXPECT_EQ(WrongField([](Survey* s) { s->design = Design::kScoreStratified; }),
            "samples[0].inclusion_probability");
  EXPECT_EQ(WrongField([](Survey* s) {
              s->design = Design::kScoreStratified;
              s->samples[0].inclusion_probability = 1;
            }),
            "none");
}

TEST(Checks, RefuseASurveyInTheFutureOrWithoutDays) {
  EXPECT_EQ(WrongField([](Survey* s) { s->days.end = kToday + 1; }), "days");
  EXPECT_EQ(WrongField([](Survey* s) { s->days.end = s->days.begin; }), "days");
}

TEST(Checks, RefuseSeveralSamplesOfASimpleDesign) {
  EXPECT_EQ(WrongField([](Survey* s) { s->samples.push_back(s->samples[0]); }), "samples");
  EXPECT_EQ(WrongField([](Survey* s) { s->samples.clear(); }), "samples");
}

TEST(Checks, RefuseAPanelWithoutBaselineOrWithOverlappingPeriods) {
  EXPECT_THAT(CheckPanel(TestPanel()), IsEmpty());
  Panel none = TestPanel();
  none.baseline = {};
  ASSERT_THAT(CheckPanel(none), Not(IsEmpty()));
  EXPECT_EQ(CheckPanel(none)[0].field, "baseline");
  Panel overlapping = TestPanel();
  overlapping.follow_up.begin -= 1;
  ASSERT_EQ(CheckPanel(overlapping).size(), 1u);
  EXPECT_EQ(CheckPanel(overlapping)[0].field, "follow_up");
}

TEST(Checks, RefuseAnotherUnitAndDaysAcrossTheBorder) {
  Survey survey = Good();
  EXPECT_THAT(CheckFits(survey, TestPanel()), IsEmpty());
  survey.unit = "active listing";
  survey.days = {kBefore.begin + 10, kAfter.begin + 10};
  const auto problems = CheckFits(survey, TestPanel());
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].field, "unit");
  EXPECT_EQ(problems[1].field, "days");
}

TEST(Checks, RefuseATeamThatFindsNothing) {
  EXPECT_THAT(CheckTeam({"team", 90, 10, 1}), IsEmpty());
  EXPECT_THAT(CheckTeam({"team", 0, 0, 1}), IsEmpty());  // not measured
  ASSERT_EQ(CheckTeam({"team", 0, 10, 1}).size(), 1u);
  EXPECT_EQ(CheckTeam({"team", 0, 10, 1})[0].field, "found");
  EXPECT_EQ(CheckTeam({"team", 90, 10, 0})[0].field, "missed_weight");
  EXPECT_EQ(CheckTeam({"team", 1, 10, 1e9})[0].field, "missed");
}

TEST(Checks, SayFieldFaultAndRemedyInOneSentence) {
  Survey survey = Good();
  survey.samples[0].positives = 2000;
  const absl::Status status = AsStatus(CheckSurvey(survey, kToday));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("samples[0].positives is above sampled: "));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("2000")));
}

}  // namespace
}  // namespace vervet::hub::progress
