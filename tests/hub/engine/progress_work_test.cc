// What figures cost, counted and not timed: a contribution costs what it changes, however long the
// history is; and what was kept comes out as what is computed from nothing, to the bit.
#include "hub/engine/progress_warm_up.h"
#include "tests/hub/engine/progress_fixture.h"

namespace vervet::hub {
namespace {

// What was done so far.
struct Work {
  uint64_t rows = 0;
  uint64_t strata = 0;
  uint64_t estimates = 0;
};

class ProgressWorkTest : public ProgressTest {
 protected:
  Work WorkDone() {
    return {
        state_.Read([](const HubState& state) { return state.progress.looked_at(); }),
        figures_.strata_drawn(),
        figures_.built(),
    };
  }
  // The page's questions, as asked of these figures; everything that they answer.
  std::vector<std::string> Page(ProgressFigures* figures) {
    ProgressAsker asker = Asker();
    asker.figures = figures;
    std::vector<std::string> answers;
    const auto keep = [&answers](const absl::Status& status, const auto& answer) {
      EXPECT_TRUE(status.ok()) << status;
      answers.push_back(answer.DebugString());
    };
    v1::GetReductionRequest reduction;
    *reduction.mutable_period() = ToProto(kAugust);
    reduction.set_with_members(true);
    v1::GetReductionResponse reduction_answer;
    keep(GetReduction(asker, reduction, &reduction_answer), reduction_answer);
    v1::GetCoverageRequest coverage;
    *coverage.mutable_period() = ToProto(kAugust);
    v1::GetCoverageResponse coverage_answer;
    keep(GetCoverage(asker, coverage, &coverage_answer), coverage_answer);
    const auto series = [&](const std::vector<v1::SeriesKind>& kinds, v1::SeriesSplit split) {
      v1::GetSeriesRequest request;
      for (const v1::SeriesKind kind : kinds) request.add_kinds(kind);
      request.set_split(split);
      v1::GetSeriesResponse answer;
      keep(GetSeries(asker, request, &answer), answer);
    };
    series({v1::SERIES_REDUCTION, v1::SERIES_ACTIVITY, v1::SERIES_PROACTIVE_RATE,
            v1::SERIES_PRECISION, v1::SERIES_RECALL, v1::SERIES_APPEALS},
           v1::SPLIT_NONE);
    series({v1::SERIES_PREVALENCE}, v1::SPLIT_PLATFORM_CLASS);
    series({v1::SERIES_ACTIVITY}, v1::SPLIT_DETECTION_SOURCE);
    return answers;
  }
  // What the page's questions cost once they have been asked, and one survey has been revised.
  Work AfterARevision(const progress::Days& days) {
    Page(&figures_);
    v1::SurveyContribution survey = GoodSurvey(MemberNumber(1), days, 33);
    survey.set_revision(++revision_);
    EXPECT_TRUE(Contribute(MemberNumber(1), survey).ok());
    const Work before = WorkDone();
    Page(&figures_);
    const Work after = WorkDone();
    return {after.rows - before.rows, after.strata - before.strata,
            after.estimates - before.estimates};
  }
  void ExpectTheSameFromNothing() {
    ProgressFigures from_nothing(&state_);
    const auto kept = Page(&figures_);
    const auto fresh = Page(&from_nothing);
    ASSERT_EQ(kept.size(), fresh.size());
    for (size_t i = 0; i < kept.size(); ++i) EXPECT_EQ(kept[i], fresh[i]) << "question " << i;
  }

