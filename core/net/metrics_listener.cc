#include "core/net/metrics_listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/metrics_text.h"
#include "core/base/status_macros.h"

namespace vervet::net {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kBacklog = 16;
constexpr auto kPatience = std::chrono::seconds(5);
// Out of file descriptors, say: until others have been given back.
constexpr int kPauseAfterFailureMs = 1'000;

struct Address {
  sockaddr_storage bytes = {};
  socklen_t size = 0;
};

absl::StatusOr<Address> Resolve(const std::string& host, int port) {
  VERVET_RETURN_IF_ERROR(CheckLoopback(host));
  Address address;
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.bytes);
  if (inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(static_cast<uint16_t>(port));
    address.size = sizeof(*v6);
    return address;
  }
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.bytes);
  const std::string literal = host == "localhost" ? "127.0.0.1" : host;
  inet_pton(AF_INET, literal.c_str(), &v4->sin_addr);
  v4->sin_family = AF_INET;
  v4->sin_port = htons(static_cast<uint16_t>(port));
  address.size = sizeof(*v4);
  return address;
}

std::string NameOf(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> host = {};
  if (address.bytes.ss_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address.bytes);
    inet_ntop(AF_INET6, &v6->sin6_addr, host.data(), host.size());
    return absl::StrCat("[", host.data(), "]:", ntohs(v6->sin6_port));
  }
  const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address.bytes);
  inet_ntop(AF_INET, &v4->sin_addr, host.data(), host.size());
  return absl::StrCat(host.data(), ":", ntohs(v4->sin_port));
}

std::string Reply(absl::string_view status, absl::string_view type, absl::string_view body,
                  bool with_body) {
  return absl::StrCat("HTTP/1.1 ", status, "\r\nContent-Type: ", type,
                      "\r\nContent-Length: ", body.size(),
                      "\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n",
                      with_body ? body : absl::string_view());
}

std::string Refusal(absl::string_view status, absl::string_view why) {
  return Reply(status, "text/plain; charset=utf-8", absl::StrCat(why, "\n"), true);
}

// "localhost:9464" and "[::1]" without their port.
absl::string_view HostOnly(absl::string_view host) {
  host = absl::StripAsciiWhitespace(host);
  if (absl::StartsWith(host, "[")) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.find(':'));
}

// HTTP/1.0 needs no Host; a second one would be another way to say two things.
bool NamesThisMachine(const std::vector<absl::string_view>& lines) {
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::vector<absl::string_view> parts = absl::StrSplit(lines[i], absl::MaxSplits(':', 1));
    if (parts.size() == 2 && absl::EqualsIgnoreCase(parts[0], "host") &&
        !CheckLoopback(absl::AsciiStrToLower(HostOnly(parts[1]))).ok()) {
      return false;
    }
  }
  return true;
}

int MillisecondsUntil(Clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
  return static_cast<int>(std::max<int64_t>(left.count(), 0));
}

}  // namespace

absl::Status CheckLoopback(absl::string_view host) {
  const std::string text(host);
  in_addr v4 = {};
  in6_addr v6 = {};
  if (text == "localhost") return absl::OkStatus();
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127) {
    return absl::OkStatus();
  }
  if (inet_pton(AF_INET6, text.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "must be a loopback address (127.0.0.1, [::1] or localhost): the page has neither encryption "
      "nor a password; let Prometheus, or a proxy that asks for one, run on this machine");
}

absl::StatusOr<std::unique_ptr<MetricsListener>> MetricsListener::Start(const std::string& host,
                                                                        int port, Page page) {
  VERVET_ASSIGN_OR_RETURN(Address address, Resolve(host, port));
  const auto failed = [&](int error) {
    return absl::FailedPreconditionError(absl::StrCat(
        "cannot listen on ", NameOf(address), ": ",
        error == EADDRINUSE ? "the port is in use; stop the other process or choose another port"
                            : std::strerror(error)));
  };
  const int listener =
      socket(address.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener < 0) return failed(errno);
  // A port whose last listener has just died may be taken again.
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  auto* const bytes = reinterpret_cast<sockaddr*>(&address.bytes);
  if (bind(listener, bytes, address.size) != 0 || listen(listener, kBacklog) != 0 ||
      getsockname(listener, bytes, &address.size) != 0) {
    const absl::Status status = failed(errno);
    close(listener);
    return status;
  }
  const int stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (stop < 0) {
    const absl::Status status = failed(errno);
    close(listener);
    return status;
  }
  return absl::WrapUnique(new MetricsListener(listener, stop, NameOf(address), std::move(page)));
}

