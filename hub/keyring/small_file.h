// Backups and shares are small files that people carry about.
#ifndef VERVET_HUB_KEYRING_SMALL_FILE_H_
#define VERVET_HUB_KEYRING_SMALL_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace vervet::hub {

// The bytes of a regular file. NOT_FOUND and the like as storage::FileError; INVALID_ARGUMENT for
// another kind of file, or one larger than `limit_bytes`.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path, size_t limit_bytes);

}  // namespace vervet::hub

#endif  // VERVET_HUB_KEYRING_SMALL_FILE_H_
