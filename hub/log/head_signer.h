// Signed heads of the log, one signature for each size that somebody asks for.
#ifndef VERVET_HUB_LOG_HEAD_SIGNER_H_
#define VERVET_HUB_LOG_HEAD_SIGNER_H_

#include <string>
#include <utility>

#include "core/base/environment.h"
#include "core/base/mutex.h"
#include "core/log/tree_head.h"
#include "hub/log/event_log.h"

namespace vervet::hub {

// Thread-safe. Borrows the key, the log and the environment.
class HeadSigner {
 public:
  HeadSigner(const log::LogSigningKey* key, std::string coalition, EventLog* log, Environment* env)
      : key_(key), coalition_(std::move(coalition)), log_(log), env_(env) {}

  // The head of the log as it is now.
  v1::SignedTreeHead Current() {
    const LogPosition position = log_->Position();
    MutexLock lock(mutex_);
    if (!signed_ || last_.size() < position.size) {
      last_ = log::SignTreeHead(*key_, coalition_, position.size, position.root, env_->Now());
      signed_ = true;
    }
    return last_;
  }

 private:
  const log::LogSigningKey* const key_;
  const std::string coalition_;
  EventLog* const log_;
  Environment* const env_;
  Mutex mutex_;
  bool signed_ ABSL_GUARDED_BY(mutex_) = false;
  v1::SignedTreeHead last_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_LOG_HEAD_SIGNER_H_
