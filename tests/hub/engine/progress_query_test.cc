// The reduction: what it is, as of when, who sees it, and what a contribution costs.
#include "hub/engine/progress_query.h"

#include <algorithm>
#include <cmath>

#include "tests/hub/engine/progress_fixture.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
using ::testing::ElementsAre;
using ::testing::SizeIs;

using FiguresTest = ProgressTest;

TEST_F(FiguresTest, SayThatThereIsNoBaselineYetInsteadOfAFigure) {
  const auto response = Reduction(kApril);
  ASSERT_GE(response.figures_size(), 1);
  EXPECT_EQ(response.figures(0).verdict(), v1::VERDICT_CANNOT_TELL);
  EXPECT_EQ(response.figures(0).reason().code(), "no_baseline");
  EXPECT_FALSE(response.figures(0).has_reduction());
  EXPECT_EQ(response.panel_title(), "The founders");
  EXPECT_EQ(response.basis().panel(), "founders");
  EXPECT_EQ(response.basis().definition_version(), 1u);
  EXPECT_DOUBLE_EQ(response.target(), 0.8);
}

TEST_F(FiguresTest, SayMetWhereTheLowerBoundIsAboveTheTarget) {
  SurveyAll(kBaseline, 200);
  SurveyAll(kApril, 10);
  const auto response = Reduction(kApril);
  const v1::ReductionFigure& whole = response.figures(0);
  EXPECT_EQ(whole.verdict(), v1::VERDICT_MET);
  EXPECT_FALSE(whole.has_reason());
  // 200 and 10 of 100,000, at the same views a day: 95% fewer.
  EXPECT_NEAR(whole.reduction().point(), 0.95, 1e-9);
  EXPECT_GT(whole.reduction().low(), 0.8);
  EXPECT_LT(whole.reduction().high(), 1);
  EXPECT_EQ(whole.baseline().members(), 7u);
  EXPECT_EQ(whole.follow_up().strata(), 14u);
  EXPECT_EQ(whole.follow_up().confirmed(), 140);
}

TEST_F(FiguresTest, AreThereForEachClassTaxonGroupAndSharingGroup) {
  SurveyAll(kBaseline, 100);
  SurveyAll(kApril, 50);
  const auto response = Reduction(kApril);
  // The whole, two classes, two taxon groups, one sharing group.
  ASSERT_THAT(response.figures(), SizeIs(6));
  EXPECT_EQ(response.figures(1).subset().platform_class(), "marketplace");
  EXPECT_EQ(response.figures(1).baseline().members(), 4u);
  EXPECT_EQ(response.figures(3).subset().taxon_group(), "ivory");
  EXPECT_EQ(response.figures(5).subset().sharing_group(), "club");
  EXPECT_EQ(response.figures(5).baseline().members(), 3u);
  for (const auto& figure : response.figures()) {
    EXPECT_EQ(figure.verdict(), v1::VERDICT_NOT_MET);
    EXPECT_NEAR(figure.reduction().point(), 0.5, 1e-9);
  }
}

TEST_F(FiguresTest, NeverSayHundredPercentOrNan) {
  SurveyAll(kBaseline, 0);
  EXPECT_EQ(Reduction(kApril).figures(0).reason().code(), "no_follow_up");
  SurveyAll(kApril, 0);
  EXPECT_EQ(Reduction(kApril).figures(0).reason().code(), "baseline_ppv_zero");
  SurveyAll(kMay, 0);
  for (int number = 1; number <= 7; ++number) {
    v1::SurveyContribution survey = GoodSurvey(MemberNumber(number), kBaseline, 500);
    survey.set_revision(2);
    ASSERT_TRUE(Contribute(MemberNumber(number), survey).ok());
  }
  const auto figure = Reduction(kMay).figures(0);
  EXPECT_LT(figure.reduction().high(), 1);
  EXPECT_LT(figure.reduction().point(), 1);
  EXPECT_FALSE(std::isnan(figure.reduction().low()));
  EXPECT_EQ(figure.notes(figure.notes_size() > 0 ? 0 : 0).code().empty(), false);
}

