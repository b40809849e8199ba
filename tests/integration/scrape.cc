#include "tests/integration/scrape.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "examples/coalition/json.h"
#include "examples/coalition/process.h"

namespace vervet::integration {

std::string MetricsPage(const std::string& address) {
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port)) << address;
  to.sin_port = htons(static_cast<uint16_t>(port));
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to)), 0) << address;
  const std::string request =
      absl::StrCat("GET /metrics HTTP/1.1\r\nHost: ", address,
                   "\r\nUser-Agent: Prometheus/2.42.0\r\nAccept: text/plain;version=0.0.4;q=0.2\r\n"
                   "X-Prometheus-Scrape-Timeout-Seconds: 10\r\n\r\n");
  EXPECT_EQ(send(fd, request.data(), request.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(request.size()));
  std::string answer;
  char buffer[4096];
  for (ssize_t size; (size = recv(fd, buffer, sizeof(buffer), 0)) > 0;) {
    answer.append(buffer, static_cast<size_t>(size));
  }
  close(fd);
  EXPECT_TRUE(absl::StartsWith(answer, "HTTP/1.1 200 OK\r\n")) << answer.substr(0, 200);
  const size_t end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

std::string HubMetricsAddress(TestCoalition& coalition) {
  const auto line = coalition.hub().process().WaitForLine(
      coalition::Process::Stream::kError,
      [](absl::string_view text) { return absl::StrContains(text, "hub.metrics_listening"); },
      absl::Seconds(30));
  EXPECT_TRUE(line.ok()) << line.status();
  return coalition::Json::Parse(line->text).value()["address"].text();
}

test_support::Scrape ScrapeHub(TestCoalition& coalition) {
  const auto scrape = test_support::Scrape::Parse(MetricsPage(HubMetricsAddress(coalition)));
  EXPECT_TRUE(scrape.ok()) << scrape.status();
  return scrape.value_or(test_support::Scrape());
}

}  // namespace vervet::integration
