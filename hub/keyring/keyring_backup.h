// A backup of the keyring under dual control: no coordinator alone can open it, any two of its
// recipients can.
//
// The content is encrypted with a random file key. For every pair of recipients the file key is
// split into two random halves (XOR), each sealed to one of the two: any pair has both halves of
// its own split, and one half alone is 32 random bytes. docs/protocol.md, "A backup of the
// keyring", has the format byte by byte.
#ifndef VERVET_HUB_KEYRING_KEYRING_BACKUP_H_
#define VERVET_HUB_KEYRING_KEYRING_BACKUP_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "core/base/environment.h"
#include "core/base/secret.h"
#include "hub/keyring/keyring_content.h"

namespace vervet::hub {

inline constexpr size_t kMinBackupRecipients = 2;
inline constexpr size_t kMaxBackupRecipients = 16;
// Larger files are neither a backup nor a share.
inline constexpr size_t kMaxBackupBytes = 64 * 1024;

using BackupPublicKey = std::array<uint8_t, 32>;  // X25519

// 64 hexadecimal digits. INVALID_ARGUMENT, also for a key that nothing can be sealed to.
absl::StatusOr<BackupPublicKey> ParseBackupPublicKey(absl::string_view hex);
// Of a secret key, which is any 32 random bytes.
BackupPublicKey PublicKeyOf(const Secret<32>& secret_key);

// What stands in a backup in the clear.
struct BackupFacts {
  std::string coalition;
  absl::Time made;
  std::string log_public_key;  // 32 bytes: whose keyring it is
  std::vector<BackupPublicKey> recipients;
};

// A new backup. INVALID_ARGUMENT: fewer than 2 or more than 16 recipients, or one twice.
absl::StatusOr<std::string> SealKeyringBackup(const KeyringContent& content,
                                              absl::string_view coalition,
                                              absl::Span<const BackupPublicKey> recipients,
                                              Environment& env);

// INVALID_ARGUMENT where `backup` is no such file, was cut, or is of a newer version. Says nothing
// of who made it: compare log_public_key.
absl::StatusOr<BackupFacts> ReadBackupFacts(absl::string_view backup);

struct OpenedShare {
  std::string file;  // a secret together with any other recipient's; wiping it is the caller's
  size_t recipient;  // from 1
  BackupFacts facts;
};

// A recipient's part: its halves of the splits with all others. PERMISSION_DENIED where
// `secret_key` is none of the recipients'; DATA_LOSS where the backup is damaged.
absl::StatusOr<OpenedShare> OpenBackupShare(absl::string_view backup, const Secret<32>& secret_key);

// The content of `backup` from the shares of two different recipients, checked to be a keyring of
// `coalition` with the log key that the backup names. INVALID_ARGUMENT: no share, a damaged one
// (`share 1` or `share 2` in the order given), both of one recipient. FAILED_PRECONDITION: a share
// of another backup, another coalition's backup. DATA_LOSS: a damaged backup.
absl::StatusOr<KeyringContent> OpenKeyringBackup(absl::string_view backup,
                                                 absl::string_view coalition,
                                                 absl::string_view share_1,
                                                 absl::string_view share_2);

}  // namespace vervet::hub

#endif  // VERVET_HUB_KEYRING_KEYRING_BACKUP_H_
