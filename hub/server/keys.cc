#include "hub/server/keys.h"

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/key_source.h"

namespace vervet::hub {
namespace {

absl::StatusOr<Secret<32>> Read(absl::string_view field, const storage::KeySource& source) {
  auto key = storage::ReadKey(source);
  if (key.ok()) return key;
  return absl::Status(key.status().code(),
                      absl::StrCat(field, source.command.empty() ? "_path: " : "_command: ",
                                   key.status().message()));
}

}  // namespace

absl::StatusOr<Secret<32>> ReadStoreKey(const Config& config) {
  return Read("store_key", {config.store_key_path, config.store_key_command});
}

absl::StatusOr<Secret<32>> ReadKeyringKey(const Config& config) {
  return Read("keyring_key", {config.keyring_key_path, config.keyring_key_command});
}

absl::StatusOr<Keyring> OpenKeyring(const Config& config) {
  VERVET_ASSIGN_OR_RETURN(const Secret<32> key, ReadKeyringKey(config));
  return Keyring::Open(config.keyring_path, key, config.coalition);
}

}  // namespace vervet::hub
