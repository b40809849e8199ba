// The hub's folded state behind a lock: many readers, one writer (the appender).
#ifndef VERVET_HUB_LOG_SHARED_STATE_H_
#define VERVET_HUB_LOG_SHARED_STATE_H_

#include <utility>

#include "absl/types/span.h"
#include "core/base/mutex.h"
#include "hub/log/event_log.h"
#include "hub/views/hub_state.h"

namespace vervet::hub {

class SharedState {
 public:
  // Calls read(const HubState&) under the shared lock and returns what it returns. Keep it
  // short, and let no pointer into the state out.
  template <typename F>
  auto Read(F&& read) const {
    ReaderLock lock(mutex_);
    return std::forward<F>(read)(state_);
  }

  void Apply(absl::Span<const StoredEventPtr> events) {
    WriterLock lock(mutex_);
    for (const StoredEventPtr& event : events) state_.Apply(event->parsed);
  }
  void Apply(const log::ParsedEvent& event) {
    WriterLock lock(mutex_);
    state_.Apply(event);
  }

 private:
  mutable SharedMutex mutex_;
  HubState state_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_LOG_SHARED_STATE_H_
