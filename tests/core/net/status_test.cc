#include "core/net/status.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/time/time.h"
#include "core/net/retry_after.h"
#include "core/net/transport_limits.h"
#include "tests/core/net/rpc_fixture.h"

namespace vervet::net {
namespace {

TEST(StatusBridge, MapsEveryCodeThereAndBack) {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status before(static_cast<absl::StatusCode>(code), "batch[3].type: unknown");
    const grpc::Status wire = ToGrpc(before);
    EXPECT_EQ(static_cast<int>(wire.error_code()), code);
    EXPECT_EQ(wire.error_message(), "batch[3].type: unknown");
    EXPECT_EQ(FromGrpc(wire), before);
  }
  EXPECT_TRUE(ToGrpc(absl::OkStatus()).ok());
  EXPECT_TRUE(FromGrpc(grpc::Status::OK).ok());
}

TEST(StatusBridge, TurnsACodeOutsideTheEnumerationIntoUnknown) {
  for (int code : {17, 31, -1}) {
    const grpc::Status wire(static_cast<grpc::StatusCode>(code), "from the future");
    EXPECT_EQ(FromGrpc(wire).code(), absl::StatusCode::kUnknown) << code;
  }
}

TEST(StatusBridge, KeepsAMessageAtTheLimitAndCutsOnePast) {
  const std::string at_limit(kMaxStatusMessageBytes, 'x');
  EXPECT_EQ(TruncateStatusMessage(at_limit), at_limit);
  const std::string cut = TruncateStatusMessage(at_limit + "x");
  EXPECT_EQ(cut, std::string(kMaxStatusMessageBytes - 3, 'x') + "...");
}

TEST(StatusBridge, CountsWhatAMessageTakesOnTheWire) {
  // Three bytes each, percent-encoded.
  const std::string at_limit(kMaxStatusMessageBytes / 3, '%');
  EXPECT_EQ(TruncateStatusMessage(at_limit), at_limit);
  const std::string cut = TruncateStatusMessage(at_limit + "%");
  EXPECT_EQ(cut, std::string(at_limit.size() - 1, '%') + "...");
}

TEST(StatusBridge, CutsBetweenCharacters) {
  std::string text;
  while (text.size() <= kMaxStatusMessageBytes) text += "\xf0\x9f\x90\x92";  // four bytes a monkey
  const std::string cut = TruncateStatusMessage(text);
  ASSERT_GT(cut.size(), 3u);
  EXPECT_EQ((cut.size() - 3) % 4, 0u);
  EXPECT_EQ(cut.substr(cut.size() - 3), "...");
}

class StatusOverTheWire : public ::testing::Test {
 protected:
  TestHub hub_{grpc::InsecureServerCredentials()};
  std::shared_ptr<grpc::Channel> channel_ =
      MakeChannel(hub_.target(), grpc::InsecureChannelCredentials());
};

TEST_F(StatusOverTheWire, CarriesTheTimeToRetryAfter) {
  const absl::Status status = CallMethod(channel_, "/test/Later").status;
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(status.message(), "the queue is full");
  EXPECT_EQ(RetryAfter(status), absl::Seconds(7));
}

TEST_F(StatusOverTheWire, IgnoresATimeThatIsNoNumber) {
  const absl::Status status = CallMethod(channel_, "/test/Junk").status;
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(RetryAfter(status), std::nullopt);
}

// Uncut, the trailer would pass the receiver's limit and arrive as RESOURCE_EXHAUSTED.
TEST_F(StatusOverTheWire, DeliversTheCodeOfAMessageThatIsFarTooLong) {
  const absl::Status status = CallMethod(channel_, "/test/Long").status;
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(status.message().substr(0, 1), "\n");
}

TEST_F(StatusOverTheWire, RefusesACallerWithoutTls) {
  EXPECT_EQ(WhoAmI(channel_).status.code(), absl::StatusCode::kUnauthenticated);
}

}  // namespace
}  // namespace vervet::net
