// The figures: what they are, as of when, who sees them, and what a contribution costs.
#include "hub/engine/progress_query.h"

#include <google/protobuf/util/message_differencer.h>

#include <cmath>

#include "hub/engine/records.h"
#include "tests/hub/engine/progress_fixture.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

template <typename Message>
bool Same(const Message& a, const Message& b) {
  return google::protobuf::util::MessageDifferencer::Equals(a, b);
}

class FiguresTest : public ProgressTest {
 protected:
  v1::GetSeriesResponse Series(v1::SeriesKind kind, v1::SeriesSplit split = v1::SPLIT_NONE,
                               const std::string& party = kCoordinator,
                               const std::string& member = "") {
    v1::GetSeriesRequest request;
    request.add_kinds(kind);
    request.set_split(split);
    request.mutable_subset()->set_member(member);
    v1::GetSeriesResponse response;
    const absl::Status status = GetSeries(Asker(party), request, &response);
    EXPECT_TRUE(status.ok()) << status;
    return response;
  }
  v1::GetCoverageResponse Coverage(const progress::Days& period,
                                   const std::string& party = kCoordinator) {
    v1::GetCoverageRequest request;
    *request.mutable_period() = ToProto(period);
    v1::GetCoverageResponse response;
    const absl::Status status = GetCoverage(Asker(party), request, &response);
    EXPECT_TRUE(status.ok()) << status;
    return response;
  }
  // Revises member one's survey of ivory in the period.
  void Revise(const progress::Days& days, uint32_t revision, int64_t confirmed) {
    v1::SurveyContribution survey = GoodSurvey(MemberNumber(1), days, confirmed);
    survey.set_revision(revision);
    const auto stored = Contribute(MemberNumber(1), survey);
    ASSERT_TRUE(stored.ok()) << stored.status();
  }
};

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

TEST_F(FiguresTest, NameWhoIsMissingAndWhoWasLate) {
  SurveyAll(kBaseline, 100);
  ASSERT_TRUE(Contribute(MemberNumber(1), GoodSurvey(MemberNumber(1), kAugust)).ok());
  ASSERT_TRUE(
      Contribute(MemberNumber(1), GoodSurvey(MemberNumber(1), kAugust, 40, "reptiles")).ok());
  ASSERT_TRUE(Contribute(MemberNumber(2), GoodSurvey(MemberNumber(2), kAugust)).ok());
  const auto coverage = Coverage(kAugust);
  EXPECT_EQ(coverage.due_day(), kAugust.end + 15);
  EXPECT_EQ(coverage.members(), 7u);
  EXPECT_EQ(coverage.complete(), 1u);
  EXPECT_EQ(coverage.on_time(), 0u);  // due on 16 September, today is the 21st
  EXPECT_EQ(coverage.partial(), 1u);
  EXPECT_EQ(coverage.missing(), 5u);
  EXPECT_NEAR(coverage.exposure_share(), 3.0 / 14, 1e-12);
  EXPECT_EQ(coverage.lines(0).state(), v1::COVERAGE_MISSING);
  const auto& partial = coverage.lines(5);
  EXPECT_EQ(partial.party(), MemberNumber(2));
  ASSERT_THAT(partial.missing(), SizeIs(1));
  EXPECT_EQ(partial.missing(0).taxon_group(), "reptiles");
  EXPECT_EQ(coverage.lines(6).state(), v1::COVERAGE_LATE);
  EXPECT_EQ(coverage.lines(6).signed_off_by(), "head of trust and safety");
  EXPECT_EQ(Coverage(kSeptember).lines(0).state(), v1::COVERAGE_NOT_DUE);
}

TEST_F(FiguresTest, ShowAMemberItsOwnLineOfCoverageOnly) {
  SurveyAll(kBaseline, 100);
  const auto coverage = Coverage(kAugust, MemberNumber(3));
  ASSERT_THAT(coverage.lines(), SizeIs(1));
  EXPECT_EQ(coverage.lines(0).party(), MemberNumber(3));
  EXPECT_EQ(coverage.missing(), 7u);
  EXPECT_EQ(coverage.exposure_share(), 0);
  EXPECT_EQ(coverage.lines(0).baseline_exposure_share(), 0);
}