TEST_F(FiguresTest, OfOneContributorAreNoVerdict) {
  ASSERT_TRUE(Contribute(MemberNumber(1), GoodSurvey(MemberNumber(1), kBaseline)).ok());
  ASSERT_TRUE(Contribute(MemberNumber(1), GoodSurvey(MemberNumber(1), kApril)).ok());
  EXPECT_EQ(Reduction(kApril).figures(0).reason().code(), "one_contributor");
}

TEST_F(FiguresTest, LeaveOutALateJoinerUntilANewPanel) {
  SurveyAll(kBaseline, 100);
  SurveyAll(kApril, 50);
  const auto before = Reduction(kApril);
  ASSERT_TRUE(Contribute("member/market", GoodSurvey("member/market", kApril, 5000)).ok());
  const auto after = Reduction(kApril);
  EXPECT_TRUE(Same(before.figures(0), after.figures(0)));
  const auto coverage = Coverage(kApril);
  ASSERT_THAT(coverage.waiting_for_a_panel(), SizeIs(1));
  EXPECT_EQ(coverage.waiting_for_a_panel(0).member(), "member/market");
}

TEST_F(FiguresTest, ShowIndependentSurveysBesideTheMembersOwn) {
  SurveyAll(kBaseline, 100);
  SurveyAll(kApril, 10);
  for (int number = 1; number <= 7; ++number) {
    for (const progress::Days& days : {kBaseline, kApril}) {
      v1::SurveyContribution survey = GoodSurvey(MemberNumber(number), days, 100);
      survey.set_independent_surveyor("Monitors");
      ASSERT_TRUE(Contribute(kCoordinator, survey).ok());
    }
  }
  const auto response = Reduction(kApril);
  EXPECT_EQ(response.figures(0).surveyors(), v1::MEMBERS_THEMSELVES);
  EXPECT_NEAR(response.figures(0).reduction().point(), 0.9, 1e-9);
  EXPECT_EQ(response.figures(1).surveyors(), v1::INDEPENDENT_SURVEYORS);
  EXPECT_NEAR(response.figures(1).reduction().point(), 0, 1e-9);
}

TEST_F(FiguresTest, TakeOutWhatReviewersOverlook) {
  SurveyAll(kBaseline, 100);
  SurveyAll(kApril, 10);
  const auto notes = [](const v1::ReductionFigure& figure) {
    std::vector<std::string> codes;
    for (const v1::Why& note : figure.notes()) codes.push_back(note.code());
    return codes;
  };
  EXPECT_THAT(notes(Reduction(kApril).figures(0)), ::testing::Contains("sensitivity_not_measured"));
  for (int number = 1; number <= 7; ++number) {
    ASSERT_TRUE(Contribute(MemberNumber(number), GoodTeam(MemberNumber(number))).ok());
  }
  const auto figure = Reduction(kApril).figures(0);
  EXPECT_THAT(notes(figure), ::testing::Not(::testing::Contains("sensitivity_not_measured")));
  EXPECT_TRUE(figure.baseline().sensitivity_measured());
  EXPECT_DOUBLE_EQ(Series(v1::SERIES_RECALL).series(0).points(1).value(), 0.9);
}

