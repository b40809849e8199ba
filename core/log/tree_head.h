// The hub's signed statement of its log's size and root.
#ifndef VERVET_CORE_LOG_TREE_HEAD_H_
#define VERVET_CORE_LOG_TREE_HEAD_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/secret.h"
#include "core/log/merkle.h"
#include "vervet/v1/event.pb.h"

namespace vervet::log {

inline constexpr size_t kLogPublicKeyBytes = 32;

// An Ed25519 key pair. The secret is the 32-byte seed of RFC 8032.
struct LogSigningKey {
  Secret<32> seed;
  std::string public_key;  // 32 bytes

  static LogSigningKey FromSeed(const Secret<32>& seed);
};

v1::SignedTreeHead SignTreeHead(const LogSigningKey& key, absl::string_view coalition,
                                uint64_t size, const Hash& root, absl::Time time);

// DATA_LOSS where the signature is not that of `public_key` (32 bytes) over this head for this
// coalition.
absl::Status VerifyTreeHead(absl::string_view public_key, absl::string_view coalition,
                            const v1::SignedTreeHead& head);

}  // namespace vervet::log

#endif  // VERVET_CORE_LOG_TREE_HEAD_H_
