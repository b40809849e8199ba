// Signed heads of the log, one signature for each size that somebody asks for.
#ifndef VERVET_HUB_LOG_HEAD_SIGNER_H_
#define VERVET_HUB_LOG_HEAD_SIGNER_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "core/base/environment.h"
#include "core/base/mutex.h"
#include "core/base/status_macros.h"
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

  // The head of the log when it had `size` events. Its time is that of the last of them, so that
  // it is the same bytes whenever it is asked for, and does not look like a log that is so short
  // now. OUT_OF_RANGE above the log's size. Reads the log: not for a gRPC thread.
  absl::StatusOr<v1::SignedTreeHead> At(uint64_t size) {
    v1::SignedTreeHead current = Current();
    if (current.size() == size) return current;
    VERVET_ASSIGN_OR_RETURN(const log::Hash root, log_->RootAt(size));
    absl::Time time = absl::UnixEpoch();
    if (size != 0) {
      VERVET_ASSIGN_OR_RETURN(const auto events, log_->Read(size, 1, 1));
      if (events.empty()) return absl::OutOfRangeError("the log is not so long");
      time = absl::FromUnixMicros(events.front()->parsed.header.time_us());
    }
    return log::SignTreeHead(*key_, coalition_, size, root, time);
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
