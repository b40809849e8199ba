#include "core/storage/process_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace vervet::storage {
namespace {

// The holder writes its number after it got the lock, so there is a moment without one.
std::string DescribeHolder(int fd) {
  std::array<char, 32> buffer;
  const ssize_t size_bytes = ::pread(fd, buffer.data(), buffer.size(), 0);
  int64_t pid = 0;
  if (size_bytes > 0 && absl::SimpleAtoi(absl::string_view(buffer.data(), size_bytes), &pid)) {
    return absl::StrCat("process ", pid);
  }
  return "another process";
}

}  // namespace

absl::StatusOr<ProcessLock> ProcessLock::Acquire(const std::string& path) {
  const std::string lock_path = absl::StrCat(path, ".lock");
  FileHandle file(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return FileError(errno, "opening the lock file", lock_path);
  while (::flock(file.fd(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return FileError(errno, "locking", lock_path);
    return absl::FailedPreconditionError(absl::StrCat(
        path, " is in use by ", DescribeHolder(file.fd()), ": stop it, or use another path"));
  }
  if (::ftruncate(file.fd(), 0) != 0) return FileError(errno, "writing", lock_path);
  if (const int error = file.WriteAll(absl::StrCat(::getpid(), "\n")); error != 0) {
    return FileError(error, "writing", lock_path);
  }
  return ProcessLock(std::move(file));
}

std::optional<std::string> ProcessLock::Holder(const std::string& path) {
  const FileHandle file(
      ::open(absl::StrCat(path, ".lock").c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file.valid()) return std::nullopt;
  int locked = 0;
  while ((locked = ::flock(file.fd(), LOCK_SH | LOCK_NB)) != 0 && errno == EINTR) {
  }
  if (locked == 0 || errno != EWOULDBLOCK) return std::nullopt;
  return DescribeHolder(file.fd());
}

}  // namespace vervet::storage
