// One process per store: two appenders on one log would give a sequence number twice.
#ifndef VERVET_CORE_STORAGE_PROCESS_LOCK_H_
#define VERVET_CORE_STORAGE_PROCESS_LOCK_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "core/storage/file_handle.h"

namespace vervet::storage {

// Holds an advisory flock(2) on "<path>.lock", which also names the holder's process id; the kernel
// lets go when the process ends in whatever way. The lock file stays: removing it would let two
// processes lock two files of one name. A child made by fork() shares the lock until it calls exec
// or ends. Local file systems only.
class ProcessLock {
 public:
  // FAILED_PRECONDITION with the holder's process id where another ProcessLock (of any process,
  // this one included) holds it; never waits.
  static absl::StatusOr<ProcessLock> Acquire(const std::string& path);

  // Who holds it, "process 123"; nothing where nobody does, or no lock file is there. Creates and
  // writes nothing, but asks the kernel for the lock for a moment, as a reader.
  static std::optional<std::string> Holder(const std::string& path);

  ProcessLock(ProcessLock&&) = default;
  ProcessLock& operator=(ProcessLock&&) = default;

 private:
  explicit ProcessLock(FileHandle file) : file_(std::move(file)) {}

  FileHandle file_;  // Closing it releases the lock.
};

}  // namespace vervet::storage

#endif  // VERVET_CORE_STORAGE_PROCESS_LOCK_H_
