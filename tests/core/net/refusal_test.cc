#include "core/net/refusal.h"

#include <gtest/gtest.h>

#include "core/net/retry_after.h"

namespace vervet::net {
namespace {

TEST(Refusal, IsOfTheCallerUnlessTheHubSaysThatItIsOfTheRequest) {
  const absl::Status suspended = absl::PermissionDeniedError("facts.groups[0]: only words");
  EXPECT_TRUE(CallerIsRefused(suspended));
  EXPECT_FALSE(RequestIsRefused(suspended));
  const absl::Status about_request = WithRequestRefused(suspended);
  EXPECT_FALSE(CallerIsRefused(about_request));
  EXPECT_TRUE(RequestIsRefused(about_request));
  EXPECT_EQ(about_request.code(), suspended.code());
  EXPECT_EQ(about_request.message(), suspended.message());
}

TEST(Refusal, OfACertificateIsOfTheCaller) {
  EXPECT_TRUE(CallerIsRefused(absl::UnauthenticatedError("names no SPIFFE URI")));
}

TEST(Refusal, IsNoTroubleThatPassesByItself) {
  for (const absl::Status& status :
       {absl::OkStatus(), WithRequestRefused(absl::OkStatus()), absl::UnavailableError("restarts"),
        absl::ResourceExhaustedError("full"), absl::DataLossError("other log")}) {
    EXPECT_FALSE(CallerIsRefused(status)) << status;
    EXPECT_FALSE(RequestIsRefused(status)) << status;
  }
}

TEST(Refusal, StandsBesideATimeToRetryAfter) {
  const absl::Status both =
      WithRequestRefused(WithRetryAfter(absl::PermissionDeniedError("no"), absl::Seconds(3)));
  EXPECT_TRUE(RequestIsRefused(both));
  EXPECT_EQ(RetryAfter(both), absl::Seconds(3));
}

}  // namespace
}  // namespace vervet::net
