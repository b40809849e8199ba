#include "tests/support/tcp_gate.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace vervet::test_support {
namespace {

constexpr size_t kReadBytes = 16 * 1024;
// Above this a side is not read until the other has taken some.
constexpr size_t kMaxBufferedBytes = 1024 * 1024;
constexpr int kLongestPollMs = 200;

sockaddr_in Loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void MakeQuick(int fd) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// Closes with a reset instead of an orderly end.
void Reset(int fd) {
  const linger now = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close(fd);
}

}  // namespace

struct TcpGate::Connection {
  struct Chunk {
    std::string bytes;
    absl::Time due;
  };
  // 0: from the client to the server; 1: back.
  struct Way {
    std::deque<Chunk> waiting;
    size_t waiting_bytes = 0;
    bool ended = false;  // the reading side has said that it ends
    bool end_passed_on = false;
  };

  int fds[2] = {-1, -1};  // client, server
  Way ways[2];
  GateFault fault;
  size_t passed_bytes = 0;
  bool met = false;
  bool corrupt_next = false;
  bool dead = false;

  ~Connection() {
    for (const int fd : fds) {
      if (fd >= 0) Reset(fd);
    }
  }
  bool stalled() const { return met && fault.kind == GateFault::Kind::kStall; }
};

absl::StatusOr<std::unique_ptr<TcpGate>> TcpGate::Start(const std::string& target) {
  int port = 0;
  const size_t colon = target.rfind(':');
  if (colon == std::string::npos || !absl::SimpleAtoi(target.substr(colon + 1), &port)) {
    return absl::InvalidArgumentError("target: is not \"127.0.0.1:port\"");
  }
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  if (listener < 0 || bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener, 128) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return absl::InternalError(absl::StrCat("the gate cannot listen: ", std::strerror(errno)));
  }
  MakeQuick(listener);
  return std::unique_ptr<TcpGate>(
      new TcpGate(listener, port, absl::StrCat("127.0.0.1:", ntohs(address.sin_port))));
}

TcpGate::TcpGate(int listener, int port_of_target, std::string address)
    : listener_(listener), port_of_target_(port_of_target), address_(std::move(address)) {
  if (pipe2(wake_, O_CLOEXEC | O_NONBLOCK) != 0) std::abort();
  thread_ = std::thread([this] { Run(); });
}

TcpGate::~TcpGate() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  (void)!write(wake_[1], "x", 1);
  thread_.join();
  close(listener_);
  for (const int fd : wake_) close(fd);
}

void TcpGate::Play(std::function<GateFault(uint64_t)> script) {
  MutexLock lock(mutex_);
  script_ = std::move(script);
}

void TcpGate::Break() {
  {
    MutexLock lock(mutex_);
    breaking_ = true;
  }
  (void)!write(wake_[1], "x", 1);
}

void TcpGate::Open() {
  {
    MutexLock lock(mutex_);
    script_ = nullptr;
    opening_ = true;
  }
  (void)!write(wake_[1], "x", 1);
}

std::vector<uint64_t> TcpGate::met() const {
  MutexLock lock(mutex_);
  return met_;
}

uint64_t TcpGate::connections() const {
  MutexLock lock(mutex_);
  return connections_;
}

void TcpGate::Run() {
  while (true) {
    bool opening = false;
    {
      MutexLock lock(mutex_);
      if (stopping_) break;
      opening = std::exchange(opening_, false);
      if (std::exchange(breaking_, false)) open_.clear();
    }
    std::vector<pollfd> polled = {{listener_, POLLIN, 0}, {wake_[0], POLLIN, 0}};
    const absl::Time now = absl::Now();
    int timeout_ms = kLongestPollMs;
    for (const auto& connection : open_) {
      if (opening) {
        connection->dead |= connection->met;
        connection->fault = {};
      }
      for (int way = 0; way < 2; ++way) {
        const Connection::Way& out_of = connection->ways[way];
        const Connection::Way& into = connection->ways[1 - way];
        short events = 0;
        if (!out_of.ended && out_of.waiting_bytes < kMaxBufferedBytes) events |= POLLIN;
        if (!into.waiting.empty() && !connection->stalled()) {
          if (into.waiting.front().due <= now) {
            events |= POLLOUT;
          } else {
            const auto wait = absl::ToInt64Milliseconds(into.waiting.front().due - now) + 1;
            timeout_ms = std::min<int>(timeout_ms, static_cast<int>(wait));
          }
        }
        // A side that has ended would be reported for ever.
        polled.push_back({events == 0 && out_of.ended ? -1 : connection->fds[way], events, 0});
      }
    }
    if (poll(polled.data(), polled.size(), timeout_ms) < 0 && errno != EINTR) break;
    if ((polled[1].revents & POLLIN) != 0) {
      char drained[16];
      (void)!read(wake_[0], drained, sizeof drained);
    }
    for (size_t i = 0; i < open_.size(); ++i) {
      Connection& connection = *open_[i];
      for (int way = 0; way < 2; ++way) {
        if ((polled[2 + 2 * i + way].revents & (POLLIN | POLLHUP | POLLERR)) != 0 &&
            !connection.ways[way].ended) {
          Read(connection, way, absl::Now());
        }
      }
      Pump(connection, absl::Now());
    }
    open_.erase(std::remove_if(open_.begin(), open_.end(),
                               [](const auto& connection) { return connection->dead; }),
                open_.end());
    if ((polled[0].revents & POLLIN) != 0) Accept();
  }
  open_.clear();
}

