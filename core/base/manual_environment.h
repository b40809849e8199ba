// Test double: a clock that moves only when told, and randomness that replays from a seed.
#ifndef VERVET_CORE_BASE_MANUAL_ENVIRONMENT_H_
#define VERVET_CORE_BASE_MANUAL_ENVIRONMENT_H_

#include <cstdint>
#include <random>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "core/base/environment.h"
#include "core/base/mutex.h"

namespace vervet {

// Thread-safe. Not for production: its randomness is predictable.
class ManualEnvironment final : public Environment {
 public:
  explicit ManualEnvironment(uint64_t seed = 1,
                             absl::Time start = absl::FromUnixSeconds(1'790'000'000))
      : now_(start), generator_(seed) {}

  absl::Time Now() override {
    MutexLock lock(mutex_);
    return now_;
  }
  absl::Duration Monotonic() override {
    MutexLock lock(mutex_);
    return monotonic_;
  }
  void FillRandom(absl::Span<uint8_t> out) override {
    MutexLock lock(mutex_);
    for (uint8_t& byte : out) byte = static_cast<uint8_t>(generator_());
  }
  void Advance(absl::Duration by) {
    MutexLock lock(mutex_);
    now_ += by;
    monotonic_ += by;
  }
  // The wall clock alone jumps, as when an operator or NTP sets it.
  void SetWallClock(absl::Time to) {
    MutexLock lock(mutex_);
    now_ = to;
  }

 private:
  Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
  absl::Duration monotonic_ ABSL_GUARDED_BY(mutex_) = absl::ZeroDuration();
  std::mt19937_64 generator_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace vervet

#endif  // VERVET_CORE_BASE_MANUAL_ENVIRONMENT_H_
