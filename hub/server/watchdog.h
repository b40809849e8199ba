// Notices when the process's own listener has died: gRPC 1.51 stops accepting for good after it ran
// out of file descriptors (CVE-2023-4785), while everything else looks well.
#ifndef VERVET_HUB_SERVER_WATCHDOG_H_
#define VERVET_HUB_SERVER_WATCHDOG_H_

#include <functional>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/base/metrics.h"
#include "core/base/mutex.h"

namespace vervet::hub {

class Watchdog {
 public:
  struct Options {
    std::string host;
    int port = 0;
    absl::Duration interval;
    absl::Duration probe_timeout = absl::Seconds(5);
    int failures = 3;
    CounterFamily* silent = nullptr;  // counts failed probes; may be null
  };
  // `dead` is called once, on the watchdog's thread, with the last probe's status.
  Watchdog(Options options, std::function<void(const absl::Status&)> dead);
  ~Watchdog();

 private:
  void Run();
  bool Sleep();

  const Options options_;
  const std::function<void(const absl::Status&)> dead_;
  Mutex mutex_;
  CondVar wake_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVER_WATCHDOG_H_
