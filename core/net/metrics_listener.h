// One page for Prometheus on this machine: GET /metrics over HTTP/1.1, on a loopback address alone.
#ifndef VERVET_CORE_NET_METRICS_LISTENER_H_
#define VERVET_CORE_NET_METRICS_LISTENER_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vervet::net {

// What a request may take, its headers included; Prometheus sends some 300 bytes.
inline constexpr size_t kMaxMetricsRequestBytes = 8 * 1024;

// OK for "localhost", 127.0.0.0/8 and ::1. INVALID_ARGUMENT otherwise: the page says how busy each
// member is and is without encryption or a password, so it stays on the machine.
absl::Status CheckLoopback(absl::string_view host);

// Answers one caller at a time on a thread of its own, each within five seconds. A caller that
// names another host than a loopback one is refused: a web page that makes its own name resolve to
// 127.0.0.1 is not to read this one. Thread-safe.
//
// This is no web server: for one GET of one page, an HTTP library in the process that holds the
// coalition's keys would be more to trust than to save.
class MetricsListener {
 public:
  using Page = std::function<std::string()>;

  // `page` makes the text of each answer, on the listener's thread. Port 0 takes a free one.
  // INVALID_ARGUMENT as CheckLoopback; FAILED_PRECONDITION where the port cannot be had.
  static absl::StatusOr<std::unique_ptr<MetricsListener>> Start(const std::string& host, int port,
                                                                Page page);
  // Waits for `page` where that is running.
  ~MetricsListener();
  MetricsListener(const MetricsListener&) = delete;
  MetricsListener& operator=(const MetricsListener&) = delete;

  // "127.0.0.1:9464", "[::1]:9464".
  const std::string& address() const { return address_; }

 private:
  MetricsListener(int listener, int stop, std::string address, Page page);
  void Run();
  // False: to stop.
  bool Wait(int fd, short events, int timeout_ms) const;
  void Serve(int connection) const;
  std::string Answer(absl::string_view request) const;

  const int listener_;
  const int stop_;  // an eventfd, readable once the listener is to end
  const std::string address_;
  const Page page_;
  std::thread thread_;
};

}  // namespace vervet::net

#endif  // VERVET_CORE_NET_METRICS_LISTENER_H_
