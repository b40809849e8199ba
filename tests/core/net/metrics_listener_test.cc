#include "core/net/metrics_listener.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace vervet::net {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kPage[] = "# HELP a_total A.\n# TYPE a_total counter\na_total 1\n";

class MetricsListenerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto listener = MetricsListener::Start("127.0.0.1", 0, [this] {
      ++scrapes_;
      return std::string(kPage);
    });
    ASSERT_TRUE(listener.ok()) << listener.status();
    listener_ = *std::move(listener);
    ASSERT_THAT(listener_->address(), StartsWith("127.0.0.1:"));
    ASSERT_TRUE(absl::SimpleAtoi(listener_->address().substr(10), &port_));
  }

  int Connect() const {
    sockaddr_in to = {};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(static_cast<uint16_t>(port_));
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to)), 0);
    return fd;
  }

  static std::string ReadAll(int fd) {
    std::string answer;
    char buffer[4096];
    for (ssize_t size; (size = recv(fd, buffer, sizeof(buffer), 0)) > 0;) {
      answer.append(buffer, static_cast<size_t>(size));
    }
    close(fd);
    return answer;
  }

  std::string Ask(const std::string& request) const {
    const int fd = Connect();
    EXPECT_EQ(send(fd, request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    return ReadAll(fd);
  }
  std::string Get(const std::string& path, const std::string& host = "localhost:9464") const {
    return Ask(absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: ", host, "\r\n\r\n"));
  }

  std::unique_ptr<MetricsListener> listener_;
  int port_ = 0;
  int scrapes_ = 0;  // of the listener's thread; read after its answer
};

TEST_F(MetricsListenerTest, AnswersAScrape) {
  const std::string answer = Get("/metrics");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_THAT(answer, HasSubstr(absl::StrCat("\r\nContent-Length: ", sizeof(kPage) - 1, "\r\n")));
  EXPECT_THAT(answer, EndsWith(absl::StrCat("\r\n\r\n", kPage)));
  EXPECT_EQ(Get("/metrics?target=hub"), answer);
  EXPECT_EQ(Ask("GET /metrics HTTP/1.0\r\n\r\n"), answer);
  EXPECT_THAT(Ask("HEAD /metrics HTTP/1.1\r\n\r\n"), Not(HasSubstr("a_total")));
}

TEST_F(MetricsListenerTest, TakesARequestThatComesInPieces) {
  const int fd = Connect();
  for (const std::string piece : {"GET /met", "rics HTTP/1.1\r", "\nHost: 127.0.0.1\r\n", "\r\n"}) {
    ASSERT_EQ(send(fd, piece.data(), piece.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(piece.size()));
  }
  EXPECT_THAT(ReadAll(fd), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(MetricsListenerTest, RefusesWhateverElseIsAsked) {
  EXPECT_THAT(Get("/"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Get("/metricsx"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Ask("POST /metrics HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(Ask("GET /metrics\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(Ask("\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(Ask("GET /metrics SSH-2.0\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_EQ(scrapes_, 0);
}

// A page of some web site that makes its own name resolve to 127.0.0.1 (DNS rebinding).
TEST_F(MetricsListenerTest, IsNotForAnotherHostsName) {
  EXPECT_THAT(Get("/metrics", "attacker.example"), StartsWith("HTTP/1.1 421 "));
  EXPECT_THAT(Get("/metrics", "127.0.0.1.attacker.example:80"), StartsWith("HTTP/1.1 421 "));
  EXPECT_THAT(Get("/metrics", "localhost\r\nhost: attacker.example"), StartsWith("HTTP/1.1 421 "));
  EXPECT_EQ(scrapes_, 0);
  EXPECT_THAT(Get("/metrics", "LOCALHOST"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(Get("/metrics", "[::1]:9464"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(MetricsListenerTest, TakesARequestAtItsLimitAndNoneAboveIt) {
  const std::string line = "GET /metrics HTTP/1.1\r\nX: ";
  const std::string at_limit = line + std::string(kMaxMetricsRequestBytes - line.size(), 'x');
  EXPECT_THAT(Ask(at_limit + "\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(Ask(at_limit + "x\r\n\r\n"), StartsWith("HTTP/1.1 431 "));
}

TEST_F(MetricsListenerTest, OutlivesCallersThatSayNothingOrLeave) {
  close(Connect());
  const int silent = Connect();
  close(silent);
  EXPECT_THAT(Get("/metrics"), StartsWith("HTTP/1.1 200 "));
}

// Its end does not wait for a caller that says nothing.
TEST_F(MetricsListenerTest, EndsWhileSomebodyIsConnected) {
  const int fd = Connect();
  ASSERT_EQ(send(fd, "GET", 3, MSG_NOSIGNAL), 3);
  listener_.reset();
  EXPECT_EQ(ReadAll(fd), "");
}

TEST_F(MetricsListenerTest, SaysThatAPortIsTaken) {
  const auto second = MetricsListener::Start("127.0.0.1", port_, [] { return std::string(); });
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("choose another port"));
}

TEST(MetricsListener, ListensOnALoopbackAddressAlone) {
  for (const char* host : {"127.0.0.1", "127.8.8.8", "::1", "localhost"}) {
    EXPECT_TRUE(CheckLoopback(host).ok()) << host;
  }
  for (const char* host : {"", "0.0.0.0", "::", "192.0.2.1", "128.0.0.1", "fe80::1", "hub.example",
                           "localhost.attacker.example", "127.0.0.1.attacker.example", "127.1"}) {
    EXPECT_EQ(CheckLoopback(host).code(), absl::StatusCode::kInvalidArgument) << host;
  }
  const auto open = MetricsListener::Start("0.0.0.0", 0, [] { return std::string(); });
  EXPECT_THAT(std::string(open.status().message()), HasSubstr("loopback"));
}

TEST(MetricsListener, SpeaksIpv6WhereTheMachineDoes) {
  const auto listener = MetricsListener::Start("::1", 0, [] { return std::string(); });
  if (listener.ok()) {
    EXPECT_THAT((*listener)->address(), StartsWith("[::1]:"));
  } else {
    EXPECT_EQ(listener.status().code(), absl::StatusCode::kFailedPrecondition);
  }
}

}  // namespace
}  // namespace vervet::net
