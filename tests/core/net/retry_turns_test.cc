#include "core/net/retry_turns.h"

#include <gtest/gtest.h>

namespace vervet::net {
namespace {

constexpr absl::Duration kSoonest = absl::Milliseconds(200);
constexpr absl::Duration kLongest = absl::Seconds(5);
constexpr absl::Duration kStep = absl::Milliseconds(1);

TEST(RetryTurns, SendsOneAloneAwayForTheShortestTime) {
  RetryTurns turns(kSoonest, kLongest);
  EXPECT_EQ(turns.Next(absl::Hours(5)), kSoonest);
  EXPECT_EQ(turns.Next(absl::Hours(6)), kSoonest) << "the first one's turn is long past";
}

TEST(RetryTurns, CallsACrowdBackOneAfterTheOther) {
  RetryTurns turns(kSoonest, kLongest);
  for (int i = 0; i < 2'560; ++i) EXPECT_EQ(turns.Next(absl::Hours(5)), kSoonest + i * kStep);
  // A second later a thousand turns have been taken.
  EXPECT_EQ(turns.Next(absl::Hours(5) + absl::Seconds(1)), kSoonest + 1'560 * kStep);
}

// However many turns one who hammers has taken.
TEST(RetryTurns, PutsNobodyOffForMoreThanTheLongest) {
  RetryTurns turns(kSoonest, kLongest);
  const int within = static_cast<int>((kLongest - kSoonest) / kStep);
  for (int i = 0; i < within; ++i) turns.Next(absl::Hours(5));
  EXPECT_EQ(turns.Next(absl::Hours(5)), kLongest);
  EXPECT_EQ(turns.Next(absl::Hours(5)), kLongest) << "one past the limit";
  EXPECT_EQ(turns.Next(absl::Hours(5) + kLongest), kSoonest) << "it is soon forgotten";
}

}  // namespace
}  // namespace vervet::net
