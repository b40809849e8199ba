// The file that holds a store's key: 64 hexadecimal digits (32 bytes) and an optional newline,
// readable by its owner alone.
#ifndef VERVET_CORE_STORAGE_KEY_FILE_H_
#define VERVET_CORE_STORAGE_KEY_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/environment.h"
#include "core/base/secret.h"

namespace vervet::storage {

// Everything wrong with the file is FAILED_PRECONDITION with the remedy in one line: missing, not a
// regular file, owned by another user than the one who runs this process, open to group or others,
// another length, not hexadecimal. A symbolic link is followed (container platforms mount secrets
// that way); owner and mode are those of its target. No part of the content reaches a message.
// Thread-safe.
absl::StatusOr<Secret<32>> ReadKeyFile(const std::string& path);

// Makes a new random key and writes it with mode 0600, durably. ALREADY_EXISTS where anything is at
// `path`: a key is never overwritten, because the store that it opens would be lost with it. On an
// error nothing is left at `path`.
absl::Status CreateKeyFile(const std::string& path, Environment& env);

}  // namespace vervet::storage

#endif  // VERVET_CORE_STORAGE_KEY_FILE_H_
