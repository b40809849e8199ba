#include "hub/engine/believed_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "core/base/manual_environment.h"
#include "tests/core/oprf/oprf_testing.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::Duration kYear = absl::Hours(24 * 365);

class BelievedClockTest : public ::testing::Test {
 protected:
  ManualEnvironment machine_;
  const absl::Time start_ = machine_.Now();
  std::vector<absl::Duration> steps_;
  BelievedClock clock_{&machine_, [this](absl::Duration by) { steps_.push_back(by); }};
};

TEST_F(BelievedClockTest, FollowsTheWallClockAsItGoes) {
  machine_.Advance(absl::Hours(48));
  EXPECT_EQ(clock_.Now(), start_ + absl::Hours(48));
  EXPECT_THAT(steps_, IsEmpty());
}

TEST_F(BelievedClockTest, BelievesAStepOfAnHourAndNoLargerOne) {
  machine_.SetWallClock(start_ + kMaxClockStep);
  EXPECT_EQ(clock_.Now(), start_ + kMaxClockStep);
  machine_.SetWallClock(clock_.Now() - kMaxClockStep);
  EXPECT_EQ(clock_.Now(), start_);
  EXPECT_THAT(steps_, IsEmpty());
  machine_.SetWallClock(start_ + kMaxClockStep + absl::Microseconds(1));
  EXPECT_EQ(clock_.Now(), start_);
  EXPECT_THAT(steps_, ElementsAre(kMaxClockStep + absl::Microseconds(1)));
}

TEST_F(BelievedClockTest, GoesOnByTheMonotonicClockWhereTheWallClockJumped) {
  for (const absl::Duration jump : {kYear, -kYear}) {
    steps_.clear();
    const absl::Time before = clock_.Now();
    machine_.SetWallClock(before + jump);
    EXPECT_EQ(clock_.Now(), before);
    machine_.Advance(absl::Minutes(5));
    EXPECT_EQ(clock_.Now(), before + absl::Minutes(5));
    EXPECT_THAT(steps_, ElementsAre(jump)) << "said once";
    machine_.SetWallClock(before + absl::Minutes(6));
    EXPECT_EQ(clock_.Now(), before + absl::Minutes(6));
    EXPECT_THAT(steps_, ElementsAre(jump, absl::ZeroDuration()));
  }
}

TEST(CheckClockAgainstLog, RefusesAClockThatStandsBeforeTheLogOrFarBehindIt) {
  const absl::Time now = absl::FromUnixSeconds(1'790'000'000);
  EXPECT_TRUE(CheckClockAgainstLog(now, absl::UnixEpoch()).ok());
  EXPECT_TRUE(CheckClockAgainstLog(now, now - kMaxLogGap).ok());
  EXPECT_THAT(CheckClockAgainstLog(now, now - kMaxLogGap - absl::Microseconds(1)),
              FailsWith(absl::StatusCode::kFailedPrecondition, "30 days before"));
  EXPECT_TRUE(CheckClockAgainstLog(now, now + kMaxClockStep).ok());
  EXPECT_THAT(CheckClockAgainstLog(now, now + kMaxClockStep + absl::Microseconds(1)),
              FailsWith(absl::StatusCode::kFailedPrecondition, "--accept-clock"));
  EXPECT_THAT(CheckClockAgainstLog(now - kYear, now),
              FailsWith(absl::StatusCode::kFailedPrecondition, "set the clock"));
}

}  // namespace
}  // namespace vervet::hub