MetricsListener::MetricsListener(int listener, int stop, std::string address, Page page)
    : listener_(listener),
      stop_(stop),
      address_(std::move(address)),
      page_(std::move(page)),
      thread_([this] { Run(); }) {}

MetricsListener::~MetricsListener() {
  const uint64_t one = 1;
  (void)!write(stop_, &one, sizeof one);
  thread_.join();
  close(listener_);
  close(stop_);
}

bool MetricsListener::Wait(int fd, short events, int timeout_ms) const {
  std::array<pollfd, 2> waited = {{{stop_, POLLIN, 0}, {fd, events, 0}}};
  while (poll(waited.data(), waited.size(), timeout_ms) < 0 && errno == EINTR) {
  }
  return waited[0].revents == 0;
}

void MetricsListener::Run() {
  pthread_setname_np(pthread_self(), "metrics");
  while (Wait(listener_, POLLIN, -1)) {
    const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (connection >= 0) {
      Serve(connection);
      close(connection);
    } else if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR) {
      // poll(2) ignores a negative descriptor.
      if (!Wait(-1, 0, kPauseAfterFailureMs)) return;
    }
  }
}

void MetricsListener::Serve(int connection) const {
  const Clock::time_point deadline = Clock::now() + kPatience;
  std::string request;
  while (!absl::StrContains(request, "\r\n\r\n")) {
    if (request.size() > kMaxMetricsRequestBytes) break;
    if (!Wait(connection, POLLIN, MillisecondsUntil(deadline)) || Clock::now() >= deadline) return;
    std::array<char, 4096> buffer;
    const ssize_t size = recv(connection, buffer.data(), buffer.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (size <= 0) return;
    request.append(buffer.data(), static_cast<size_t>(size));
  }
  const std::string answer = Answer(request);
  absl::string_view left = answer;
  while (!left.empty()) {
    const ssize_t size = send(connection, left.data(), left.size(), MSG_NOSIGNAL);
    if (size > 0) {
      left.remove_prefix(static_cast<size_t>(size));
    } else if (errno != EAGAIN && errno != EINTR) {
      return;
    } else if (!Wait(connection, POLLOUT, MillisecondsUntil(deadline)) ||
               Clock::now() >= deadline) {
      return;
    }
  }
  shutdown(connection, SHUT_WR);
}

std::string MetricsListener::Answer(absl::string_view request) const {
  const size_t end = request.find("\r\n\r\n");
  if (end == absl::string_view::npos || end > kMaxMetricsRequestBytes) {
    return Refusal("431 Request Header Fields Too Large", "the request is too long");
  }
  const std::vector<absl::string_view> lines = absl::StrSplit(request.substr(0, end), "\r\n");
  const std::vector<absl::string_view> words = absl::StrSplit(lines[0], ' ');
  if (words.size() != 3 || !absl::StartsWith(words[2], "HTTP/1.")) {
    return Refusal("400 Bad Request", "not an HTTP/1.1 request");
  }
  if (!NamesThisMachine(lines)) {
    return Refusal("421 Misdirected Request", "ask for this page as localhost or 127.0.0.1");
  }
  if (words[0] != "GET" && words[0] != "HEAD") {
    return Refusal("405 Method Not Allowed\r\nAllow: GET, HEAD", "this page is for reading");
  }
  // Prometheus may be told to send parameters; they change nothing here.
  if (words[1].substr(0, words[1].find('?')) != "/metrics") {
    return Refusal("404 Not Found", "the only page here is /metrics");
  }
  return Reply("200 OK", kMetricsContentType, page_(), words[0] == "GET");
}

}  // namespace vervet::net
