// Lists of what was restated, of panels, and the plan.

#include "tests/hub/engine/progress_fixture.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using ProgressListsTest = ProgressTest;

TEST_F(ProgressListsTest, ListRestatementsNewestFirstWithTheMarkersSince) {
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

TEST_F(ProgressListsTest, PlanFromTheBaselineThatWasMeasured) {
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

TEST_F(ProgressListsTest, TellAPageWhetherAnythingHasChanged) {
  v1::GetProgressVersionResponse before, after;
  GetProgressVersion(Asker(), &before);
  ASSERT_TRUE(Contribute(MemberNumber(1), GoodSurvey(MemberNumber(1), kApril)).ok());
  GetProgressVersion(Asker(), &after);
  EXPECT_GT(after.position(), before.position());
  EXPECT_EQ(after.position(), LogSize());
  EXPECT_EQ(after.today(), kSeptember.begin + 20);
}

TEST_F(ProgressListsTest, ListPanelsWithTheirPeriodsAndOnlyAMembersOwnLine) {
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
