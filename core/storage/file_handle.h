// A file descriptor that closes itself, and the one place where errno becomes a Status.
#ifndef VERVET_CORE_STORAGE_FILE_HANDLE_H_
#define VERVET_CORE_STORAGE_FILE_HANDLE_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace vervet::storage {

// Owns the descriptor. Not thread-safe.
class FileHandle {
 public:
  FileHandle() = default;
  explicit FileHandle(int fd) : fd_(fd) {}
  ~FileHandle() { Close(); }
  FileHandle(FileHandle&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileHandle& operator=(FileHandle&& other) noexcept;
  FileHandle(const FileHandle&) = delete;
  FileHandle& operator=(const FileHandle&) = delete;

  bool valid() const { return fd_ >= 0; }
  int fd() const { return fd_; }

  // Writes all of `bytes` at the current position; 0 or errno.
  int WriteAll(absl::string_view bytes) const;
  // 0 or errno; retries an interrupted call.
  int Sync() const;
  // 0 or errno. The descriptor is gone either way.
  int Close();

 private:
  int fd_ = -1;
};

// "<doing> <path>: <reason>: <remedy>". RESOURCE_EXHAUSTED for a full disk or quota and for too
// many open files, NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION for what permissions or the path
// forbid, DATA_LOSS for a failing device, else INTERNAL.
absl::Status FileError(int error_number, absl::string_view doing, absl::string_view path);

// True where the errno says that no more bytes fit: disk, quota or file-size limit.
bool IsOutOfSpace(int error_number);

}  // namespace vervet::storage

#endif  // VERVET_CORE_STORAGE_FILE_HANDLE_H_
