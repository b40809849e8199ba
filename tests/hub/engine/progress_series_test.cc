// Lines over the periods, and where they must not be read across.

#include <cmath>

#include "hub/engine/records.h"
#include "tests/hub/engine/progress_fixture.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
using ::testing::ElementsAre;
using ::testing::SizeIs;

using SeriesTest = ProgressTest;

TEST_F(SeriesTest, MakeLinesOverThePeriods) {
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

TEST_F(SeriesTest, CountEachActionInItsOwnUnit) {
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

TEST_F(SeriesTest, MarkWhereALineMustNotBeReadAcross) {
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

TEST_F(SeriesTest, SayOfEveryKindWhyThereIsNothing) {
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

TEST_F(SeriesTest, CountWhatIsSharedAndMetInThePeriodInWhichItWas) {
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

// What was published stays published when it expires or is taken back; what is erased is gone, as
// it is where the log is folded again.
TEST_F(SeriesTest, CountTheTaxaOfWhatWasPublishedWhateverBecameOfIt) {
  constexpr int kInSeptember = 6;
  const auto counted = [&](const std::string& taxon) {
    const auto response = Series(v1::SERIES_TAXA);
    for (const v1::Series& series : response.series()) {
      if (series.taxon() == taxon) return series.points(kInSeptember).value();
    }
    return 0.0;
  };
  v1::PublishRequest request = GoodRequest();
  request.mutable_facts()->mutable_offence()->clear_taxa();
  request.mutable_facts()->mutable_offence()->add_taxa("Manis javanica");
  request.mutable_facts()->mutable_offence()->add_taxa("Panthera tigris");
  const auto first = Publish("member/market", request);
  ASSERT_TRUE(first.ok()) << first.status();
  request.set_request_id(NewRequestId());
  const auto second = Publish("member/market", request);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(counted("Manis javanica"), 2);
  EXPECT_EQ(counted("Panthera tigris"), 2);
  ASSERT_TRUE(Retract("member/market", first->record_id).ok());
  EXPECT_EQ(counted("Manis javanica"), 2);
  v1::EraseRequest erasure;
  erasure.set_request_id(NewRequestId());
  erasure.set_record_id(first->record_id);
  erasure.set_ground(v1::WITHDRAWN);
  const auto erased = Run(EraseCommand("member/market", erasure, RemedyPolicy{}));
  ASSERT_TRUE(erased.ok()) << erased.status();
  EXPECT_EQ(counted("Manis javanica"), 1);
  EXPECT_EQ(counted("Panthera tigris"), 1);
}

TEST_F(SeriesTest, NameTheDefinitionsThatEachPointWasCountedUnder) {
  SurveyAll(kBaseline, 100);
  SurveyAll(kApril, 50);
  ASSERT_TRUE(Define(GoodDefinitions(), 1).ok());
  for (int number = 1; number <= 7; ++number) {
    v1::SurveyContribution survey = GoodSurvey(MemberNumber(number), kMay);
    survey.set_definition_version(2);
    ASSERT_TRUE(Contribute(MemberNumber(number), survey).ok());
  }
  const auto prevalence = Series(v1::SERIES_PREVALENCE);
  EXPECT_THAT(prevalence.series(0).points(1).definition_versions(), ElementsAre(1u));
  EXPECT_THAT(prevalence.series(0).points(2).definition_versions(), ElementsAre(2u));
  EXPECT_THAT(prevalence.basis().counted_under(), ElementsAre(1u, 2u));
  // May's is against a baseline of the first version.
  const auto reduction = Series(v1::SERIES_REDUCTION);
  EXPECT_THAT(reduction.series(0).points(0).definition_versions(), ElementsAre(1u));
  EXPECT_THAT(reduction.series(0).points(1).definition_versions(), ElementsAre(1u, 2u));
}

TEST_F(SeriesTest, AsOfAnOlderEventSayWhatWasRestatedSince) {
  SurveyAll(kBaseline, 100);
  SurveyAll(kApril, 50);
  v1::GetSeriesRequest request;
  request.add_kinds(v1::SERIES_PREVALENCE);
  v1::GetSeriesResponse response;
  ASSERT_TRUE(GetSeries(Asker(), request, &response).ok());
  EXPECT_EQ(response.basis().restated_since(), 0u);
  request.mutable_as_of()->set_position(response.basis().position());
  Revise(kApril, 2, 51);
  ASSERT_TRUE(GetSeries(Asker(), request, &response).ok());
  EXPECT_EQ(response.basis().restated_since(), 1u);
  EXPECT_EQ(response.basis().restatements(0).now().survey().revision(), 2u);
}

TEST_F(SeriesTest, TellHowFarTheHubIsWhereTheyAreNotComputedYet) {
  SurveyAll(kBaseline, 100);
  SurveyAll(kApril, 50);
  ProgressAsker asker = Asker();
  asker.patience = -absl::Seconds(1);  // over before it begins
  v1::GetSeriesRequest request;
  request.add_kinds(v1::SERIES_REDUCTION);
  v1::GetSeriesResponse response;
  EXPECT_THAT(GetSeries(asker, request, &response),
              FailsWith(absl::StatusCode::kUnavailable, "figures of 1 of 7 periods"));
  request.set_tell_of_computing(true);
  ASSERT_TRUE(GetSeries(asker, request, &response).ok());
  EXPECT_EQ(response.computing().computed(), 1u);  // the baseline, which is compared with nothing
  EXPECT_EQ(response.computing().periods(), 7u);
  EXPECT_THAT(response.series(), SizeIs(0));
  ASSERT_TRUE(GetSeries(Asker(), request, &response).ok());
  EXPECT_FALSE(response.has_computing());
  EXPECT_THAT(response.series(), SizeIs(1));
}

}  // namespace
}  // namespace vervet::hub
