// Small files that are either the old one or the new one after a power cut, never half of one.
#ifndef VERVET_CORE_STORAGE_DURABLE_FILE_H_
#define VERVET_CORE_STORAGE_DURABLE_FILE_H_

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace vervet::storage {

// Replaces or creates `path` with `bytes`: a temporary file beside it, fsync, rename, fsync of the
// folder. `mode` is what the file gets, whatever the umask. On any error the old file stands as it
// was. A crash may leave the temporary file ("<path>.XXXXXX", mode 0600). A symbolic link at `path`
// is replaced, not followed. Thread-safe.
absl::Status WriteFileDurably(const std::string& path, absl::string_view bytes, mode_t mode);

// As above, but ALREADY_EXISTS where anything is at `path`, whoever put it there and when.
absl::Status WriteNewFileDurably(const std::string& path, absl::string_view bytes, mode_t mode);

// Moves the file `from`, which is on the disk already, to `to` in the same file system, durably.
// ALREADY_EXISTS where anything is at `to`; on any error both stand as they were.
absl::Status MoveToNewName(const std::string& from, const std::string& to);

// Makes creations and renames in the folder that holds `path` durable.
absl::Status SyncFolderOf(const std::string& path);

}  // namespace vervet::storage

#endif  // VERVET_CORE_STORAGE_DURABLE_FILE_H_
