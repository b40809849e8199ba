// Where a store's key comes from: a file, or a command.
#ifndef VERVET_CORE_STORAGE_KEY_SOURCE_H_
#define VERVET_CORE_STORAGE_KEY_SOURCE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/secret.h"

namespace vervet::storage {

// Exactly one of the two is set.
struct KeySource {
  std::string path;
  std::vector<std::string> command;
};

// INVALID_ARGUMENT where both or none are set, or the command has no command's form; `path_field`
// and `command_field` are the names that the message uses.
absl::Status CheckKeySource(const KeySource& source, const std::string& path_field,
                            const std::string& command_field);

// ReadKeyFile or RunKeyCommand. Blocks as long as the command may take.
absl::StatusOr<Secret<32>> ReadKey(const KeySource& source);

}  // namespace vervet::storage

#endif  // VERVET_CORE_STORAGE_KEY_SOURCE_H_
