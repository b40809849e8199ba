// The one place where a process counts things: named counters that only grow.
#ifndef VERVET_CORE_BASE_COUNTERS_H_
#define VERVET_CORE_BASE_COUNTERS_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "core/base/mutex.h"

namespace vervet {

// Names are "what_unit", with at most one label behind a slash: "rpc_total/Publish OK". They come
// from the code's own fixed vocabulary, never from a caller. Thread-safe.
class Counters {
 public:
  void Add(absl::string_view name, int64_t by = 1) {
    MutexLock lock(mutex_);
    counts_[std::string(name)] += by;
  }
  std::map<std::string, int64_t> Snapshot() const {
    MutexLock lock(mutex_);
    return counts_;
  }

 private:
  mutable Mutex mutex_;
  std::map<std::string, int64_t> counts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace vervet

#endif  // VERVET_CORE_BASE_COUNTERS_H_
