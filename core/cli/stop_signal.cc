#include "core/cli/stop_signal.h"

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace vervet::cli {

void StopSignal::ListenForSignals(StopSignal* stop) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread([stop, signals] {
    while (true) {
      int received = 0;
      if (sigwait(&signals, &received) != 0) continue;
      if (stop->TakeSignal()) continue;
      // As if it had never been caught, so that the shell sees which signal it was.
      signal(received, SIG_DFL);
      pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
      raise(received);
    }
  }).detach();
}

void StopSignal::Listen() {
  MutexLock lock(mutex_);
  listening_ = true;
}

void StopSignal::Request() {
  MutexLock lock(mutex_);
  requested_ = true;
  changed_.NotifyAll();
}

bool StopSignal::requested() const {
  MutexLock lock(mutex_);
  return requested_;
}

bool StopSignal::WaitFor(absl::Duration timeout) {
  // steady_clock overflows beyond some 292 years; nobody waits for a day without a reason to look
  // again.
  const auto deadline = std::chrono::steady_clock::now() +
                        absl::ToChronoMilliseconds(std::min(timeout, absl::Hours(24)));
  MutexLock lock(mutex_);
  while (!requested_) {
    if (!changed_.WaitUntil(mutex_, deadline)) break;
  }
  return requested_;
}

bool StopSignal::TakeSignal() {
  MutexLock lock(mutex_);
  if (!listening_ || requested_) return false;
  requested_ = true;
  changed_.NotifyAll();
  return true;
}

}  // namespace vervet::cli
