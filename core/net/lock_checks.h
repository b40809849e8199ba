// gRPC's locks without the search for deadlocks.
#ifndef VERVET_CORE_NET_LOCK_CHECKS_H_
#define VERVET_CORE_NET_LOCK_CHECKS_H_

#include "absl/synchronization/mutex.h"

namespace vervet::net {

// gRPC's mutexes are Abseil's, and in an Abseil that was compiled without NDEBUG, as Debian's is,
// they note who holds what in one graph of the whole process, behind one spin lock: time on every
// core, and a wait for all of them where there are many. A cycle in the order of two locks would
// end the process even where no two threads ever meet in it. From here on nothing is noted.
//
// For main() of a program of ours; a platform's process decides for itself
// (docs/integrating.md). Ours are std::mutex, checked by clang's thread-safety analysis.
// Thread-safe.
inline void LeaveOutLockChecks() {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
}

}  // namespace vervet::net

#endif  // VERVET_CORE_NET_LOCK_CHECKS_H_
