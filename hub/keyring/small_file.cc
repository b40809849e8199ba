#include "hub/keyring/small_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/storage/file_handle.h"

namespace vervet::hub {

absl::StatusOr<std::string> ReadSmallFile(const std::string& path, size_t limit_bytes) {
  // O_NONBLOCK: a named pipe is to be refused below, not waited for.
  storage::FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return storage::FileError(errno, "opening", path);
  struct stat info {};
  if (::fstat(file.fd(), &info) != 0) return storage::FileError(errno, "reading", path);
  if (!S_ISREG(info.st_mode) || info.st_size > static_cast<off_t>(limit_bytes)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " is not a regular file of at most ", limit_bytes,
                     " bytes, so it is not what was asked for; check the path"));
  }
  // To its full size at once: growing would leave copies behind.
  std::string bytes(static_cast<size_t>(info.st_size), '\0');
  size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = ::read(file.fd(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return storage::FileError(errno, "reading", path);
    if (got == 0) break;
    filled += static_cast<size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace vervet::hub
