#include "core/net/retry_after.h"

#include <gtest/gtest.h>

namespace vervet::net {
namespace {

TEST(RetryAfter, IsKeptOnAStatusThatIsNotOk) {
  const absl::Status refused = absl::ResourceExhaustedError("the day's budget is spent");
  const absl::Status later = WithRetryAfter(refused, absl::Seconds(90));
  EXPECT_EQ(RetryAfter(later), absl::Seconds(90));
  EXPECT_EQ(later.code(), refused.code());
  EXPECT_EQ(later.message(), refused.message());
}

TEST(RetryAfter, IsAbsentWhereNobodySetIt) {
  EXPECT_EQ(RetryAfter(absl::ResourceExhaustedError("full")), std::nullopt);
  EXPECT_EQ(RetryAfter(WithRetryAfter(absl::OkStatus(), absl::Seconds(1))), std::nullopt);
}

TEST(RetryAfter, IsRoundedUpAndKeptWithinADay) {
  auto kept = [](absl::Duration wait) {
    return RetryAfter(WithRetryAfter(absl::UnavailableError("x"), wait));
  };
  EXPECT_EQ(kept(absl::Microseconds(1500)), absl::Milliseconds(2));
  EXPECT_EQ(kept(absl::ZeroDuration()), absl::Milliseconds(1));
  EXPECT_EQ(kept(-absl::Seconds(5)), absl::Milliseconds(1));
  EXPECT_EQ(kept(kMaxRetryAfter), kMaxRetryAfter);
  EXPECT_EQ(kept(kMaxRetryAfter + absl::Milliseconds(1)), kMaxRetryAfter);
  EXPECT_EQ(kept(absl::InfiniteDuration()), kMaxRetryAfter);
}

}  // namespace
}  // namespace vervet::net
