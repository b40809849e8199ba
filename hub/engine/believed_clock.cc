#include "hub/engine/believed_clock.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

namespace vervet::hub {

absl::Status CheckClockAgainstLog(absl::Time now, absl::Time last_event) {
  const bool behind = now + kMaxClockStep < last_event;
  const bool ahead = last_event != absl::UnixEpoch() && now > last_event + kMaxLogGap;
  if (!behind && !ahead) return absl::OkStatus();
  const auto utc = [](absl::Time time) {
    return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", time, absl::UTCTimeZone());
  };
  if (ahead) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the machine's clock says ", utc(now), ", but the log's last event is of ", utc(last_event),
        ", ", absl::ToInt64Hours(now - last_event) / 24,
        " days before, and records would expire by the clock for good: set the clock; or, where it "
        "is right and the hub was away for so long, start with --accept-clock"));
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "the machine's clock says ", utc(now), ", but the log's last event is of ", utc(last_event),
      ": set the clock; or, where it is the log that was written under a wrong clock, start with "
      "--accept-clock"));
}

BelievedClock::BelievedClock(Environment* inner, std::function<void(absl::Duration by)> on_step)
    : inner_(inner),
      on_step_(std::move(on_step)),
      wall_(inner->Now()),
      monotonic_(inner->Monotonic()) {}

absl::Time BelievedClock::Now() {
  std::optional<absl::Duration> step;
  absl::Time now;
  {
    MutexLock lock(mutex_);
    const absl::Time wall = inner_->Now();
    const absl::Duration monotonic = inner_->Monotonic();
    const absl::Time expected = wall_ + (monotonic - monotonic_);
    const bool astray = absl::AbsDuration(wall - expected) > kMaxClockStep;
    if (astray != astray_) step = astray ? wall - expected : absl::ZeroDuration();
    astray_ = astray;
    if (!astray) {
      wall_ = wall;
      monotonic_ = monotonic;
    }
    now = astray ? expected : wall;
  }
  if (step) on_step_(*step);
  return now;
}

}  // namespace vervet::hub
