// A door between two threads of a test: one waits until the other opens it, with a deadline instead
// of a sleep.
#ifndef VERVET_TESTS_CORE_BASE_GATE_H_
#define VERVET_TESTS_CORE_BASE_GATE_H_

#include <chrono>

#include "core/base/mutex.h"

namespace vervet {

// Thread-safe.
class Gate {
 public:
  void Open() {
    MutexLock lock(mutex_);
    open_ = true;
    changed_.NotifyAll();
  }
  // False where nobody opened it within a generous minute.
  [[nodiscard]] bool Pass() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    MutexLock lock(mutex_);
    while (!open_) {
      if (!changed_.WaitUntil(mutex_, deadline)) return open_;
    }
    return true;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace vervet

#endif  // VERVET_TESTS_CORE_BASE_GATE_H_
