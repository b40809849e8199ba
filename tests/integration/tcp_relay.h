// Stands between a member and its hub, and cuts their connections when told: the network's part in
// a test.
#ifndef VERVET_TESTS_INTEGRATION_TCP_RELAY_H_
#define VERVET_TESTS_INTEGRATION_TCP_RELAY_H_

#include <atomic>
#include <string>
#include <thread>

namespace vervet::integration {

// Listens on a free port of 127.0.0.1 and passes everything on, until destroyed. Thread-safe.
class TcpRelay {
 public:
  // `target`: "127.0.0.1:port". A failure aborts the test program.
  explicit TcpRelay(const std::string& target);
  ~TcpRelay();
  TcpRelay(const TcpRelay&) = delete;
  TcpRelay& operator=(const TcpRelay&) = delete;

  std::string address() const;
  // Ends every open connection; new ones are served again at once. Does not wait.
  void Cut() { cut_ = true; }
  // Accepted since the beginning.
  int connections() const { return connections_; }

 private:
  void Run();

  int target_port_ = 0;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> cut_{false}, stop_{false};
  std::atomic<int> connections_{0};
  std::thread thread_;
};

}  // namespace vervet::integration

#endif  // VERVET_TESTS_INTEGRATION_TCP_RELAY_H_
