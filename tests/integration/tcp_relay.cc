#include "tests/integration/tcp_relay.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace vervet::integration {
namespace {

constexpr int kLookMs = 20;  // at the two flags

sockaddr_in Loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

// Passes on what `from` has. False at its end, or where `to` takes no more.
bool Pass(int from, int to) {
  char block[16 * 1024];
  const ssize_t size = read(from, block, sizeof(block));
  if (size <= 0) return false;
  for (ssize_t sent = 0; sent < size;) {
    const ssize_t more = send(to, block + sent, static_cast<size_t>(size - sent), MSG_NOSIGNAL);
    if (more <= 0) return false;
    sent += more;
  }
  return true;
}

}  // namespace

TcpRelay::TcpRelay(const std::string& target) {
  if (!absl::SimpleAtoi(target.substr(target.rfind(':') + 1), &target_port_)) std::abort();
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener_, 16) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Run(); });
}

TcpRelay::~TcpRelay() {
  stop_ = true;
  thread_.join();
  close(listener_);
}

std::string TcpRelay::address() const { return absl::StrCat("127.0.0.1:", port_); }

void TcpRelay::Run() {
  std::vector<std::pair<int, int>> open;
  const auto end = [&open](size_t i) {
    close(open[i].first);
    close(open[i].second);
    open.erase(open.begin() + static_cast<std::ptrdiff_t>(i));
  };
  while (!stop_) {
    if (cut_.exchange(false)) {
      while (!open.empty()) end(0);
    }
    std::vector<pollfd> waiting = {{listener_, POLLIN, 0}};
    for (const auto& [client, hub] : open) {
      waiting.push_back({client, POLLIN, 0});
      waiting.push_back({hub, POLLIN, 0});
    }
    if (poll(waiting.data(), waiting.size(), kLookMs) <= 0) continue;
    for (size_t i = open.size(); i-- > 0;) {
      const auto [client, hub] = open[i];
      const bool from_client = waiting[1 + 2 * i].revents != 0;
      const bool from_hub = waiting[2 + 2 * i].revents != 0;
      if ((from_client && !Pass(client, hub)) || (from_hub && !Pass(hub, client))) end(i);
    }
    if (waiting[0].revents == 0) continue;
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const int hub = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in to = Loopback(target_port_);
    if (client < 0 || connect(hub, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) {
      close(client);
      close(hub);
      continue;
    }
    ++connections_;
    open.emplace_back(client, hub);
  }
  while (!open.empty()) end(0);
}

}  // namespace vervet::integration
