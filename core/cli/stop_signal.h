// A long-running command's wish to end, from Ctrl-C, from `kill`, or from its own limit.
#ifndef VERVET_CORE_CLI_STOP_SIGNAL_H_
#define VERVET_CORE_CLI_STOP_SIGNAL_H_

#include "absl/time/time.h"
#include "core/base/mutex.h"

namespace vervet::cli {

// Thread-safe.
class StopSignal {
 public:
  // Blocks SIGINT and SIGTERM in the calling thread and all that it starts later, and waits for
  // them in a thread of its own. Call first in main, before any other thread, once; `stop` must
  // live as long as the process. A signal that comes while no command listens, and the second one
  // in any case, ends the process as usual.
  static void ListenForSignals(StopSignal* stop);

  // From here on a signal asks instead of killing.
  void Listen();
  void Request();
  bool requested() const;
  // True when stop was requested, before or while waiting.
  bool WaitFor(absl::Duration timeout);

 private:
  // Whether the running command takes the request itself.
  bool TakeSignal();

  mutable Mutex mutex_;
  CondVar changed_;
  bool listening_ ABSL_GUARDED_BY(mutex_) = false;
  bool requested_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace vervet::cli

#endif  // VERVET_CORE_CLI_STOP_SIGNAL_H_
