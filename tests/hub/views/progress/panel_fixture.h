// A small panel for tests: one year of baseline, the year after it as follow-up.
#ifndef VERVET_TESTS_HUB_VIEWS_PROGRESS_PANEL_FIXTURE_H_
#define VERVET_TESTS_HUB_VIEWS_PROGRESS_PANEL_FIXTURE_H_

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "hub/views/progress/reduction.h"

namespace vervet::hub::progress {

inline constexpr Days kBefore = {20'000, 20'365};
inline constexpr Days kAfter = {20'365, 20'730};

inline Panel TestPanel() {
  Panel panel;
  panel.name = "first panel";
  panel.unit = "view";
  panel.baseline = kBefore;
  panel.follow_up = kAfter;
  return panel;
}

inline PanelEstimate NewEstimate(size_t draws = 4000) {
  PanelEstimate::Options options;
  options.draws = draws;
  return *PanelEstimate::Create(TestPanel(), options);
}

// A million views, a simple sample, every positive reviewed again and confirmed.
inline Survey SurveyOf(std::string member, Days days, int64_t sampled, int64_t positives) {
  Survey survey;
  survey.stratum = {std::move(member), "listings", "ivory", "en"};
  survey.days = days;
  survey.exposure = 1e6;
  survey.unit = "view";
  survey.surveyor = survey.stratum.member;
  survey.samples = {{sampled, positives, positives, positives, 0}};
  survey.team = "moderators of " + survey.stratum.member;
  survey.platform_class = "marketplace";
  return survey;
}

inline void Put(PanelEstimate* estimate, const Survey& survey) {
  const absl::Status status = estimate->Put(survey);
  ASSERT_TRUE(status.ok()) << status;
}

// Two members with half of the positives each.
inline PanelEstimate Pair(int64_t sampled, int64_t before, int64_t after, size_t draws = 4000) {
  PanelEstimate estimate = NewEstimate(draws);
  for (int i = 0; i < 2; ++i) {
    const std::string member = i == 0 ? "a" : "b";
    Put(&estimate, SurveyOf(member, kBefore, sampled / 2, (before + i) / 2));
    Put(&estimate, SurveyOf(member, kAfter, sampled / 2, (after + i) / 2));
  }
  return estimate;
}

inline void ExpectSameBits(const Reduction& a, const Reduction& b) {
  ASSERT_TRUE(a.reduction.has_value() && b.reduction.has_value());
  EXPECT_EQ(a.reduction->low, b.reduction->low);
  EXPECT_EQ(a.reduction->point, b.reduction->point);
  EXPECT_EQ(a.reduction->high, b.reduction->high);
}

}  // namespace vervet::hub::progress

#endif  // VERVET_TESTS_HUB_VIEWS_PROGRESS_PANEL_FIXTURE_H_
