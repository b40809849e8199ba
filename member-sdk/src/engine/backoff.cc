#include "member-sdk/src/engine/backoff.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "core/net/retry_after.h"

namespace vervet::engine {

double Backoff::Fraction() {
  uint64_t bits = 0;
  env_->FillRandom(absl::MakeSpan(reinterpret_cast<uint8_t*>(&bits), sizeof(bits)));
  return static_cast<double>(bits >> 11) * 0x1.0p-53;
}

absl::Duration Backoff::Next(const absl::Status& status) {
  constexpr int kLongestShift = 20;  // beyond it `max` has long been reached
  const absl::Duration ceiling = std::min(max_, min_ * (int64_t{1} << failures_));
  failures_ = std::min(failures_ + 1, kLongestShift);
  const absl::Duration jittered = ceiling * Fraction();
  const auto asked = net::RetryAfter(status);
  return asked ? *asked + jittered : jittered;
}

absl::Duration Backoff::Slow() { return max_ * (0.5 + 0.5 * Fraction()); }

}  // namespace vervet::engine
