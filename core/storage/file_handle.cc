#include "core/storage/file_handle.h"

#include <errno.h>
#include <unistd.h>

#include <system_error>

#include "absl/strings/str_cat.h"

namespace vervet::storage {

FileHandle& FileHandle::operator=(FileHandle&& other) noexcept {
  if (this != &other) {
    Close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

int FileHandle::WriteAll(absl::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return 0;
}

int FileHandle::Sync() const {
  while (::fsync(fd_) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

int FileHandle::Close() {
  if (fd_ < 0) return 0;
  // Not retried on EINTR: on Linux the descriptor is closed already and may belong to another
  // thread by then.
  const int result = ::close(std::exchange(fd_, -1));
  return result != 0 && errno != EINTR ? errno : 0;
}

bool IsOutOfSpace(int error_number) {
  return error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;
}

absl::Status FileError(int error_number, absl::string_view doing, absl::string_view path) {
  const std::string what = absl::StrCat(doing, " ", path, ": ");
  if (IsOutOfSpace(error_number)) {
    return absl::ResourceExhaustedError(
        absl::StrCat(what, "the disk is full: free space, then try again"));
  }
  const std::string reason = std::system_category().message(error_number);
  switch (error_number) {
    case EMFILE:
    case ENFILE:
      return absl::ResourceExhaustedError(
          absl::StrCat(what, "too many open files: raise the limit (ulimit -n, LimitNOFILE)"));
    case ENOENT:
      return absl::NotFoundError(absl::StrCat(what, "it does not exist: check the path"));
    case EEXIST:
      return absl::AlreadyExistsError(
          absl::StrCat(what, "it exists already and is not overwritten: choose another path"));
    case EACCES:
    case EPERM:
    case EROFS:
    case ENOTDIR:
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG:
      return absl::FailedPreconditionError(
          absl::StrCat(what, reason, ": check the path, its owner and its mode"));
    case EIO:
      return absl::DataLossError(
          absl::StrCat(what, reason, ": the device fails: check the disk before going on"));
    default:
      return absl::InternalError(absl::StrCat(what, reason, " (errno ", error_number, ")"));
  }
}

}  // namespace vervet::storage
