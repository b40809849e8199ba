// Alerts on their way to the log.
#ifndef VERVET_HUB_ACCESS_ALERT_QUEUE_H_
#define VERVET_HUB_ACCESS_ALERT_QUEUE_H_

#include <cstddef>
#include <map>
#include <string>

#include "absl/time/time.h"
#include "core/base/environment.h"
#include "core/base/mutex.h"
#include "hub/log/appender.h"
#include "hub/log/shared_state.h"

namespace vervet::hub {

// More alerts than these at a time say nothing new to anybody; they are dropped.
inline constexpr size_t kMaxWaitingAlerts = 10'000;

// Thread-safe. A caller whom an alert is about can see the log's size grow, though not by what. An
// alert about a suspicion therefore waits for a random while, so that a prober cannot tell which of
// its guesses was bait. A hub that is killed forgets what waits; one that is stopped does not.
class AlertQueue {
 public:
  // Everything given must outlive the queue.
  AlertQueue(const SharedState* state, Appender* appender, Environment* env,
             absl::Duration longest_delay)
      : state_(state), appender_(appender), env_(env), longest_delay_(longest_delay) {}

  // Once: the same alert of the same day is not raised again.
  void Raise(const v1::AlertRaised& alert);
  void RaiseLater(const v1::AlertRaised& alert);

  // Raises what has waited long enough: about once a second.
  void Tick() { RaiseDue(env_->Monotonic()); }
  // At the end of the process, while the appender still runs.
  void RaiseAll() { RaiseDue(absl::InfiniteDuration()); }

 private:
  struct Waiting {
    absl::Duration due;  // monotonic
    v1::AlertRaised alert;
  };

  void RaiseDue(absl::Duration now);
  void Wait(const v1::AlertRaised& alert, absl::Duration due);

  const SharedState* const state_;
  Appender* const appender_;
  Environment* const env_;
  const absl::Duration longest_delay_;
  Mutex mutex_;
  std::map<std::string, Waiting> waiting_ ABSL_GUARDED_BY(mutex_);  // by Alerts::Key
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_ACCESS_ALERT_QUEUE_H_
