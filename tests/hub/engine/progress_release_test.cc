// Releases: what members see, what is withheld from them, and that neither two questions nor two
// releases give one member away.
#include "hub/engine/progress_release.h"

#include <google/protobuf/util/message_differencer.h>

#include "tests/hub/engine/progress_fixture.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
using ::testing::SizeIs;

constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;

class ReleaseTest : public ProgressTest {
 protected:
  void SetUp() override {
    ProgressTest::SetUp();
    SurveyAll(kBaseline, 100);
    SurveyAll(kApril, 10);
  }
  const v1::ReductionFigure* Find(const v1::GetReductionResponse& response,
                                  const v1::FigureSubset& subset) {
    for (const v1::ReductionFigure& figure : response.figures()) {
      if (google::protobuf::util::MessageDifferencer::Equals(figure.subset(), subset)) {
        return &figure;
      }
    }
    return nullptr;
  }
};

TEST_F(ReleaseTest, ShowsMembersNothingBefore) {
  const auto response = Reduction(kApril, MemberNumber(1));
  const auto* whole = Find(response, {});
  ASSERT_NE(whole, nullptr);
  EXPECT_EQ(whole->withheld().code(), "not_released");
  EXPECT_FALSE(whole->has_reduction());
  EXPECT_EQ(response.basis().release(), 0u);
}

TEST_F(ReleaseTest, ShowsMembersTheFigureWithoutAmounts) {
  const auto released = Release(kApril);
  ASSERT_TRUE(released.ok()) << released.status();
  const auto response = Reduction(kApril, MemberNumber(1));
  const auto* whole = Find(response, {});
  ASSERT_NE(whole, nullptr);
  EXPECT_EQ(whole->verdict(), v1::VERDICT_MET);
  EXPECT_NEAR(whole->reduction().point(), 0.9, 1e-9);
  EXPECT_EQ(whole->baseline().members(), 7u);
  EXPECT_EQ(whole->baseline().exposure(), 0);
  EXPECT_EQ(whole->baseline().positives(), 0);
  EXPECT_EQ(response.basis().release(), 1u);
  EXPECT_EQ(response.basis().released_us(), absl::ToUnixMicros(env_.Now()));
}

TEST_F(ReleaseTest, WithholdsWhatFewerThanFiveContributeTo) {
  ASSERT_TRUE(Release(kApril).ok());
  const auto response = Reduction(kApril, MemberNumber(1));
  v1::FigureSubset social, marketplace, club;
  social.set_platform_class("social");            // three members
  marketplace.set_platform_class("marketplace");  // four
  club.set_sharing_group("club");                 // three
  for (const auto& subset : {social, marketplace, club}) {
    const auto* figure = Find(response, subset);
    ASSERT_NE(figure, nullptr);
    EXPECT_EQ(figure->withheld().code(), "too_few_contributors");
    EXPECT_FALSE(figure->has_reduction());
    EXPECT_EQ(figure->verdict(), v1::VERDICT_UNSPECIFIED);
  }
}

TEST_F(ReleaseTest, WithholdsWhatOneMemberDominates) {
  v1::SurveyContribution large = GoodSurvey(MemberNumber(1), kApril, 10);
  large.set_exposure(1e12);
  large.set_revision(2);
  ASSERT_TRUE(Contribute(MemberNumber(1), large).ok());
  ASSERT_TRUE(Release(kApril).ok());
  EXPECT_EQ(Find(Reduction(kApril, MemberNumber(2)), {})->withheld().code(), "one_dominates");
}

TEST_F(ReleaseTest, KeepsWhatWasReleasedWhenItIsRestatedAndSaysSoToNobodyElse) {
  ASSERT_TRUE(Release(kApril).ok());
  const auto before = Reduction(kApril, MemberNumber(2));
  v1::SurveyContribution revised = GoodSurvey(MemberNumber(1), kApril, 90);
  revised.set_revision(2);
  ASSERT_TRUE(Contribute(MemberNumber(1), revised).ok());
  const auto after = Reduction(kApril, MemberNumber(2));
  EXPECT_NEAR(Find(after, {})->reduction().point(), Find(before, {})->reduction().point(), 0);
  v1::ListRestatementsResponse restatements;
  ASSERT_TRUE(ListRestatements(Asker(), {}, &restatements).ok());
  EXPECT_EQ(restatements.restatements(0).releases_touched(), 1u);
}