TEST_F(FiguresTest, MakeLinesOverThePeriods) {
  SurveyAll(kBaseline, 100);
  SurveyAll(kApril, 50);
  const auto prevalence = Series(v1::SERIES_PREVALENCE, v1::SPLIT_PLATFORM_CLASS);
  ASSERT_THAT(prevalence.series(), SizeIs(2));
  const v1::Series& marketplace = prevalence.series(0);
  EXPECT_EQ(marketplace.subset().platform_class(), "marketplace");
  // The baseline, and April to September.
  ASSERT_THAT(marketplace.points(), SizeIs(7));
  EXPECT_DOUBLE_EQ(marketplace.points(0).value(), 0.001);
  EXPECT_DOUBLE_EQ(marketplace.points(1).value(), 0.0005);
  EXPECT_LT(marketplace.points(1).interval().low(), 0.0005);
  EXPECT_EQ(marketplace.points(1).contributors(), 4u);
  EXPECT_THAT(marketplace.points(1).definition_versions(), ElementsAre(1u));
  EXPECT_FALSE(marketplace.points(2).has_value());
  EXPECT_EQ(marketplace.points(2).why().code(), "no_survey");
  EXPECT_NEAR(Series(v1::SERIES_PRECISION).series(0).points(1).value(), 50.0 / 55, 1e-12);
}

TEST_F(FiguresTest, CountEachActionInItsOwnUnit) {
  for (int number = 1; number <= 3; ++number) {
    v1::ActivityContribution removed = GoodActivity(MemberNumber(number), kApril, 100);
    removed.set_views_before_removal(500);
    removed.set_views_known_of(50);
    ASSERT_TRUE(Contribute(MemberNumber(number), removed).ok());
    removed.set_detected_by("user_report");
    removed.clear_views_before_removal();
    removed.clear_views_known_of();
    removed.set_count(300);
    ASSERT_TRUE(Contribute(MemberNumber(number), removed).ok());
  }
  v1::ActivityContribution closed = GoodActivity(MemberNumber(4), kApril, 7);
  closed.set_action("account_closed");
  closed.set_unit("account");
  ASSERT_TRUE(Contribute(MemberNumber(4), closed).ok());
  const auto activity = Series(v1::SERIES_ACTIVITY);
  ASSERT_THAT(activity.series(), SizeIs(2));
  EXPECT_EQ(activity.series(0).action(), "listing_removed");
  EXPECT_EQ(activity.series(0).unit(), "listing");
  EXPECT_EQ(activity.series(0).points(1).value(), 1200);
  EXPECT_EQ(activity.series(0).points(1).contributors(), 3u);
  EXPECT_EQ(activity.series(1).unit(), "account");
  EXPECT_EQ(activity.series(1).points(1).value(), 7);
  EXPECT_EQ(activity.series(1).points(2).why().code(), "no_contribution");
  EXPECT_DOUBLE_EQ(Series(v1::SERIES_PROACTIVE_RATE).series(0).points(1).value(), 0.25);
  EXPECT_DOUBLE_EQ(Series(v1::SERIES_VIEWS_BEFORE_REMOVAL).series(0).points(1).value(), 10);
  EXPECT_THAT(Series(v1::SERIES_ACTIVITY, v1::SPLIT_DETECTION_SOURCE).series(), SizeIs(3));
}

