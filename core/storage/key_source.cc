#include "core/storage/key_source.h"

#include "absl/strings/str_cat.h"
#include "core/storage/key_command.h"
#include "core/storage/key_file.h"

namespace vervet::storage {

absl::Status CheckKeySource(const KeySource& source, const std::string& path_field,
                            const std::string& command_field) {
  if (source.path.empty() && source.command.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path_field, ": is missing; name the key's file, or give ", command_field));
  }
  if (source.command.empty()) return absl::OkStatus();
  if (!source.path.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(command_field, ": stands beside ", path_field,
                     "; leave one of them out, so that there is one key"));
  }
  const absl::Status form = CheckKeyCommand(source.command);
  if (form.ok()) return form;
  return absl::InvalidArgumentError(absl::StrCat(command_field, ": ", form.message()));
}

absl::StatusOr<Secret<32>> ReadKey(const KeySource& source) {
  return source.command.empty() ? ReadKeyFile(source.path) : RunKeyCommand(source.command);
}

}  // namespace vervet::storage
