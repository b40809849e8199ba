// Types of which the hub will evaluate nothing for this member for a while: a budget is spent, or a
// queue is full.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_HELD_TYPES_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_HELD_TYPES_H_

#include <cstdint>
#include <map>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/base/environment.h"
#include "core/base/mutex.h"
#include "member-sdk/src/engine/live_state.h"

namespace vervet::engine {

// Thread-safe.
class HeldTypes {
 public:
  HeldTypes(const LiveState* state, Environment* env) : state_(state), env_(env) {}

  // OK where the hub may be asked about the type. Otherwise what it said last, with the time that
  // is left to wait (net::RetryAfter). A grant that has come through the log since ends the wait.
  absl::Status Check(v1::SignatureType type);

  // The hub refused, and said when to ask again (net::RetryAfter); without that, nothing is held.
  void Hold(v1::SignatureType type, const absl::Status& refusal);

 private:
  struct Held {
    absl::Duration until;  // monotonic
    uint64_t grants = 0;   // that had been seen by then
    absl::Status refusal;
  };

  const LiveState* const state_;
  Environment* const env_;
  Mutex mutex_;
  std::map<v1::SignatureType, Held> held_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_HELD_TYPES_H_
