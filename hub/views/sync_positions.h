// How far each party has said that it is, since this hub started. Not in the log: a party says it
// again on reconnecting.
#ifndef VERVET_HUB_VIEWS_SYNC_POSITIONS_H_
#define VERVET_HUB_VIEWS_SYNC_POSITIONS_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/mutex.h"

namespace vervet::hub {

// Thread-safe.
class SyncPositions {
 public:
  struct Entry {
    int streams = 0;
    uint64_t applied = 0;
    absl::Time applied_at = absl::UnixEpoch();
  };

  void Opened(absl::string_view party) {
    MutexLock lock(mutex_);
    ++entries_[std::string(party)].streams;
  }
  void Closed(absl::string_view party) {
    MutexLock lock(mutex_);
    --entries_[std::string(party)].streams;
  }
  // A party that rewinds to apply its history again counts as where it now is.
  void Applied(absl::string_view party, uint64_t position, absl::Time at) {
    MutexLock lock(mutex_);
    Entry& entry = entries_[std::string(party)];
    entry.applied = position;
    entry.applied_at = at;
  }
  Entry Find(absl::string_view party) const {
    MutexLock lock(mutex_);
    const auto it = entries_.find(std::string(party));
    return it == entries_.end() ? Entry{} : it->second;
  }

 private:
  mutable Mutex mutex_;
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_VIEWS_SYNC_POSITIONS_H_
