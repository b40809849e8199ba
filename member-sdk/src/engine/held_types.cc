#include "member-sdk/src/engine/held_types.h"

#include "core/net/retry_after.h"
#include "member-sdk/src/engine/own_status.h"

namespace vervet::engine {

absl::Status HeldTypes::Check(v1::SignatureType type) {
  const uint64_t grants = state_->GrantsSeen();
  const absl::Duration now = env_->Monotonic();
  MutexLock lock(mutex_);
  const auto it = held_.find(type);
  if (it == held_.end()) return absl::OkStatus();
  if (it->second.until <= now || it->second.grants != grants) {
    held_.erase(it);
    return absl::OkStatus();
  }
  return net::WithRetryAfter(OwnStatus(it->second.refusal), it->second.until - now);
}

void HeldTypes::Hold(v1::SignatureType type, const absl::Status& refusal) {
  const auto wait = net::RetryAfter(refusal);
  if (!wait) return;
  const uint64_t grants = state_->GrantsSeen();
  const absl::Duration until = env_->Monotonic() + *wait;
  MutexLock lock(mutex_);
  held_[type] = {until, grants, OwnStatus(refusal)};
}

}  // namespace vervet::engine
