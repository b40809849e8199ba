#include "core/net/channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "tests/core/net/rpc_fixture.h"

namespace vervet::net {
namespace {

using ::testing::HasSubstr;

TEST(HostOfTarget, IsTheNameOrAddressWithoutThePort) {
  EXPECT_EQ(HostOfTarget("hub.example:7443").value_or(""), "hub.example");
  EXPECT_EQ(HostOfTarget("dns:///hub.example:7443").value_or(""), "hub.example");
  EXPECT_EQ(HostOfTarget("dns:hub.example:7443").value_or(""), "hub.example");
  EXPECT_EQ(HostOfTarget("10.0.0.7:1").value_or(""), "10.0.0.7");
  EXPECT_EQ(HostOfTarget("[::1]:65535").value_or(""), "::1");
}

TEST(HostOfTarget, RefusesWhatNamesNoHostAndPort) {
  for (const char* target :
       {"", "hub.example", ":7443", "hub.example:", "hub.example:0", "hub.example:65536",
        "hub.example:https", "::1", "::1:7443", "[::1]", "[::1:7443", "unix:/run/hub.sock",
        "unix:/run/hub.sock:1", "https://hub.example:7443", "dns://8.8.8.8/hub.example:7443",
        "user@hub.example:7443"}) {
    EXPECT_EQ(HostOfTarget(target).status().code(), absl::StatusCode::kInvalidArgument) << target;
  }
}

TEST(ServerDefaults, TreatAPortInUseAsAnError) {
  TestHub first(grpc::InsecureServerCredentials());
  ASSERT_TRUE(first.started());
  TestHub second(grpc::InsecureServerCredentials(), {}, first.port());
  EXPECT_FALSE(second.started());
}

TEST(ServerDefaults, AnswerHealthChecksAndNoReflection) {
  TestHub hub(grpc::InsecureServerCredentials());
  const auto channel = MakeChannel(hub.target(), grpc::InsecureChannelCredentials());
  // The request is no HealthCheckRequest; that the service itself says so shows that it is there.
  CallMethod(channel, "/grpc.health.v1.Health/Check");
  EXPECT_EQ(hub.calls(), 0);
  CallMethod(channel, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo");
  EXPECT_EQ(hub.calls(), 1);  // fell through to the test's own handler
}

TEST(ServerDefaults, LimitTheSizeOfAMessage) {
  ServerLimits limits;
  limits.max_message_bytes = 4;  // the request has 5 bytes
  TestHub hub(grpc::InsecureServerCredentials(), limits);
  const auto channel = MakeChannel(hub.target(), grpc::InsecureChannelCredentials());
  const Answer answer = CallMethod(channel, "/test/Later");
  EXPECT_EQ(answer.status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(answer.status.message()), HasSubstr("larger than max (5 vs. 4)"));
}

TEST(Channel, LimitsTheSizeOfAMessage) {
  TestHub hub(grpc::InsecureServerCredentials());
  ChannelLimits limits;
  limits.max_message_bytes = 4;
  const auto channel = MakeChannel(hub.target(), grpc::InsecureChannelCredentials(), limits);
  EXPECT_EQ(CallMethod(channel, "/test/Echo").status.code(), absl::StatusCode::kResourceExhausted);
}

TEST(Channel, SaysThatNobodyListensInsteadOfHanging) {
  std::string target;
  {
    TestHub gone(grpc::InsecureServerCredentials());
    target = gone.target();
  }
  const Answer answer =
      CallMethod(MakeChannel(target, grpc::InsecureChannelCredentials()), "/test/Echo");
  EXPECT_EQ(answer.status.code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace vervet::net