TEST_F(FiguresTest, MarkWhereALineMustNotBeReadAcross) {
  SurveyAll(kBaseline, 100);
  SurveyAll(kApril, 50);
  ASSERT_TRUE(Contribute(MemberNumber(1), GoodSurvey(MemberNumber(1), kMay)).ok());
  v1::Definitions changed = GoodDefinitions();
  changed.set_change("toys count no longer");
  ASSERT_TRUE(Define(changed, 1).ok());
  const auto markers = Series(v1::SERIES_PREVALENCE).markers();
  std::vector<v1::MarkerKind> kinds;
  for (const auto& marker : markers) kinds.push_back(marker.kind());
  EXPECT_THAT(kinds, ElementsAre(v1::FRAME_CHANGED, v1::DEFINITIONS_CHANGED,
                                 v1::PANEL_CREATED_MARKER, v1::DEFINITIONS_CHANGED));
  EXPECT_EQ(markers[0].day(), kMay.begin);
  EXPECT_EQ(markers[0].strata_gone(), 13u);
  EXPECT_EQ(markers[3].text(), "toys count no longer");
}

TEST_F(FiguresTest, SayOfEveryKindWhyThereIsNothing) {
  for (int kind = v1::SeriesKind_MIN + 1; kind <= v1::SeriesKind_MAX; ++kind) {
    const auto response = Series(static_cast<v1::SeriesKind>(kind));
    EXPECT_GE(response.series_size(), 1) << v1::SeriesKind_Name(kind);
    for (const v1::Series& series : response.series()) {
      for (const v1::SeriesPoint& point : series.points()) {
        EXPECT_TRUE(point.has_value() || point.has_why()) << v1::SeriesKind_Name(kind);
        EXPECT_FALSE(std::isnan(point.value()));
      }
    }
  }
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

TEST_F(FiguresTest, ListRestatementsNewestFirstWithTheMarkersSince) {
  SurveyAll(kBaseline, 100);
  SurveyAll(kApril, 50);
  Revise(kApril, 2, 51);
  Revise(kApril, 3, 52);
  v1::ListRestatementsRequest request;
  v1::ListRestatementsResponse response;
  ASSERT_TRUE(ListRestatements(Asker(), request, &response).ok());
  ASSERT_THAT(response.restatements(), SizeIs(2));
  EXPECT_EQ(response.restatements(0).now().survey().revision(), 3u);
  EXPECT_EQ(response.restatements(0).before().survey().revision(), 2u);
  EXPECT_THAT(response.markers(), SizeIs(2));
  request.set_limit(1);
  v1::ListRestatementsResponse page;
  ASSERT_TRUE(ListRestatements(Asker(), request, &page).ok());
  EXPECT_TRUE(page.more());
  request.set_before_sequence(page.restatements(0).sequence());
  page.Clear();
  ASSERT_TRUE(ListRestatements(Asker(), request, &page).ok());
  EXPECT_EQ(page.restatements(0).now().survey().revision(), 2u);
  EXPECT_FALSE(page.more());
  v1::ListRestatementsResponse others;
  ASSERT_TRUE(ListRestatements(Asker(MemberNumber(2)), {}, &others).ok());
  EXPECT_THAT(others.restatements(), IsEmpty());
  request.set_limit(1'001);
  EXPECT_THAT(ListRestatements(Asker(), request, &page),
              FailsWith(absl::StatusCode::kInvalidArgument, "limit"));
}

TEST_F(FiguresTest, PlanFromTheBaselineThatWasMeasured) {
  v1::PlanRequest request;
  request.set_panel("founders");
  v1::PlanResponse response;
  EXPECT_THAT(PlanProgress(Asker(), request, &response),
              FailsWith(absl::StatusCode::kFailedPrecondition, "baseline"));
  SurveyAll(kBaseline, 100);
  ASSERT_TRUE(PlanProgress(Asker(), request, &response).ok());
  EXPECT_THAT(response.lines(), SizeIs(7));
  EXPECT_NEAR(response.baseline_positives(), 727, 2);
  EXPECT_NEAR(response.follow_up_positives(), 109, 1);
  // A member's part of the listings would tell it the exposure of all others.
  v1::PlanResponse own;
  EXPECT_THAT(PlanProgress(Asker(MemberNumber(1)), request, &own),
              FailsWith(absl::StatusCode::kPermissionDenied, "panel"));
  request.clear_panel();
  v1::PlanStratum& stratum = *request.add_strata();
  stratum.set_name("listings");
  stratum.set_exposure(1e9);
  stratum.set_prevalence(1e-4);
  EXPECT_TRUE(PlanProgress(Asker(MemberNumber(1)), request, &own).ok());
}

TEST_F(FiguresTest, CountWhatIsSharedAndMetInThePeriodInWhichItWas) {
  v1::PublishRequest record = GoodRequest();
  record.mutable_signatures(0)->set_expires_us(
      absl::ToUnixMicros(env_.Now() + absl::Hours(24 * 30)));
  const auto published = Publish("member/market", record);
  ASSERT_TRUE(published.ok()) << published.status();
  env_.Advance(absl::Hours(48));
  v1::ReportSightingRequest sighting;
  sighting.set_request_id(NewRequestId());
  sighting.set_record_id(published->record_id);
  sighting.set_subjects(1);
  sighting.set_first_matched_us(absl::ToUnixMicros(env_.Now()));
  const auto reported = Run(ReportSightingCommand("member/social", sighting));
  ASSERT_TRUE(reported.ok()) << reported.status();
  constexpr int kInSeptember = 6;  // after the baseline and April to August
  for (const v1::SeriesKind kind :
       {v1::SERIES_SIGNATURES_SHARED, v1::SERIES_SIGHTINGS, v1::SERIES_CROSS_MEMBER_MATCHES}) {
    const auto response = Series(kind);
    ASSERT_THAT(response.series(0).points(), SizeIs(7)) << v1::SeriesKind_Name(kind);
    EXPECT_EQ(response.series(0).points(kInSeptember).value(), 1) << v1::SeriesKind_Name(kind);
    EXPECT_EQ(response.series(0).points(1).value(), 0) << v1::SeriesKind_Name(kind);
  }
  EXPECT_EQ(Series(v1::SERIES_FALSE_MATCH_RATE).series(0).points(kInSeptember).value(), 0);
  EXPECT_FALSE(Series(v1::SERIES_TAXA).series(0).taxon().empty());
  v1::GetDisplacementResponse displacement;
  ASSERT_TRUE(GetDisplacement(Asker(), {}, &displacement).ok());
  EXPECT_EQ(displacement.displacement().offenders(), 1);
  EXPECT_EQ(displacement.displacement().reappeared(), 1);
  v1::GetDisplacementResponse for_member;
  ASSERT_TRUE(GetDisplacement(Asker(MemberNumber(1)), {}, &for_member).ok());
  EXPECT_EQ(for_member.displacement().withheld().code(), "not_released");
}

TEST_F(FiguresTest, TellAPageWhetherAnythingHasChanged) {
  v1::GetProgressVersionResponse before, after;
  GetProgressVersion(Asker(), &before);
  ASSERT_TRUE(Contribute(MemberNumber(1), GoodSurvey(MemberNumber(1), kApril)).ok());
  GetProgressVersion(Asker(), &after);
  EXPECT_GT(after.position(), before.position());
  EXPECT_EQ(after.position(), LogSize());
  EXPECT_EQ(after.today(), kSeptember.begin + 20);
}

TEST_F(FiguresTest, ListPanelsWithTheirPeriodsAndOnlyAMembersOwnLine) {
  v1::ListPanelsResponse all, own;
  ASSERT_TRUE(ListPanels(Asker(), {}, &all).ok());
  ASSERT_TRUE(ListPanels(Asker(MemberNumber(2)), {}, &own).ok());
  ASSERT_THAT(all.panels(), SizeIs(1));
  EXPECT_THAT(all.panels(0).panel().members(), SizeIs(7));
  EXPECT_THAT(all.panels(0).periods(), SizeIs(6));
  EXPECT_EQ(all.panels(0).strata(), 14u);
  ASSERT_THAT(own.panels(0).panel().members(), SizeIs(1));
  EXPECT_EQ(own.panels(0).panel().members(0).party(), MemberNumber(2));
}

}  // namespace
}  // namespace vervet::hub