TEST_F(FiguresTest, AsOfAnOlderEventComeOutToTheLastBitAndSayWhatWasRestated) {
  SurveyAll(kBaseline, 100);
  SurveyAll(kApril, 30);
  const auto then = Reduction(kApril);
  env_.Advance(absl::Hours(24));
  Revise(kApril, 2, 90);
  SurveyAll(kMay, 30);
  const auto now = Reduction(kApril);
  EXPECT_GT(now.basis().position(), then.basis().position());
  EXPECT_NE(now.figures(0).reduction().point(), then.figures(0).reduction().point());

  const auto again = Reduction(kApril, kCoordinator, then.basis().position());
  ASSERT_EQ(again.figures_size(), then.figures_size());
  for (int i = 0; i < then.figures_size(); ++i) {
    EXPECT_TRUE(Same(again.figures(i), then.figures(i))) << i;
  }
  EXPECT_EQ(again.basis().position(), then.basis().position());
  EXPECT_EQ(again.basis().restated_since(), 1u);
  const auto& restated = again.basis().restatements(0);
  EXPECT_EQ(restated.member(), MemberNumber(1));
  EXPECT_EQ(restated.now().survey().samples(0).confirmed(), 90);
  EXPECT_EQ(restated.before().survey().samples(0).confirmed(), 30);

  v1::GetReductionRequest by_time;
  *by_time.mutable_period() = ToProto(kApril);
  by_time.mutable_as_of()->set_time_us(then.basis().time_us());
  v1::GetReductionResponse answer;
  ASSERT_TRUE(GetReduction(Asker(), by_time, &answer).ok());
  EXPECT_TRUE(Same(answer.figures(0), then.figures(0)));
}

