// Who has reported for a period, and who is missing.

#include "tests/hub/engine/progress_fixture.h"

namespace vervet::hub {
namespace {

using ::testing::SizeIs;

using CoverageTest = ProgressTest;

TEST_F(CoverageTest, NameWhoIsMissingAndWhoWasLate) {
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

TEST_F(CoverageTest, ShowAMemberItsOwnLineOfCoverageOnly) {
  SurveyAll(kBaseline, 100);
  const auto coverage = Coverage(kAugust, MemberNumber(3));
  ASSERT_THAT(coverage.lines(), SizeIs(1));
  EXPECT_EQ(coverage.lines(0).party(), MemberNumber(3));
  EXPECT_EQ(coverage.missing(), 7u);
  EXPECT_EQ(coverage.exposure_share(), 0);
  EXPECT_EQ(coverage.lines(0).baseline_exposure_share(), 0);
}

TEST_F(CoverageTest, TellsWhoIsNotDueFromWhoIsMissing) {
  SurveyAll(kBaseline, 100);
  const auto september = Coverage(kSeptember);
  EXPECT_EQ(september.missing(), 0u);
  EXPECT_EQ(september.not_due(), 7u);
  const auto august = Coverage(kAugust);
  EXPECT_EQ(august.missing(), 7u);
  EXPECT_EQ(august.not_due(), 0u);
}

// Nothing has come since, but what was due on that day is told by the day.
TEST_F(CoverageTest, IsOfTheDayThatIsAskedFor) {
  SurveyAll(kBaseline, 100);  // on 21 September
  env_.Advance(absl::Hours(24 * 40));
  v1::GetCoverageRequest request;
  *request.mutable_period() = ToProto(kSeptember);
  v1::GetCoverageResponse response;
  const auto as_of = [&](absl::Duration ago) {
    request.mutable_as_of()->set_time_us(absl::ToUnixMicros(env_.Now() - ago));
    EXPECT_TRUE(GetCoverage(Asker(), request, &response).ok());
    return response.lines(0).state();
  };
  EXPECT_EQ(as_of(absl::Hours(24 * 40)), v1::COVERAGE_NOT_DUE);
  EXPECT_EQ(as_of(absl::Hours(24 * 10)), v1::COVERAGE_MISSING);  // due on 16 October
  EXPECT_EQ(as_of(absl::ZeroDuration()), v1::COVERAGE_MISSING);
}

}  // namespace
}  // namespace vervet::hub
