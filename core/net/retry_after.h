// How a refused caller learns when to try again: a payload on absl::Status. Free of gRPC, so that
// the engine's budgets and queues can set it; core/net/status.h carries it across the wire.
#ifndef VERVET_CORE_NET_RETRY_AFTER_H_
#define VERVET_CORE_NET_RETRY_AFTER_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace vervet::net {

// Longer waits are cut to this on both sides: a mistaken or hostile hub must not silence a member
// for good.
inline constexpr absl::Duration kMaxRetryAfter = absl::Hours(24);

// Returns `status` with the time to wait, rounded up to a millisecond, within [1 ms,
// kMaxRetryAfter]. An OK status stays as it is.
absl::Status WithRetryAfter(absl::Status status, absl::Duration wait);

// The time to wait, or nothing where none was given.
std::optional<absl::Duration> RetryAfter(const absl::Status& status);

}  // namespace vervet::net

#endif  // VERVET_CORE_NET_RETRY_AFTER_H_