// The second release differs from the first by one member's revision: the difference would be that
// member's.
TEST_F(ReleaseTest, WithholdsASecondReleaseThatOneRevisionSeparatesFromTheFirst) {
  ASSERT_TRUE(Release(kApril).ok());
  v1::SurveyContribution revised = GoodSurvey(MemberNumber(1), kApril, 20);
  revised.set_revision(2);
  ASSERT_TRUE(Contribute(MemberNumber(1), revised).ok());
  const auto second = Release(kApril);
  ASSERT_TRUE(second.ok()) << second.status();
  const auto response = Reduction(kApril, MemberNumber(2));
  EXPECT_EQ(response.basis().release(), 2u);
  EXPECT_EQ(Find(response, {})->withheld().code(), "could_be_worked_out");
  v1::FigureSubset reptiles;  // which the revision did not touch
  reptiles.set_taxon_group("reptiles");
  EXPECT_TRUE(Find(response, reptiles)->has_reduction());
}

TEST_F(ReleaseTest, ShowsASecondReleaseOnceFiveHaveRevised) {
  ASSERT_TRUE(Release(kApril).ok());
  for (int number = 1; number <= 5; ++number) {
    for (const char* taxon : {"ivory", "reptiles"}) {
      v1::SurveyContribution revised = GoodSurvey(MemberNumber(number), kApril, 14 + number, taxon);
      revised.set_exposure(revised.exposure() * 1.1);
      revised.set_revision(2);
      ASSERT_TRUE(Contribute(MemberNumber(number), revised).ok());
    }
  }
  ASSERT_TRUE(Release(kApril).ok());
  EXPECT_TRUE(Find(Reduction(kApril, MemberNumber(7)), {})->has_reduction());
}

// Two figures of one release, a total and a part that lacks one member, must not both be shown.
TEST_F(ReleaseTest, DoesNotShowATotalAndAPartThatLackOneMember) {
  SurveyAll(kMay, 10);
  v1::SurveyContribution gone = GoodSurvey(MemberNumber(7), kMay, 10, "reptiles");
  gone.set_revision(2);
  gone.set_withdrawn(true);
  ASSERT_TRUE(Contribute(MemberNumber(7), gone).ok());
  ASSERT_TRUE(Release(kApril).ok());
  ASSERT_TRUE(Release(kMay).ok());
  // Of the baseline, May's reduction lacks one stratum of one member that April's had.
  EXPECT_EQ(Find(Reduction(kMay, MemberNumber(2)), {})->withheld().code(), "could_be_worked_out");
}

TEST_F(ReleaseTest, IsOfAWholePeriodThatHasChanged) {
  EXPECT_THAT(Release(kSeptember).status(), FailsWith(kPrecondition, "not over"));
  ASSERT_TRUE(Release(kApril).ok());
  EXPECT_THAT(Release(kApril).status(), FailsWith(kPrecondition, "nothing of it has changed"));
}

TEST_F(ReleaseTest, AnswersARetryAsTheFirstTime) {
  v1::ReleaseRequest request;
  request.set_request_id(NewRequestId());
  *request.mutable_period() = ToProto(kApril);
  const auto first = Run(ReleaseCommand(kCoordinator, request, PrepareRelease(Asker(), request)));
  const auto again = Run(ReleaseCommand(kCoordinator, request, PrepareRelease(Asker(), request)));
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(first->sequence, again->sequence);
}

TEST_F(ReleaseTest, IsPreparedAgainWhereSomethingCameMeanwhile) {
  v1::ReleaseRequest request;
  request.set_request_id(NewRequestId());
  *request.mutable_period() = ToProto(kApril);
  const auto prepared = PrepareRelease(Asker(), request);
  SurveyAll(kMay, 10);
  EXPECT_THAT(Run(ReleaseCommand(kCoordinator, request, prepared)).status(),
              FailsWith(absl::StatusCode::kAborted, "release again"));
}

