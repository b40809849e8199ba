// What all Sync messages that wait for their readers may take together: slow readers hold so much
// of the hub's memory and no more, however many they are.
#ifndef VERVET_HUB_SERVICES_SYNC_MEMORY_H_
#define VERVET_HUB_SERVICES_SYNC_MEMORY_H_

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "core/base/mutex.h"
#include "core/base/wire_limits.h"

namespace vervet::hub {

// Counts bytes of messages as they are on the wire; while one is on its way, the message and its
// serialised form are both in memory. Thread-safe.
class SyncMemory {
 public:
  explicit SyncMemory(size_t limit_bytes = kMaxUnreadSyncBytes) : limit_bytes_(limit_bytes) {}

  // True: `bytes` are the caller's until it gives them back. False: not now; `again` is called
  // once, on any thread, when it is worth another try, unless `who` is forgotten before. Who waited
  // longest is called first.
  [[nodiscard]] bool Take(size_t bytes, const void* who, std::function<void()> again) {
    MutexLock lock(mutex_);
    if (taken_bytes_ + bytes <= limit_bytes_) {
      taken_bytes_ += bytes;
      return true;
    }
    waiting_.push_back({bytes, who, std::move(again)});
    return false;
  }

  // `who` waits no more: else those who come and go while memory is short would be remembered, and
  // slow readers cut off for their sake.
  void Forget(const void* who) {
    MutexLock lock(mutex_);
    waiting_.erase(std::remove_if(waiting_.begin(), waiting_.end(),
                                  [who](const Waiting& one) { return one.who == who; }),
                   waiting_.end());
  }

  void GiveBack(size_t bytes) {
    std::vector<std::function<void()>> now;
    {
      MutexLock lock(mutex_);
      taken_bytes_ -= bytes;
      size_t room = limit_bytes_ - taken_bytes_;
      while (!waiting_.empty() && waiting_.front().bytes <= room) {
        room -= waiting_.front().bytes;
        now.push_back(std::move(waiting_.front().again));
        waiting_.pop_front();
      }
    }
    for (const auto& again : now) again();
  }

  size_t taken_bytes() const {
    MutexLock lock(mutex_);
    return taken_bytes_;
  }
  size_t free_bytes() const {
    MutexLock lock(mutex_);
    return limit_bytes_ - taken_bytes_;
  }
  // What those who wait have asked for.
  size_t wanted_bytes() const {
    MutexLock lock(mutex_);
    size_t bytes = 0;
    for (const Waiting& one : waiting_) bytes += one.bytes;
    return bytes;
  }

 private:
  struct Waiting {
    size_t bytes;
    const void* who;
    std::function<void()> again;
  };

  const size_t limit_bytes_;
  mutable Mutex mutex_;
  size_t taken_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVICES_SYNC_MEMORY_H_
