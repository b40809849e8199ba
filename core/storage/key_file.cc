#include "core/storage/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/status_macros.h"
#include "core/storage/durable_file.h"
#include "core/storage/file_handle.h"
#include "core/storage/key_text.h"

namespace vervet::storage {
namespace {

absl::Status Refuse(const std::string& path, absl::string_view why_and_remedy) {
  return absl::FailedPreconditionError(absl::StrCat("key file ", path, ": ", why_and_remedy));
}

absl::Status CheckOwnerAndMode(const std::string& path, const struct stat& info) {
  if (!S_ISREG(info.st_mode)) return Refuse(path, "is not a regular file: name the key file");
  if (info.st_uid != ::geteuid()) {
    return Refuse(path, absl::StrFormat("belongs to user id %d, this process runs as %d: "
                                        "run as its owner, or chown the file",
                                        info.st_uid, ::geteuid()));
  }
  if ((info.st_mode & 0177) != 0) {
    return Refuse(path, absl::StrFormat("has mode %04o, only its owner may read it: chmod 600 %s",
                                        info.st_mode & 07777, path));
  }
  return absl::OkStatus();
}

// Reads until end of file or a full buffer; -1 with errno on an error.
ssize_t ReadUpTo(int fd, char* buffer, size_t size_bytes) {
  size_t filled = 0;
  while (filled < size_bytes) {
    const ssize_t got = ::read(fd, buffer + filled, size_bytes - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    filled += static_cast<size_t>(got);
  }
  return static_cast<ssize_t>(filled);
}

absl::StatusOr<Secret<32>> ParseKey(const std::string& path, absl::string_view text) {
  auto key = ParseKeyText(text);
  if (key.ok()) return key;
  return Refuse(path,
                absl::StrCat(key.status().message(), ": restore the key file from its backup"));
}

// 0 or errno.
int WriteNewKey(FileHandle& file, Environment& env) {
  if (::fchmod(file.fd(), 0600) != 0) return errno;  // A umask may have taken the owner's bits.
  Secret<32> key;
  env.FillRandom(key.MutableSecret());
  std::array<char, kKeyHexDigits + 1> text;
  sodium_bin2hex(text.data(), text.size(), key.RevealSecret().data(), kKeyBytes);
  text[kKeyHexDigits] = '\n';
  int error = file.WriteAll(absl::string_view(text.data(), text.size()));
  sodium_memzero(text.data(), text.size());
  if (error == 0) error = file.Sync();
  return error == 0 ? file.Close() : error;
}

}  // namespace

absl::StatusOr<Secret<32>> ReadKeyFile(const std::string& path) {
  // O_NONBLOCK: opening a named pipe must be refused below, not wait for its writer.
  FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) {
    if (errno == ENOENT) {
      return Refuse(path, "does not exist: check the path, or create the key with the store");
    }
    return Refuse(path, absl::StrCat(FileError(errno, "opening", path).message()));
  }
  struct stat info;
  if (::fstat(file.fd(), &info) != 0) return FileError(errno, "reading", path);
  VERVET_RETURN_IF_ERROR(CheckOwnerAndMode(path, info));

  std::array<char, kMaxKeyTextBytes + 1>
      buffer;  // One byte more than allowed, to see that there is more.
  const ssize_t size_bytes = ReadUpTo(file.fd(), buffer.data(), buffer.size());
  if (size_bytes < 0) return FileError(errno, "reading", path);
  auto key = ParseKey(path, absl::string_view(buffer.data(), static_cast<size_t>(size_bytes)));
  sodium_memzero(buffer.data(), buffer.size());
  return key;
}

absl::Status CreateKeyFile(const std::string& path, Environment& env) {
  FileHandle file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return FileError(errno, "creating the key file", path);
  if (const int error = WriteNewKey(file, env); error != 0) {
    ::unlink(path.c_str());
    return FileError(error, "creating the key file", path);
  }
  const absl::Status durable = SyncFolderOf(path);
  if (!durable.ok()) ::unlink(path.c_str());
  return durable;
}

}  // namespace vervet::storage
