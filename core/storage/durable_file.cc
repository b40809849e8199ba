#include "core/storage/durable_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/file_handle.h"

namespace vervet::storage {
namespace {

// 0 or errno.
int FillAndSync(FileHandle& file, absl::string_view bytes, mode_t mode) {
  if (::fchmod(file.fd(), mode) != 0) return errno;
  if (const int error = file.WriteAll(bytes); error != 0) return error;
  if (const int error = file.Sync(); error != 0) return error;
  return file.Close();
}

// A temporary file beside `path` with `bytes`, brought to its name by `place` (0 or errno).
template <typename Place>
absl::Status WriteAndPlace(const std::string& path, absl::string_view bytes, mode_t mode,
                           const Place& place) {
  std::string temporary = absl::StrCat(path, ".XXXXXX");
  FileHandle file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!file.valid()) return FileError(errno, "creating a temporary file beside", path);
  int error = FillAndSync(file, bytes, mode);
  if (error == 0) error = place(temporary);
  if (error != 0) {
    ::unlink(temporary.c_str());
    return FileError(error, "writing", path);
  }
  return SyncFolderOf(path);
}

// 0 or errno. Two names for one file where the file system knows no rename without replacement.
int RenameToNew(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  if (::link(from.c_str(), to.c_str()) != 0) return errno;
  ::unlink(from.c_str());
  return 0;
}

}  // namespace

absl::Status WriteFileDurably(const std::string& path, absl::string_view bytes, mode_t mode) {
  return WriteAndPlace(path, bytes, mode, [&](const std::string& temporary) {
    return std::rename(temporary.c_str(), path.c_str()) == 0 ? 0 : errno;
  });
}

absl::Status WriteNewFileDurably(const std::string& path, absl::string_view bytes, mode_t mode) {
  return WriteAndPlace(path, bytes, mode,
                       [&](const std::string& temporary) { return RenameToNew(temporary, path); });
}

absl::Status MoveToNewName(const std::string& from, const std::string& to) {
  if (const int error = RenameToNew(from, to); error != 0) return FileError(error, "writing", to);
  return SyncFolderOf(to);
}

absl::Status SyncFolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  FileHandle handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!handle.valid()) return FileError(errno, "opening the folder", folder);
  if (const int error = handle.Sync(); error != 0) {
    return FileError(error, "making durable the folder", folder);
  }
  return absl::OkStatus();
}

}  // namespace vervet::storage