TEST_F(ReleaseTest, GivesMembersTheLinesOfReleasedPeriodsOnly) {
  for (int number = 1; number <= 7; ++number) {
    ASSERT_TRUE(Contribute(MemberNumber(number), GoodActivity(MemberNumber(number), kApril)).ok());
    ASSERT_TRUE(Contribute(MemberNumber(number), GoodActivity(MemberNumber(number), kMay)).ok());
  }
  ASSERT_TRUE(Release(kApril).ok());
  v1::GetSeriesRequest request;
  request.add_kinds(v1::SERIES_PREVALENCE);
  request.add_kinds(v1::SERIES_ACTIVITY);
  v1::GetSeriesResponse response;
  ASSERT_TRUE(GetSeries(Asker(MemberNumber(1)), request, &response).ok());
  ASSERT_THAT(response.series(), SizeIs(2));
  ASSERT_THAT(response.series(0).points(), SizeIs(1));
  EXPECT_DOUBLE_EQ(response.series(0).points(0).value(), 0.0001);
  ASSERT_THAT(response.series(1).points(), SizeIs(1));
  EXPECT_EQ(response.series(1).points(0).value(), 700);
  request.set_split(v1::SPLIT_PLATFORM_CLASS);
  response.Clear();
  ASSERT_TRUE(GetSeries(Asker(MemberNumber(1)), request, &response).ok());
  for (const v1::Series& series : response.series()) {
    if (series.kind() != v1::SERIES_PREVALENCE) continue;
    for (const v1::SeriesPoint& point : series.points()) EXPECT_TRUE(point.withheld());
  }
}

TEST_F(ReleaseTest, GivesMembersTheCourseOfTheReduction) {
  SurveyAll(kMay, 5);
  SurveyAll(kAugust, 5);
  ASSERT_TRUE(Release(kApril).ok());
  ASSERT_TRUE(Release(kMay).ok());
  const auto course = Series(v1::SERIES_REDUCTION, v1::SPLIT_NONE, MemberNumber(1));
  ASSERT_THAT(course.series(), SizeIs(1));
  ASSERT_THAT(course.series(0).points(), SizeIs(2));  // August is not released
  const auto released = Reduction(kApril, MemberNumber(1));
  EXPECT_TRUE(Same(course.series(0).points(0).interval(), Find(released, {})->reduction()));
  EXPECT_EQ(course.series(0).points(0).contributors(), 7u);
  EXPECT_NEAR(course.series(0).points(1).value(), 0.95, 1e-9);
  // Of social networks there are three.
  const auto by_class =
      Series(v1::SERIES_REDUCTION, v1::SPLIT_PLATFORM_CLASS, MemberNumber(1)).series();
  ASSERT_THAT(by_class, SizeIs(2));
  for (const v1::Series& series : by_class) {
    EXPECT_TRUE(series.points(0).withheld());
    EXPECT_FALSE(series.points(0).has_value());
    EXPECT_FALSE(series.points(0).has_interval());
  }
}

TEST_F(ReleaseTest, WithholdsAnActionOfFewMembers) {
  for (int number = 1; number <= 4; ++number) {
    ASSERT_TRUE(Contribute(MemberNumber(number), GoodActivity(MemberNumber(number), kApril)).ok());
  }
  ASSERT_TRUE(Release(kApril).ok());
  v1::GetSeriesRequest request;
  request.add_kinds(v1::SERIES_ACTIVITY);
  v1::GetSeriesResponse response;
  ASSERT_TRUE(GetSeries(Asker(MemberNumber(1)), request, &response).ok());
  ASSERT_THAT(response.series(), SizeIs(1));
  EXPECT_TRUE(response.series(0).points(0).withheld());
  EXPECT_FALSE(response.series(0).points(0).has_value());
  EXPECT_EQ(response.series(0).points(0).why().code(), "too_few_contributors");
}

TEST_F(ReleaseTest, ShowsWhatReviewersFindUntilATeamCouldBeWorkedOut) {
  for (int number = 1; number <= 7; ++number) {
    ASSERT_TRUE(Contribute(MemberNumber(number), GoodTeam(MemberNumber(number))).ok());
  }
  ASSERT_TRUE(Release(kApril).ok());
  v1::GetSeriesRequest request;
  request.add_kinds(v1::SERIES_RECALL);
  v1::GetSeriesResponse response;
  ASSERT_TRUE(GetSeries(Asker(MemberNumber(1)), request, &response).ok());
  ASSERT_THAT(response.series(), SizeIs(1));
  EXPECT_DOUBLE_EQ(response.series(0).points(0).value(), 0.9);
  v1::ReviewTeamContribution revised = GoodTeam(MemberNumber(1));
  revised.set_revision(2);
  revised.set_missed(40);
  ASSERT_TRUE(Contribute(MemberNumber(1), revised).ok());
  ASSERT_TRUE(Release(kApril).ok());
  response.Clear();
  ASSERT_TRUE(GetSeries(Asker(MemberNumber(2)), request, &response).ok());
  EXPECT_EQ(response.series(0).points(0).why().code(), "could_be_worked_out");
}

