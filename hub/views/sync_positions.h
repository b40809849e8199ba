// How far each party has said that it is, since this hub started. Not in the log: a party says it
// again on reconnecting.
#ifndef VERVET_HUB_VIEWS_SYNC_POSITIONS_H_
#define VERVET_HUB_VIEWS_SYNC_POSITIONS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/mutex.h"
#include "hub/views/applied_times.h"

namespace vervet::hub {

// Thread-safe.
class SyncPositions {
 public:
  struct Entry {
    int streams = 0;
    uint64_t applied = 0;
    absl::Time applied_at = absl::UnixEpoch();    // when it last said so, of whatever position
    absl::Time looked_up_at = absl::UnixEpoch();  // of a client without a vault
  };

  // Before the hub listens.
  void SetLogSizeAtStart(uint64_t size) {
    MutexLock lock(mutex_);
    log_size_at_start_ = size;
  }

  void Opened(absl::string_view party) {
    MutexLock lock(mutex_);
    ++parties_[std::string(party)].entry.streams;
  }
  void Closed(absl::string_view party) {
    MutexLock lock(mutex_);
    --parties_[std::string(party)].entry.streams;
  }
  // A party that rewinds to apply its history again counts as where it now is.
  void Applied(absl::string_view party, uint64_t position, absl::Time at) {
    MutexLock lock(mutex_);
    Party& said = parties_[std::string(party)];
    if (said.entry.applied_at == absl::UnixEpoch()) said.times = AppliedTimes(log_size_at_start_);
    said.entry.applied = position;
    said.entry.applied_at = at;
    said.times.Note(position, at);
  }
  void LookedUp(absl::string_view party, absl::Time at) {
    MutexLock lock(mutex_);
    parties_[std::string(party)].entry.looked_up_at = at;
  }
  Entry Find(absl::string_view party) const {
    MutexLock lock(mutex_);
    const auto it = parties_.find(party);
    return it == parties_.end() ? Entry{} : it->second.entry;
  }
  // When the party first said that it had applied this position or one beyond; InfinitePast where
  // it has not, and where it already had when it first spoke since the hub's start.
  absl::Time FirstApplied(absl::string_view party, uint64_t position) const {
    MutexLock lock(mutex_);
    const auto it = parties_.find(party);
    return it == parties_.end() ? absl::InfinitePast() : it->second.times.At(position);
  }

 private:
  struct Party {
    Entry entry;
    AppliedTimes times;
  };

  mutable Mutex mutex_;
  std::optional<uint64_t> log_size_at_start_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Party, std::less<>> parties_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_VIEWS_SYNC_POSITIONS_H_
