// When those whom a full queue has refused may come back: one after the other, however many they
// are. With one and the same wait for all, a crowd comes back as a crowd, and refusing it again
// takes the time in which the queue would have been worked off (docs/performance.md).
#ifndef VERVET_CORE_NET_RETRY_TURNS_H_
#define VERVET_CORE_NET_RETRY_TURNS_H_

#include <algorithm>

#include "absl/time/time.h"
#include "core/base/mutex.h"

namespace vervet::net {

// Refusing costs some 40 us of a core: so many a second take a twenty-fifth of it.
inline constexpr int kReturnsPerSecond = 1'000;

// Thread-safe.
class RetryTurns {
 public:
  // Nobody is sent away for less than `soonest`, or for more than `longest`: one caller that
  // hammers takes turns too, and must not put off everybody else.
  RetryTurns(absl::Duration soonest, absl::Duration longest)
      : soonest_(soonest), longest_(longest) {}

  // How long the next one refused is to wait, at `now` of a monotonic clock.
  absl::Duration Next(absl::Duration now) {
    MutexLock lock(mutex_);
    last_ =
        std::clamp(last_ + absl::Seconds(1) / kReturnsPerSecond, now + soonest_, now + longest_);
    return last_ - now;
  }

 private:
  const absl::Duration soonest_;
  const absl::Duration longest_;
  Mutex mutex_;
  absl::Duration last_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();
};

}  // namespace vervet::net

#endif  // VERVET_CORE_NET_RETRY_TURNS_H_
