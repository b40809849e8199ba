// The keys that the hub's configuration names, from a file or a command.
#ifndef VERVET_HUB_SERVER_KEYS_H_
#define VERVET_HUB_SERVER_KEYS_H_

#include "absl/status/statusor.h"
#include "core/base/secret.h"
#include "hub/config/config.h"
#include "hub/keyring/keyring.h"

namespace vervet::hub {

// Errors as ReadKeyFile and RunKeyCommand, with the configuration's field in front. Block as long
// as a key command may take.
absl::StatusOr<Secret<32>> ReadStoreKey(const Config& config);
absl::StatusOr<Secret<32>> ReadKeyringKey(const Config& config);

// The keyring, opened with its key. Errors also as Keyring::Open.
absl::StatusOr<Keyring> OpenKeyring(const Config& config);

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVER_KEYS_H_