TEST_F(ReleaseTest, WithholdsTheRecallOfFewTeams) {
  for (int number = 1; number <= 4; ++number) {
    ASSERT_TRUE(Contribute(MemberNumber(number), GoodTeam(MemberNumber(number))).ok());
  }
  ASSERT_TRUE(Release(kApril).ok());
  v1::GetSeriesRequest request;
  request.add_kinds(v1::SERIES_RECALL);
  v1::GetSeriesResponse response;
  ASSERT_TRUE(GetSeries(Asker(MemberNumber(1)), request, &response).ok());
  EXPECT_EQ(response.series(0).points(0).why().code(), "too_few_contributors");
}

TEST_F(ReleaseTest, JudgesWhatWasDoneByClassBesideTheTotal) {
  v1::Panel panel = GoodPanel();
  panel.set_panel("larger");
  for (int i = 4; i < 7; ++i) {  // five marketplaces, and two social
    panel.mutable_members(i)->set_platform_class(i == 4 ? "marketplace" : "social");
  }
  ASSERT_TRUE(CreatePanel(panel).ok());
  for (int number = 1; number <= 7; ++number) {
    ASSERT_TRUE(Contribute(MemberNumber(number), GoodActivity(MemberNumber(number), kApril)).ok());
  }
  // Of no panel, so of no class.
  ASSERT_TRUE(Contribute("member/market", GoodActivity("member/market", kApril)).ok());
  v1::ReleaseRequest release;
  release.set_request_id(NewRequestId());
  release.set_panel("larger");
  *release.mutable_period() = ToProto(kApril);
  const auto prepared = PrepareRelease(Asker(), release);
  ASSERT_TRUE(prepared.ok()) << prepared.status();
  ASSERT_TRUE(Run(ReleaseCommand(kCoordinator, release, prepared)).ok());
  v1::GetSeriesRequest request;
  request.add_kinds(v1::SERIES_ACTIVITY);
  v1::GetSeriesResponse total, by_class;
  ASSERT_TRUE(GetSeries(Asker(MemberNumber(1)), request, &total).ok());
  ASSERT_THAT(total.series(), SizeIs(1));
  EXPECT_EQ(total.series(0).points(0).value(), 800);
  request.set_split(v1::SPLIT_PLATFORM_CLASS);
  ASSERT_TRUE(GetSeries(Asker(MemberNumber(1)), request, &by_class).ok());
  ASSERT_THAT(by_class.series(), SizeIs(2));
  for (const v1::Series& series : by_class.series()) {
    // Five would be enough by themselves; the total without them would tell of three.
    EXPECT_TRUE(series.points(0).withheld()) << series.subset().platform_class();
  }
}

TEST_F(ReleaseTest, IsListedWithWhatItShowsAndWhatReplacedIt) {
  ASSERT_TRUE(Release(kApril).ok());
  v1::SurveyContribution revised = GoodSurvey(MemberNumber(1), kApril, 20);
  revised.set_revision(2);
  ASSERT_TRUE(Contribute(MemberNumber(1), revised).ok());
  ASSERT_TRUE(Release(kApril).ok());
  v1::ListReleasesResponse list;
  ASSERT_TRUE(ListReleases(Asker(MemberNumber(1)), {}, &list).ok());
  ASSERT_THAT(list.releases(), SizeIs(2));
  EXPECT_EQ(list.releases(0).release(), 2u);
  EXPECT_EQ(list.releases(1).replaced_by(), 2u);
  EXPECT_GT(list.releases(1).shown(), 0u);
  EXPECT_GT(list.releases(1).withheld(), 0u);
}

}  // namespace
}  // namespace vervet::hub
