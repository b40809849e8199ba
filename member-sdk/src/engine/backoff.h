// How long to wait before the next attempt: full jitter, so that members do not come back in step
// after a hub restart.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_BACKOFF_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_BACKOFF_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/base/environment.h"

namespace vervet::engine {

// Uniform between nothing and min * 2^n, n the failures so far, at most max. Not thread-safe.
class Backoff {
 public:
  Backoff(absl::Duration min, absl::Duration max, Environment* env)
      : min_(min), max_(max), env_(env) {}

  // After a failure. Never sooner than the hub asked for in `status` (net::RetryAfter), which may
  // be longer than max.
  absl::Duration Next(const absl::Status& status);
  // For refusals that only people can end (suspended, not admitted): between half of max and max.
  absl::Duration Slow();
  void Reset() { failures_ = 0; }

 private:
  double Fraction();  // in [0, 1)

  absl::Duration min_;
  absl::Duration max_;
  Environment* env_;
  int failures_ = 0;
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_BACKOFF_H_
