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

// Makes creations and renames in the folder that holds `path` durable.
absl::Status SyncFolderOf(const std::string& path);

}  // namespace vervet::storage

#endif  // VERVET_CORE_STORAGE_DURABLE_FILE_H_