 private:
  uint32_t revision_ = 1;
};

TEST_F(ProgressWorkTest, OfAContributionIsTheSameAfterALongHistory) {
  SurveyAll(kBaseline, 100);
  SurveyAll(kAugust, 30);
  const Work shortly = AfterARevision(kAugust);
  EXPECT_EQ(shortly.estimates, 0u);
  for (const progress::Days& days : {kApril, kMay, kJune, kJuly}) {
    SurveyAll(days, 30);
    for (int number = 1; number <= 7; ++number) {
      ASSERT_TRUE(Contribute(MemberNumber(number), GoodActivity(MemberNumber(number), days)).ok());
    }
  }
  const Work later = AfterARevision(kAugust);
  // August holds one row more, the first revision, which each look at it passes over. The history
  // has 84 more.
  EXPECT_LE(later.rows, shortly.rows + 10);
  EXPECT_EQ(later.strata, shortly.strata);
  EXPECT_EQ(later.estimates, 0u);
}

TEST_F(ProgressWorkTest, OfARevisedBaselineIsOneStratumForAllPeriods) {
  SurveyAll(kBaseline, 100);
  for (const progress::Days& days : {kApril, kMay, kJune, kJuly, kAugust}) SurveyAll(days, 30);
  const Work work = AfterARevision(kBaseline);
  EXPECT_EQ(work.estimates, 0u);
  // The old draws and the new ones, in each of the five estimates that are kept.
  EXPECT_LE(work.strata, 2u * 5);
  ExpectTheSameFromNothing();
}

TEST_F(ProgressWorkTest, OfARevisedOldPeriodIsThatPeriodAlone) {
  SurveyAll(kBaseline, 100);
  for (const progress::Days& days : {kApril, kMay, kJune, kJuly, kAugust}) SurveyAll(days, 30);
  const Work work = AfterARevision(kMay);
  EXPECT_LE(work.estimates, 1u);
  // The period's, and the old and the new draws where a prevalence of it was at hand.
  EXPECT_LE(work.strata, 14u + 2);
  ExpectTheSameFromNothing();
}

TEST_F(ProgressWorkTest, OfARevisedOldPeriodWithoutItsEstimateIsItsOneStratum) {
  SurveyAll(kBaseline, 100);
  for (const progress::Days& days : {kApril, kMay, kJune, kJuly, kAugust}) SurveyAll(days, 30);
  // Independent surveys take the places of estimates that are kept.
  for (const progress::Days& days : {kBaseline, kJune, kJuly, kAugust}) {
    v1::SurveyContribution survey = GoodSurvey(MemberNumber(1), days);
    survey.set_independent_surveyor("Monitors");
    ASSERT_TRUE(Contribute(kCoordinator, survey).ok());
  }
  for (int round = 0; round < 2; ++round) {
    const Work work = AfterARevision(kApril);
    EXPECT_EQ(work.estimates, 0u);
    // As it was, and as it is; and once more where an estimate of prevalences is at hand.
    EXPECT_LE(work.strata, 4u);
    ExpectTheSameFromNothing();
  }
  // Late, and the first of its stratum: the same strata are compared no longer.
  v1::SurveyContribution gone = GoodSurvey(MemberNumber(4), kApril, 30);
  gone.set_revision(2);
  gone.set_withdrawn(true);
  ASSERT_TRUE(Contribute(MemberNumber(4), gone).ok());
  ExpectTheSameFromNothing();
  ASSERT_TRUE(Contribute(MemberNumber(2), GoodTeam(MemberNumber(2))).ok());
  ExpectTheSameFromNothing();
  AfterARevision(kApril);
  ExpectTheSameFromNothing();
}

TEST_F(ProgressWorkTest, ComesToTheSameFiguresWhateverCame) {
  SurveyAll(kBaseline, 100);
  for (const progress::Days& days : {kApril, kMay, kAugust}) SurveyAll(days, 30);
  Page(&figures_);
  // A stratum of June and July alone, and a period that lacks most.
  for (const progress::Days& days : {kJune, kJuly}) {
    ASSERT_TRUE(Contribute(MemberNumber(3), GoodSurvey(MemberNumber(3), days, 12)).ok());
  }
  ExpectTheSameFromNothing();
  // A team's error touches all its surveys.
  ASSERT_TRUE(Contribute(MemberNumber(2), GoodTeam(MemberNumber(2))).ok());
  ExpectTheSameFromNothing();
  // Withdrawn from the baseline: its counterparts are without one, in every period.
  v1::SurveyContribution gone = GoodSurvey(MemberNumber(4), kBaseline, 100);
  gone.set_revision(2);
  gone.set_withdrawn(true);
  ASSERT_TRUE(Contribute(MemberNumber(4), gone).ok());
  ExpectTheSameFromNothing();
  // Positives that nobody reviewed again take the PPV of their team.
  v1::SurveyContribution pooled = GoodSurvey(MemberNumber(5), kJuly, 12);
  pooled.mutable_samples(0)->set_reviewed_again(0);
  pooled.mutable_samples(0)->set_confirmed(0);
  ASSERT_TRUE(Contribute(MemberNumber(5), pooled).ok());
  pooled.mutable_stratum()->set_taxon_group("reptiles");
  ASSERT_TRUE(Contribute(MemberNumber(5), pooled).ok());
  ExpectTheSameFromNothing();
  ASSERT_TRUE(Contribute(MemberNumber(1), GoodActivity(MemberNumber(1), kJuly)).ok());
  v1::Definitions changed = GoodDefinitions();
  changed.mutable_detection_sources(0)->set_proactive(false);
  ASSERT_TRUE(Define(changed, 1).ok());
  ExpectTheSameFromNothing();
}

TEST_F(ProgressWorkTest, OfAnOlderTimeIsAnEstimateForEachKindOfSurveyors) {
  SurveyAll(kBaseline, 100);
  for (const progress::Days& days : {kApril, kMay, kJune, kJuly, kAugust}) SurveyAll(days, 30);
  for (const progress::Days& days : {kBaseline, kAugust}) {
    v1::SurveyContribution survey = GoodSurvey(MemberNumber(1), days);
    survey.set_independent_surveyor("Monitors");
    ASSERT_TRUE(Contribute(kCoordinator, survey).ok());
  }
  const uint64_t position = Reduction(kAugust).basis().position();
  v1::SurveyContribution later = GoodSurvey(MemberNumber(1), kAugust, 31);
  later.set_revision(2);
  ASSERT_TRUE(Contribute(MemberNumber(1), later).ok());
  later = GoodSurvey(MemberNumber(1), kAugust, 31);
  later.set_independent_surveyor("Monitors");
  later.set_revision(2);
  ASSERT_TRUE(Contribute(kCoordinator, later).ok());
  Page(&figures_);
  const Work before = WorkDone();
  EXPECT_GT(Reduction(kAugust, kCoordinator, position).figures_size(), 2);
  EXPECT_EQ(WorkDone().estimates, before.estimates + 2);
}

TEST_F(ProgressWorkTest, IsDoneBeforeAnybodyAsksOnceTheHubIsWarm) {
  SurveyAll(kBaseline, 100);
  for (const progress::Days& days : {kApril, kMay, kJune, kJuly, kAugust}) SurveyAll(days, 30);
  size_t periods = 0;
  while (WarmUpPeriod(Asker(), periods)) ++periods;
  EXPECT_EQ(periods, 7u);  // April to September, and the baseline
  const Work before = WorkDone();
  v1::GetSeriesRequest request;
  request.add_kinds(v1::SERIES_REDUCTION);
  request.add_kinds(v1::SERIES_PREVALENCE);
  request.mutable_subset()->set_taxon_group("ivory");
  for (const v1::SeriesSplit split : {v1::SPLIT_NONE, v1::SPLIT_PLATFORM_CLASS}) {
    request.set_split(split);
    v1::GetSeriesResponse answer;
    ASSERT_TRUE(GetSeries(Asker(), request, &answer).ok());
  }
  EXPECT_EQ(WorkDone().estimates, before.estimates);
  EXPECT_EQ(WorkDone().strata, before.strata);
}

// What was counted under a version of the definitions stays as that one has it.
TEST_F(ProgressWorkTest, OfALineIsDoneByTheDefinitionsThatItsCountsName) {
  ASSERT_TRUE(Contribute(MemberNumber(1), GoodActivity(MemberNumber(1), kApril)).ok());
  v1::GetSeriesRequest request;
  request.add_kinds(v1::SERIES_PROACTIVE_RATE);
  v1::GetSeriesResponse then;
  ASSERT_TRUE(GetSeries(Asker(), request, &then).ok());
  ASSERT_EQ(then.series(0).points(1).value(), 1);
  v1::Definitions changed = GoodDefinitions();
  changed.mutable_detection_sources(0)->set_proactive(false);
  ASSERT_TRUE(Define(changed, 1).ok());
  v1::ActivityContribution later = GoodActivity(MemberNumber(1), kMay);
  later.set_definition_version(2);
  ASSERT_TRUE(Contribute(MemberNumber(1), later).ok());
  v1::GetSeriesResponse now, again;
  ASSERT_TRUE(GetSeries(Asker(), request, &now).ok());
  EXPECT_EQ(now.series(0).points(1).value(), 1);
  EXPECT_EQ(now.series(0).points(2).value(), 0);
  request.mutable_as_of()->set_position(then.basis().position());
  ASSERT_TRUE(GetSeries(Asker(), request, &again).ok());
  EXPECT_TRUE(Same(again.series(0), then.series(0)));
}

// Of its own reviewers a member may know how much they overlook; of the others' together it may
// not, before a release.
TEST_F(ProgressWorkTest, CountsRecallOfTheSubsetThatIsAskedFor) {
  SurveyAll(kApril, 30);
  ASSERT_TRUE(Contribute(MemberNumber(1), GoodTeam(MemberNumber(1))).ok());
  v1::ReviewTeamContribution other = GoodTeam(MemberNumber(2));
  other.set_found(10);
  other.set_missed(90);
  ASSERT_TRUE(Contribute(MemberNumber(2), other).ok());
  const auto recall = [&](const std::string& party, const std::string& member) {
    v1::GetSeriesRequest request;
    request.add_kinds(v1::SERIES_RECALL);
    request.mutable_subset()->set_member(member);
    v1::GetSeriesResponse answer;
    EXPECT_TRUE(GetSeries(Asker(party), request, &answer).ok());
    return answer.series(0).points(1).value();
  };
  EXPECT_DOUBLE_EQ(recall(kCoordinator, ""), 0.5);
  EXPECT_DOUBLE_EQ(recall(MemberNumber(1), MemberNumber(1)), 0.9);
  EXPECT_DOUBLE_EQ(recall(MemberNumber(2), MemberNumber(2)), 0.1);
}

}  // namespace
}  // namespace vervet::hub
