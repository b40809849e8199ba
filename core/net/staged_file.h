// A file that exists in this process's memory alone and has a path that gRPC can watch.
#ifndef VERVET_CORE_NET_STAGED_FILE_H_
#define VERVET_CORE_NET_STAGED_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace vervet::net {

// Holds one file descriptor once it was written. A reader that opens path() gets the old bytes or
// the new ones, whole; the modification time differs from one content to the next by whole seconds,
// so that a reader who reads twice can tell. Needs /proc. Not thread-safe, but for readers of
// path().
class StagedFile {
 public:
  StagedFile() = default;
  ~StagedFile();
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;

  // INTERNAL or RESOURCE_EXHAUSTED; the old content stays then.
  absl::Status Replace(absl::string_view bytes);

  // Constant from the first Replace on; valid while this object lives.
  std::string path() const;

 private:
  int fd_ = -1;
  int64_t contents_ = 0;
};

}  // namespace vervet::net

#endif  // VERVET_CORE_NET_STAGED_FILE_H_
