#include "core/net/staged_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "absl/strings/str_cat.h"

namespace vervet::net {
namespace {

absl::Status Failed(int error) {
  const std::string text =
      absl::StrCat("the certificate cannot be kept in memory: ", std::strerror(error));
  if (error == EMFILE || error == ENFILE || error == ENOMEM) {
    return absl::ResourceExhaustedError(
        absl::StrCat(text, "; raise the limit of open files (LimitNOFILE)"));
  }
  return absl::InternalError(text);
}

// 0 or errno.
int Fill(int fd, absl::string_view bytes, int64_t modified_s) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  const timespec modified = {static_cast<time_t>(modified_s), 0};
  const timespec times[2] = {modified, modified};
  return ::fchmod(fd, 0600) == 0 && ::futimens(fd, times) == 0 ? 0 : errno;
}

}  // namespace

StagedFile::~StagedFile() {
  if (fd_ >= 0) ::close(fd_);
}

absl::Status StagedFile::Replace(absl::string_view bytes) {
  const int fd = ::memfd_create("vervet-tls", MFD_CLOEXEC);
  if (fd < 0) return Failed(errno);
  if (const int error = Fill(fd, bytes, ++contents_); error != 0) {
    ::close(fd);
    return Failed(error);
  }
  if (fd_ < 0) {
    fd_ = fd;
    if (::access(path().c_str(), R_OK) == 0) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat(path(), " cannot be read: mount /proc for this process"));
  }
  // One step: whoever opens the path gets the one or the other.
  const bool swapped = ::dup3(fd, fd_, O_CLOEXEC) >= 0;
  const int error = errno;
  ::close(fd);
  return swapped ? absl::OkStatus() : Failed(error);
}

// Not /proc/self: that is the first thread's, which may have ended.
std::string StagedFile::path() const { return absl::StrCat("/proc/thread-self/fd/", fd_); }

}  // namespace vervet::net