void TcpGate::Accept() {
  const int client = accept(listener_, nullptr, nullptr);
  if (client < 0) return;
  MakeQuick(client);
  auto connection = std::make_unique<Connection>();
  connection->fds[0] = client;
  // On loopback it is there at once or not at all.
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(port_of_target_);
  if (server < 0 ||
      connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (server >= 0) close(server);
    return;
  }
  MakeQuick(server);
  connection->fds[1] = server;
  std::function<GateFault(uint64_t)> script;
  uint64_t number = 0;
  {
    MutexLock lock(mutex_);
    script = script_;
    number = connections_++;
  }
  if (script) connection->fault = script(number);
  if (connection->fault.after_bytes == 0) Meet(*connection);
  if (!connection->dead) open_.push_back(std::move(connection));
}

void TcpGate::Meet(Connection& connection) {
  if (connection.fault.kind == GateFault::Kind::kNone || connection.met) return;
  connection.met = true;
  {
    MutexLock lock(mutex_);
    ++met_[static_cast<size_t>(connection.fault.kind)];
  }
  switch (connection.fault.kind) {
    case GateFault::Kind::kCut:
      connection.dead = true;
      break;
    case GateFault::Kind::kCorrupt:
      connection.corrupt_next = true;
      break;
    case GateFault::Kind::kHalfClose:
      connection.ways[0].ended = true;
      connection.ways[0].waiting.clear();
      connection.ways[0].waiting_bytes = 0;
      break;
    default:
      break;
  }
}

void TcpGate::Read(Connection& connection, int way, absl::Time now) {
  char buffer[kReadBytes];
  const ssize_t got = read(connection.fds[way], buffer, sizeof buffer);
  Connection::Way& state = connection.ways[way];
  if (got == 0) {
    state.ended = true;
    connection.dead |= connection.stalled();
    return;
  }
  if (got < 0) {
    if (errno != EAGAIN && errno != EINTR) connection.dead = true;
    return;
  }
  std::string bytes(buffer, static_cast<size_t>(got));
  const size_t before = connection.passed_bytes;
  connection.passed_bytes += bytes.size();
  if (!connection.met && connection.passed_bytes >= connection.fault.after_bytes) {
    // What comes before the fault's place still goes through.
    const size_t kept = std::min(bytes.size(), connection.fault.after_bytes -
                                                   std::min(before, connection.fault.after_bytes));
    Meet(connection);
    if (connection.stalled() || connection.dead) bytes.resize(kept);
    if (connection.corrupt_next && kept < bytes.size()) {
      bytes[kept] = static_cast<char>(bytes[kept] ^ 0x20);
      connection.corrupt_next = false;
    }
    if (way == 0 && state.ended) return;
  } else if (connection.corrupt_next) {
    bytes[0] = static_cast<char>(bytes[0] ^ 0x20);
    connection.corrupt_next = false;
  } else if (connection.stalled()) {
    return;  // swallowed
  }
  if (bytes.empty()) return;
  const bool late = connection.met && connection.fault.kind == GateFault::Kind::kDelay;
  state.waiting_bytes += bytes.size();
  state.waiting.push_back({std::move(bytes), late ? now + connection.fault.delay : now});
}

void TcpGate::Pump(Connection& connection, absl::Time now) {
  for (int way = 0; way < 2 && !connection.dead; ++way) Forward(connection, way, now);
  const bool over = connection.ways[0].end_passed_on && connection.ways[1].end_passed_on;
  connection.dead |= over;
}

void TcpGate::Forward(Connection& connection, int way, absl::Time now) {
  if (connection.stalled()) return;
  Connection::Way& state = connection.ways[way];
  const int out = connection.fds[1 - way];
  while (!state.waiting.empty() && state.waiting.front().due <= now) {
    std::string& bytes = state.waiting.front().bytes;
    const ssize_t sent = send(out, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno != EAGAIN && errno != EINTR) connection.dead = true;
      return;
    }
    state.waiting_bytes -= static_cast<size_t>(sent);
    if (static_cast<size_t>(sent) < bytes.size()) {
      bytes.erase(0, static_cast<size_t>(sent));
      return;
    }
    state.waiting.pop_front();
  }
  if (state.ended && state.waiting.empty() && !state.end_passed_on) {
    state.end_passed_on = true;
    shutdown(out, SHUT_WR);
  }
}

}  // namespace vervet::test_support
