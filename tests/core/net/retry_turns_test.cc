#include "core/net/retry_turns.h"

#include <gtest/gtest.h>

namespace vervet::net {
namespace {

constexpr absl::Duration kSoonest = absl::Milliseconds(200);
constexpr absl::Duration kStep = absl::Milliseconds(1);

TEST(RetryTurns, SendsOneAloneAwayForTheShortestTime) {
  RetryTurns turns(kSoonest);
  EXPECT_EQ(turns.Next(absl::Hours(5)), kSoonest);
  EXPECT_EQ(turns.Next(absl::Hours(6)), kSoonest) << "the first one's turn is long past";
}

TEST(RetryTurns, CallsACrowdBackOneAfterTheOther) {
  RetryTurns turns(kSoonest);
  for (int i = 0; i < 2'560; ++i) EXPECT_EQ(turns.Next(absl::Hours(5)), kSoonest + i * kStep);
  // A second later a thousand turns have been taken.
  EXPECT_EQ(turns.Next(absl::Hours(5) + absl::Seconds(1)), kSoonest + 1'560 * kStep);
}

TEST(RetryTurns, KeepsNoTurnFurtherAwayThanTheLongest) {
  RetryTurns turns(kSoonest);
  const int within = static_cast<int>((kLongestTurn - kSoonest) / kStep);
  for (int i = 0; i < within; ++i) turns.Next(absl::Hours(5));
  EXPECT_EQ(turns.Next(absl::Hours(5)), kLongestTurn);
  EXPECT_EQ(turns.Next(absl::Hours(5)), kLongestTurn) << "one past the limit";
}

}  // namespace
}  // namespace vervet::net
