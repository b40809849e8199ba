// How the hub ends: in order when it is asked to, with its own exit code when its listener is dead.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "core/base/environment.h"
#include "examples/coalition/process.h"
#include "tests/integration/coalition_fixture.h"

namespace vervet::integration {
namespace {

using absl::StatusCode;
using coalition::Process;

struct OpenStream {
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReaderWriter<v1::SyncRequest, v1::SyncResponse>> stream;
};

std::unique_ptr<OpenStream> OpenSync(RawClient& member) {
  auto open = std::make_unique<OpenStream>();
  open->context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(40));
  open->stream = member.exchange().Sync(&open->context);
  v1::SyncRequest hello;
  hello.mutable_hello();
  open->stream->Write(hello);
  v1::SyncResponse response;
  EXPECT_TRUE(open->stream->Read(&response));
  return open;
}

TEST(Shutdown, FinishesOpenStreamsWithinItsTime) {
  TestCoalition coalition;
  RawClient market = coalition.As("market"), social = coalition.As("social");
  std::vector<std::unique_ptr<OpenStream>> streams;
  for (int i = 0; i < 8; ++i) streams.push_back(OpenSync(i % 2 == 0 ? market : social));

  const absl::Duration start = Environment::System()->Monotonic();
  const auto exit_code = coalition.hub().Stop(absl::Seconds(12));
  ASSERT_TRUE(exit_code.ok()) << exit_code.status();
  EXPECT_EQ(*exit_code, 0);
  EXPECT_LT(Environment::System()->Monotonic() - start, absl::Seconds(12));
  for (const auto& open : streams) {
    v1::SyncResponse response;
    while (open->stream->Read(&response)) {
    }
    // "Try again", so that members reconnect to the hub that comes after this one.
    EXPECT_THAT(net::FromGrpc(open->stream->Finish(), open->context),
                FailsWith(StatusCode::kUnavailable, ""));
  }
}

TEST(Shutdown, LetsAWatchingMemberReconnectToTheNextHub) {
  TestCoalition coalition;
  ASSERT_EQ(OutcomeOf(coalition, "social", "waited-for@example.com", {"--reference", "user-9"}),
            "no_match");
  const auto watch = coalition->StartMember("social", {"watch", "--json"});
  ASSERT_TRUE(watch.ok());
  ASSERT_TRUE((*watch)
                  ->WaitForLine(
                      Process::Stream::kOutput,
                      [](absl::string_view line) { return absl::StrContains(line, "\"ready\""); },
                      absl::Seconds(15))
                  .ok());
  ASSERT_EQ(coalition.hub().Stop().value_or(-1), 0);
  ASSERT_TRUE(coalition->StartHub().ok());
  const auto published = Member(coalition, "market",
                                {"publish", "--email", "waited-for@example.com", "--offence",
                                 "auction", "--taxon", "Manis javanica", "--decision", "CASE-9"});
  ASSERT_TRUE(published.Require().ok()) << published.Require();
  const auto told = (*watch)->WaitForLine(
      Process::Stream::kOutput,
      [](absl::string_view line) { return absl::StrContains(line, "user-9"); }, absl::Seconds(40));
  EXPECT_TRUE(told.ok()) << told.status();
}

// As many connections as the hub has descriptors, from a caller that never speaks TLS.
class Flood {
 public:
  Flood(const std::string& address, int count) {
    sockaddr_in to = {};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int port = 0;
    EXPECT_TRUE(absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port));
    to.sin_port = htons(static_cast<uint16_t>(port));
    for (int i = 0; i < count; ++i) {
      const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      if (fd < 0) break;
      (void)connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to));
      sockets_.push_back(fd);
    }
  }
  ~Flood() {
    for (const int fd : sockets_) close(fd);
  }

 private:
  std::vector<int> sockets_;
};

// gRPC 1.51 stops accepting for good after it ran out of descriptors (CVE-2023-4785); a supervisor
// restarts the hub.
TEST(Shutdown, ExitsForARestartWhenAFloodHasKilledTheListener) {
  TestCoalition coalition({{"market", "social"}, "watchdog { interval_s: 1 failures: 2 }\n"});
  ASSERT_EQ(coalition.hub().Stop().value_or(-1), 0);
  coalition::HubProcess::StartOptions options;
  options.max_open_files = 64;
  ASSERT_TRUE(coalition->StartHub(options).ok());
  {
    const Flood flood(coalition.hub().address(), 200);
    const auto exit_code = coalition.hub().process().Wait(absl::Seconds(45));
    ASSERT_TRUE(exit_code.ok()) << exit_code.status();
    EXPECT_EQ(*exit_code, 75);
  }
  EXPECT_TRUE(absl::StrContains(coalition.hub().Output(), "hub.listener_dead"));
  ASSERT_TRUE(coalition->StartHub().ok());
  EXPECT_TRUE(coalition.As("coordinator").List().ok());
}

}  // namespace
}  // namespace vervet::integration
