// A gate between TCP clients and a server on loopback that delays, cuts, corrupts and stalls.
#ifndef VERVET_TESTS_SUPPORT_TCP_GATE_H_
#define VERVET_TESTS_SUPPORT_TCP_GATE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/mutex.h"

namespace vervet::test_support {

// What one connection meets, once `after_bytes` of both directions together have gone through.
struct GateFault {
  enum class Kind {
    kNone,
    kDelay,      // everything waits for `delay` from then on
    kCut,        // both sides get a reset
    kCorrupt,    // one bit of the next byte is turned over
    kStall,      // nothing goes through any more, and the connections stay
    kHalfClose,  // the server is told that the client has ended; its answers still go through
  };
  Kind kind = Kind::kNone;
  size_t after_bytes = 0;
  absl::Duration delay;
};

// Thread-safe; one thread of its own.
class TcpGate {
 public:
  // `target`: "127.0.0.1:port" of the server. Listens on a free port of 127.0.0.1.
  static absl::StatusOr<std::unique_ptr<TcpGate>> Start(const std::string& target);
  ~TcpGate();
  TcpGate(const TcpGate&) = delete;
  TcpGate& operator=(const TcpGate&) = delete;

  const std::string& address() const { return address_; }  // "127.0.0.1:port"

  // What each connection from now on meets; `number` counts all of this gate from 0. Called on the
  // gate's thread. Null: nothing, the gate is open.
  void Play(std::function<GateFault(uint64_t number)> script);
  // Resets every connection that there is.
  void Break();
  // From now on nothing happens to anybody; connections that met a fault are reset.
  void Open();

  // How many connections met their fault, by kind.
  std::vector<uint64_t> met() const;
  uint64_t connections() const;

 private:
  struct Connection;
  TcpGate(int listener, int port_of_target, std::string address);

  void Run();
  void Accept();
  void Pump(Connection& connection, absl::Time now);
  void Meet(Connection& connection);
  void Forward(Connection& connection, int way, absl::Time now);
  void Read(Connection& connection, int way, absl::Time now);

  const int listener_;
  const int port_of_target_;
  const std::string address_;
  int wake_[2] = {-1, -1};                         // a pipe
  std::vector<std::unique_ptr<Connection>> open_;  // the thread's own

  mutable Mutex mutex_;
  std::function<GateFault(uint64_t)> script_ ABSL_GUARDED_BY(mutex_);
  bool opening_ ABSL_GUARDED_BY(mutex_) = false;
  bool breaking_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t connections_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<uint64_t> met_ ABSL_GUARDED_BY(mutex_) = std::vector<uint64_t>(6);
  std::thread thread_;
};

}  // namespace vervet::test_support

#endif  // VERVET_TESTS_SUPPORT_TCP_GATE_H_
