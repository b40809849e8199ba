// May this identity make this call now?
#ifndef VERVET_HUB_ACCESS_CALLER_H_
#define VERVET_HUB_ACCESS_CALLER_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "core/net/identity.h"
#include "hub/log/shared_state.h"

namespace vervet::hub {

// The table first (PERMISSION_DENIED: the role), then the roster (PERMISSION_DENIED: not admitted,
// or suspended, with what to do). Never blocks for long; thread-safe.
absl::Status CheckCall(const net::Identity& caller, absl::string_view method,
                       const SharedState& state);

// The roster's half, for streams that are open already.
absl::Status CheckRoster(absl::string_view party, const SharedState& state);

}  // namespace vervet::hub

#endif  // VERVET_HUB_ACCESS_CALLER_H_
