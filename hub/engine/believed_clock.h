// The hub's clock: the wall clock, as far as it can be believed.
//
// What the log once says of the time stands for ever: a record that expires because somebody set
// the clock a year forward is lost to every member, and a clock set back would let events pile up
// at one moment.
#ifndef VERVET_HUB_ENGINE_BELIEVED_CLOCK_H_
#define VERVET_HUB_ENGINE_BELIEVED_CLOCK_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/base/environment.h"
#include "core/base/mutex.h"

namespace vervet::hub {

// A step of the wall clock beyond this is not believed.
inline constexpr absl::Duration kMaxClockStep = absl::Hours(1);

// A log that is older than this at the hub's start is more likely a clock that is ahead.
inline constexpr absl::Duration kMaxLogGap = absl::Hours(24 * 30);

// OK, or FAILED_PRECONDITION where the wall clock stands more than kMaxClockStep before the last
// event of the log, or more than kMaxLogGap after it. `last_event` is UnixEpoch for an empty log.
absl::Status CheckClockAgainstLog(absl::Time now, absl::Time last_event);

// Passes everything on to `inner`, but for steps of the wall clock beyond kMaxClockStep while the
// process runs: then its own time goes on by the monotonic clock, until the wall clock has come
// back or the process is started anew. Thread-safe.
class BelievedClock final : public Environment {
 public:
  // `on_step` is called once for each step that is not believed, and once when the wall clock has
  // come back (with zero), from whatever thread asked for the time. `inner` must outlive this.
  BelievedClock(Environment* inner, std::function<void(absl::Duration by)> on_step);

  absl::Time Now() override;
  absl::Duration Monotonic() override { return inner_->Monotonic(); }
  void FillRandom(absl::Span<uint8_t> out) override { inner_->FillRandom(out); }

 private:
  Environment* const inner_;
  const std::function<void(absl::Duration by)> on_step_;
  Mutex mutex_;
  // The two clocks side by side, when the wall clock was last believed.
  absl::Time wall_ ABSL_GUARDED_BY(mutex_);
  absl::Duration monotonic_ ABSL_GUARDED_BY(mutex_);
  bool astray_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_BELIEVED_CLOCK_H_
