#include "core/net/tls_probe.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <iterator>
#include <string>
#include <thread>

#include "absl/time/clock.h"
#include "tests/core/net/rpc_fixture.h"
#include "tests/support/test_certificates.h"

namespace vervet::net {
namespace {

using test_support::CertificateAuthority;
using test_support::HubLeaf;
using test_support::TempDir;

constexpr absl::Duration kPatience = absl::Seconds(10);

// A listener of the kernel's: TCP connects, and nobody accepts.
class DeafListener {
 public:
  DeafListener() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(fd_, 8), 0);
    EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~DeafListener() { close(fd_); }

  int port() const { return port_; }
  int fd() const { return fd_; }

 private:
  int fd_;
  int port_ = 0;
};

long OpenDescriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                       std::filesystem::directory_iterator());
}

TEST(TlsProbe, SucceedsOnALiveHubWithoutACertificate) {
  TempDir dir;
  CertificateAuthority authority;
  auto credentials =
      ServerTls(TestSettings(authority.Issue(HubLeaf(), dir.path(), "hub")), absl::Now());
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  TestHub hub(*credentials);
  for (int i = 0; i < 20; ++i) {
    const absl::Status status = ProbeTlsListener("127.0.0.1", hub.port(), kPatience);
    EXPECT_TRUE(status.ok()) << status;
  }
  EXPECT_TRUE(ProbeTlsListener("localhost", hub.port(), kPatience).ok());
  EXPECT_EQ(hub.calls(), 0);
}

TEST(TlsProbe, GivesUpInTimeOnAListenerThatNeverAccepts) {
  DeafListener deaf;
  const absl::Time start = absl::Now();
  EXPECT_EQ(ProbeTlsListener("127.0.0.1", deaf.port(), absl::Milliseconds(200)).code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_LT(absl::Now() - start, kPatience);
}

TEST(TlsProbe, SaysUnavailableOnAClosedPort) {
  int port = 0;
  {
    DeafListener gone;
    port = gone.port();
  }
  EXPECT_EQ(ProbeTlsListener("127.0.0.1", port, kPatience).code(), absl::StatusCode::kUnavailable);
}

TEST(TlsProbe, SaysUnavailableWhereTheListenerHangsUp) {
  DeafListener listener;
  std::thread hangs_up([&listener] { close(accept(listener.fd(), nullptr, nullptr)); });
  EXPECT_EQ(ProbeTlsListener("127.0.0.1", listener.port(), kPatience).code(),
            absl::StatusCode::kUnavailable);
  hangs_up.join();
}

TEST(TlsProbe, TellsAListenerThatSpeaksNoTls) {
  TestHub plain(grpc::InsecureServerCredentials());
  EXPECT_EQ(ProbeTlsListener("127.0.0.1", plain.port(), kPatience).code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(TlsProbe, RefusesNamesAndPortsThatItCannotProbe) {
  for (const char* host : {"", "hub.example", "127.0.0.1:80", "1.2.3"}) {
    EXPECT_EQ(ProbeTlsListener(host, 443, kPatience).code(), absl::StatusCode::kInvalidArgument)
        << host;
  }
  for (int port : {0, -1, 65536}) {
    EXPECT_EQ(ProbeTlsListener("127.0.0.1", port, kPatience).code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST(TlsProbe, LeavesNoDescriptorOpen) {
  DeafListener deaf;
  const long before = OpenDescriptors();
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(ProbeTlsListener("127.0.0.1", deaf.port(), absl::Milliseconds(20)).ok());
    EXPECT_FALSE(ProbeTlsListener("127.0.0.1", 1, absl::Milliseconds(20)).ok());
  }
  EXPECT_EQ(OpenDescriptors(), before);
}

}  // namespace
}  // namespace vervet::net