TEST_F(FiguresTest, AreTheSameWhenFoldedAgainAndWhenFoldingStopsEarlier) {
  SurveyAll(kBaseline, 100);
  SurveyAll(kApril, 30);
  const uint64_t position = Reduction(kApril).basis().position();
  Revise(kApril, 2, 90);
  ASSERT_TRUE(Contribute(MemberNumber(2), GoodTeam(MemberNumber(2))).ok());
  const auto now = Reduction(kApril);
  const auto then = Reduction(kApril, kCoordinator, position);

  SharedState everything, until_then;
  const auto events = log_->Read(1, 10'000, 1 << 30);
  ASSERT_TRUE(events.ok()) << events.status();
  for (const StoredEventPtr& event : *events) {
    everything.Apply(event->parsed);
    if (event->sequence() <= position) until_then.Apply(event->parsed);
  }
  for (const auto& [state, expected] :
       {std::make_pair(&everything, &now), std::make_pair(&until_then, &then)}) {
    ProgressFigures figures(state);
    v1::GetReductionRequest request;
    *request.mutable_period() = ToProto(kApril);
    v1::GetReductionResponse response;
    ASSERT_TRUE(
        GetReduction({state, &figures, &env_, kCoordinator, env_.Now()}, request, &response).ok());
    ASSERT_EQ(response.figures_size(), expected->figures_size());
    for (int i = 0; i < response.figures_size(); ++i) {
      EXPECT_TRUE(Same(response.figures(i), expected->figures(i))) << i;
    }
  }
}

TEST_F(FiguresTest, CostAContributionOnlyWhatItChanges) {
  SurveyAll(kBaseline, 100);
  SurveyAll(kApril, 30);
  SurveyAll(kMay, 30);
  const auto may = Reduction(kMay);
  const auto april = Reduction(kApril);
  const uint64_t built = figures_.built();
  Revise(kMay, 2, 31);
  EXPECT_FALSE(Same(Reduction(kMay).figures(0), may.figures(0)));
  EXPECT_TRUE(Same(Reduction(kApril).figures(0), april.figures(0)));
  EXPECT_EQ(figures_.built(), built);  // nothing from nothing
}

TEST_F(FiguresTest, RefuseAQuestionAboutAnotherTime) {
  v1::GetReductionRequest request;
  v1::GetReductionResponse response;
  request.mutable_as_of()->set_position(LogSize() + 1);
  constexpr auto kRange = absl::StatusCode::kOutOfRange;
  EXPECT_THAT(GetReduction(Asker(), request, &response), FailsWith(kRange, "as_of.position"));
  request.mutable_as_of()->set_position(1);
  EXPECT_THAT(GetReduction(Asker(), request, &response), FailsWith(kRange, "first definitions"));
  request.mutable_as_of()->set_time_us(absl::ToUnixMicros(env_.Now()) + 1);
  EXPECT_THAT(GetReduction(Asker(), request, &response), FailsWith(kRange, "future"));
  request.clear_as_of();
  request.set_panel("strangers");
  EXPECT_THAT(GetReduction(Asker(), request, &response),
              FailsWith(absl::StatusCode::kNotFound, "panel"));
  request.clear_panel();
  *request.mutable_period() = ToProto(progress::Days{kApril.begin, kApril.end + 1});
  EXPECT_THAT(GetReduction(Asker(), request, &response),
              FailsWith(absl::StatusCode::kNotFound, "period"));
}

TEST_F(FiguresTest, OfOthersAreRefusedToAMember) {
  SurveyAll(kBaseline, 100);
  SurveyAll(kApril, 50);
  constexpr auto kDenied = absl::StatusCode::kPermissionDenied;
  v1::GetSeriesRequest series;
  series.add_kinds(v1::SERIES_PREVALENCE);
  series.mutable_subset()->set_member(MemberNumber(2));
  v1::GetSeriesResponse series_answer;
  EXPECT_THAT(GetSeries(Asker(MemberNumber(1)), series, &series_answer),
              FailsWith(kDenied, "subset.member"));
  series.clear_subset();
  series.set_split(v1::SPLIT_MEMBER);
  EXPECT_THAT(GetSeries(Asker(MemberNumber(1)), series, &series_answer),
              FailsWith(kDenied, "split"));
  v1::GetReductionRequest reduction;
  reduction.add_subsets()->set_member(MemberNumber(2));
  v1::GetReductionResponse reduction_answer;
  EXPECT_THAT(GetReduction(Asker(MemberNumber(1)), reduction, &reduction_answer),
              FailsWith(kDenied, "subsets[0].member"));
  v1::ListContributionsRequest list;
  list.set_member(MemberNumber(2));
  v1::ListContributionsResponse list_answer;
  EXPECT_THAT(ListContributions(Asker(MemberNumber(1)), list, &list_answer),
              FailsWith(kDenied, "member"));
  list.clear_member();
  ASSERT_TRUE(ListContributions(Asker(MemberNumber(1)), list, &list_answer).ok());
  ASSERT_THAT(list_answer.lines(), SizeIs(4));
  for (const auto& line : list_answer.lines()) {
    EXPECT_EQ(line.contribution().survey().member(), MemberNumber(1));
  }
  // Its own, at once.
  const auto own = Series(v1::SERIES_PREVALENCE, v1::SPLIT_NONE, MemberNumber(1), MemberNumber(1));
  EXPECT_DOUBLE_EQ(own.series(0).points(1).value(), 0.0005);
}

TEST_F(FiguresTest, NameTheDefinitionsThatTheyWereCountedUnder) {
  SurveyAll(kBaseline, 100);
  SurveyAll(kApril, 50);
  ASSERT_TRUE(Define(GoodDefinitions(), 1).ok());
  const auto before = Reduction(kApril);
  EXPECT_EQ(before.basis().definition_version(), 2u);
  EXPECT_THAT(before.basis().counted_under(), ElementsAre(1u));
  v1::SurveyContribution survey = GoodSurvey(MemberNumber(1), kApril, 50);
  survey.set_revision(2);
  survey.set_definition_version(2);
  ASSERT_TRUE(Contribute(MemberNumber(1), survey).ok());
  const auto after = Reduction(kApril);
  EXPECT_THAT(after.basis().counted_under(), ElementsAre(1u, 2u));
  const auto differ = [](const v1::ReductionFigure& figure) {
    return std::any_of(figure.notes().begin(), figure.notes().end(),
                       [](const v1::Why& note) { return note.code() == "definitions_differ"; });
  };
  EXPECT_FALSE(differ(before.figures(0)));
  EXPECT_TRUE(differ(after.figures(0)));
}

}  // namespace
}  // namespace vervet::hub
