// The hub's secret keys: one VOPRF key for each signature type, and the key that signs the log's
// heads. They live in a sealed file of their own, never in the log's store, so that neither's
// backup gives away the other.
#ifndef VERVET_HUB_KEYRING_KEYRING_H_
#define VERVET_HUB_KEYRING_KEYRING_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/environment.h"
#include "core/base/secret.h"
#include "core/log/tree_head.h"
#include "core/oprf/voprf.h"
#include "hub/keyring/keyring_content.h"
#include "vervet/v1/types.pb.h"

namespace vervet::hub {

// Immutable after opening, so safe to read from all threads. Keys wipe themselves.
//
// The file: "vervet-keyring-v1\n" ‖ nonce (24) ‖ XChaCha20-Poly1305 ciphertext and tag, with the
// coalition's name as associated data. Inside: seed of the log key (32) ‖ number of VOPRF keys (2,
// big-endian) ‖ for each: type (4) ‖ epoch (4) ‖ scalar (32).
class Keyring {
 public:
  struct VoprfKey {
    uint32_t epoch;
    oprf::KeyPair pair;
  };

  // New random keys for all types, epoch 1, sealed into a new file of mode 0600. ALREADY_EXISTS
  // where there is one.
  static absl::Status Create(const std::string& path, const Secret<32>& sealing_key,
                             absl::string_view coalition, Environment& env);

  // NOT_FOUND; FAILED_PRECONDITION for a wrong sealing key, a damaged file, or another coalition's
  // (they cannot be told apart), or a file that other users can read.
  static absl::StatusOr<Keyring> Open(const std::string& path, const Secret<32>& sealing_key,
                                      absl::string_view coalition);

  // What the file holds under its seal, for a backup. Errors as Open.
  static absl::StatusOr<KeyringContent> ReadContent(const std::string& path,
                                                    const Secret<32>& sealing_key,
                                                    absl::string_view coalition);
  // DATA_LOSS where it is not the content of a keyring.
  static absl::StatusOr<Keyring> FromContent(const KeyringContent& content);
  // Seals it into a new file of mode 0600. ALREADY_EXISTS where there is one.
  static absl::Status WriteContent(const std::string& path, const KeyringContent& content,
                                   const Secret<32>& sealing_key, absl::string_view coalition,
                                   Environment& env);

  // Null for a type without a key.
  const VoprfKey* Find(v1::SignatureType type) const;
  const std::map<v1::SignatureType, VoprfKey>& voprf_keys() const { return voprf_keys_; }
  const log::LogSigningKey& log_key() const { return log_key_; }

 private:
  explicit Keyring(log::LogSigningKey log_key) : log_key_(std::move(log_key)) {}

  std::map<v1::SignatureType, VoprfKey> voprf_keys_;
  log::LogSigningKey log_key_;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_KEYRING_KEYRING_H_
