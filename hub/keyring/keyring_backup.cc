#include "hub/keyring/keyring_backup.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/key_text.h"
#include "hub/keyring/keyring.h"

namespace vervet::hub {
namespace {

constexpr absl::string_view kBackupMagic = "vervet-keyring-backup-v1\n";
constexpr absl::string_view kAnyBackupMagic = "vervet-keyring-backup-";
constexpr absl::string_view kShareMagic = "vervet-keyring-share-v1\n";
constexpr size_t kIdBytes = 16;
constexpr size_t kKeyBytes = 32;
constexpr size_t kDigestBytes = crypto_hash_sha256_BYTES;
constexpr size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
// Sealed to a recipient: the half, and where it belongs, so that none can be moved elsewhere.
constexpr size_t kHalfBytes = kKeyBytes + kIdBytes + 2;
constexpr size_t kSealedHalfBytes = kHalfBytes + crypto_box_SEALBYTES;

const uint8_t* Bytes(absl::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}
uint8_t* MutableBytes(std::string& text) { return reinterpret_cast<uint8_t*>(text.data()); }

template <typename Container>
absl::string_view View(const Container& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string BigEndian(uint64_t value, size_t size_bytes) {
  std::string bytes(size_bytes, '\0');
  for (size_t i = 0; i < size_bytes; ++i) {
    bytes[i] = static_cast<char>(value >> (8 * (size_bytes - 1 - i)));
  }
  return bytes;
}

uint64_t FromBigEndian(absl::string_view bytes) {
  uint64_t value = 0;
  for (const char byte : bytes) value = (value << 8) | static_cast<uint8_t>(byte);
  return value;
}

std::string Sha256(absl::string_view bytes) {
  std::string digest(kDigestBytes, '\0');
  crypto_hash_sha256(MutableBytes(digest), Bytes(bytes), bytes.size());
  return digest;
}

// Shown to people, and anybody can make a file that looks like a backup: nothing but what a
// coalition's name is made of.
bool IsCoalitionName(absl::string_view name) {
  return !name.empty() && name.size() <= 255 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  });
}

// Takes pieces from the front. Once it runs short, every piece is empty and `ok` is false.
struct Cursor {
  absl::string_view rest;
  bool ok = true;
  absl::string_view Take(size_t size_bytes) {
    if (!ok || rest.size() < size_bytes) {
      ok = false;
      return {};
    }
    const absl::string_view piece = rest.substr(0, size_bytes);
    rest.remove_prefix(size_bytes);
    return piece;
  }
};

// A backup's pieces, as views into its bytes.
struct Backup {
  BackupFacts facts;
  absl::string_view id;
  absl::string_view
      halves;               // of the pairs (0,1), (0,2), ..., (1,2), ...: the first's, the second's
  absl::string_view bound;  // everything before the nonce, which the content's tag covers
  absl::string_view nonce, sealed;

  // The half of recipient `own` in its split with `other`.
  absl::string_view HalfOf(size_t own, size_t other) const {
    const size_t n = facts.recipients.size();
    const size_t low = std::min(own, other), high = std::max(own, other);
    const size_t pair = low * n - low * (low + 1) / 2 + (high - low - 1);
    return halves.substr((2 * pair + (own == high ? 1 : 0)) * kSealedHalfBytes, kSealedHalfBytes);
  }
};

absl::StatusOr<Backup> ParseBackup(absl::string_view file) {
  if (!absl::StartsWith(file, kBackupMagic)) {
    return absl::InvalidArgumentError(
        absl::StartsWith(file, kAnyBackupMagic)
            ? "the backup was made by a newer version: upgrade the program"
            : "the file is no backup of a keyring: name what `vervet-hub keyring backup` wrote");
  }
  Backup backup;
  Cursor cursor{file.substr(kBackupMagic.size())};
  backup.facts.coalition = std::string(cursor.Take(FromBigEndian(cursor.Take(1))));
  backup.id = cursor.Take(kIdBytes);
  backup.facts.made = absl::FromUnixMicros(static_cast<int64_t>(FromBigEndian(cursor.Take(8))));
  backup.facts.log_public_key = std::string(cursor.Take(kKeyBytes));
  const size_t n = FromBigEndian(cursor.Take(1));
  if (n < kMinBackupRecipients || n > kMaxBackupRecipients) cursor.ok = false;
  if (!IsCoalitionName(backup.facts.coalition)) cursor.ok = false;
  for (size_t i = 0; i < n && cursor.ok; ++i) {
    const absl::string_view bytes = cursor.Take(kKeyBytes);
    BackupPublicKey key{};
    if (cursor.ok) std::memcpy(key.data(), bytes.data(), kKeyBytes);
    backup.facts.recipients.push_back(key);
  }
  backup.halves = cursor.Take(n * (n - 1) * kSealedHalfBytes);
  backup.bound = file.substr(0, file.size() - cursor.rest.size());
  backup.nonce = cursor.Take(kNonceBytes);
  const size_t sealed_bytes = FromBigEndian(cursor.Take(2));
  if (sealed_bytes < kTagBytes || sealed_bytes > KeyringContent::kMaxBytes + kTagBytes) {
    cursor.ok = false;
  }
  backup.sealed = cursor.Take(sealed_bytes);
  if (!cursor.ok || !cursor.rest.empty()) {
    return absl::InvalidArgumentError(
        "the backup is damaged: its header is none, or its length not what that says; use another "
        "copy of it");
  }
  return backup;
}

absl::Status CheckRecipients(absl::Span<const BackupPublicKey> recipients) {
  if (recipients.size() < kMinBackupRecipients || recipients.size() > kMaxBackupRecipients) {
    return absl::InvalidArgumentError(
        absl::StrCat("recipients: ", recipients.size(), " were given; give ", kMinBackupRecipients,
                     " to ", kMaxBackupRecipients, " coordinators' public keys"));
  }
  for (size_t i = 0; i < recipients.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (recipients[i] == recipients[j]) {
        return absl::InvalidArgumentError(
            absl::StrCat("recipients: number ", i + 1, " is the same key as number ", j + 1,
                         "; one coordinator alone must not open the backup"));
      }
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> SealHalf(const uint8_t* half, absl::string_view id, size_t low,
                                     size_t high, const BackupPublicKey& recipient) {
  Secret<kHalfBytes> plain;
  uint8_t* const at = plain.MutableSecret().data();
  std::memcpy(at, half, kKeyBytes);
  std::memcpy(at + kKeyBytes, id.data(), kIdBytes);
  at[kKeyBytes + kIdBytes] = static_cast<uint8_t>(low);
  at[kKeyBytes + kIdBytes + 1] = static_cast<uint8_t>(high);
  std::string sealed(kSealedHalfBytes, '\0');
  if (crypto_box_seal(MutableBytes(sealed), at, kHalfBytes, recipient.data()) != 0) {
    return absl::InvalidArgumentError("recipients: nothing can be sealed to one of the keys");
  }
  return sealed;
}

absl::StatusOr<std::string> SealHalves(const Secret<32>& file_key, absl::string_view id,
                                       absl::Span<const BackupPublicKey> recipients,
                                       Environment& env) {
  std::string halves;
  for (size_t low = 0; low < recipients.size(); ++low) {
    for (size_t high = low + 1; high < recipients.size(); ++high) {
      Secret<kKeyBytes> first, second;
      env.FillRandom(first.MutableSecret());
      for (size_t i = 0; i < kKeyBytes; ++i) {
        second.MutableSecret()[i] = file_key.RevealSecret()[i] ^ first.RevealSecret()[i];
      }
      VERVET_ASSIGN_OR_RETURN(const std::string one, SealHalf(first.RevealSecret().data(), id, low,
                                                              high, recipients[low]));
      VERVET_ASSIGN_OR_RETURN(const std::string other, SealHalf(second.RevealSecret().data(), id,
                                                                low, high, recipients[high]));
      absl::StrAppend(&halves, one, other);
    }
  }
  return halves;
}

// A share's pieces, as views into its bytes.
struct Share {
  absl::string_view backup_id, backup_digest;
  size_t recipient = 0, recipients = 0;
  absl::string_view halves;  // in the order of the other recipients

  absl::string_view HalfWith(size_t other) const {
    return halves.substr((other < recipient ? other : other - 1) * kKeyBytes, kKeyBytes);
  }
};

absl::StatusOr<Share> ParseShare(absl::string_view file, int number) {
  const auto refuse = [number](absl::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat("share ", number, " ", why));
  };
  if (!absl::StartsWith(file, kShareMagic)) {
    return refuse("is no share: name what `vervet backup-key open` wrote");
  }
  Share share;
  Cursor cursor{file.substr(kShareMagic.size())};
  share.backup_id = cursor.Take(kIdBytes);
  share.backup_digest = cursor.Take(kDigestBytes);
  share.recipient = FromBigEndian(cursor.Take(1));
  share.recipients = FromBigEndian(cursor.Take(1));
  if (share.recipients < kMinBackupRecipients || share.recipients > kMaxBackupRecipients ||
      share.recipient >= share.recipients) {
    cursor.ok = false;
  }
  share.halves = cursor.ok ? cursor.Take((share.recipients - 1) * kKeyBytes) : "";
  const size_t covered = file.size() - cursor.rest.size();
  const absl::string_view digest = cursor.Take(kDigestBytes);
  if (!cursor.ok || !cursor.rest.empty() || Sha256(file.substr(0, covered)) != digest) {
    return refuse("is damaged: have it opened again with `vervet backup-key open`");
  }
  return share;
}

absl::Status CheckShareBelongs(const Share& share, const Backup& backup, absl::string_view file,
                               int number) {
  if (share.backup_id != backup.id || share.recipients != backup.facts.recipients.size()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "share ", number,
        " was opened from another backup: have this backup opened with `vervet backup-key open`"));
  }
  if (share.backup_digest != Sha256(file)) {
    return absl::FailedPreconditionError(
        absl::StrCat("share ", number,
                     " was opened from this backup when its bytes were others: one copy of it is "
                     "damaged; use the copy that the shares were opened from"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<BackupPublicKey> ParseBackupPublicKey(absl::string_view hex) {
  const auto parsed = storage::ParseKeyText(hex);
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(
        "must be the 64 hexadecimal digits that `vervet backup-key make` printed");
  }
  BackupPublicKey key;
  std::memcpy(key.data(), parsed->RevealSecret().data(), key.size());
  // Bit 255 is ignored by X25519, so one key would have two spellings; points of small order give
  // the same secret to everybody, and libsodium refuses them.
  std::array<uint8_t, kKeyBytes> shared;
  const uint8_t any_scalar[kKeyBytes] = {8};
  if ((key[31] & 0x80) != 0 || crypto_scalarmult(shared.data(), any_scalar, key.data()) != 0) {
    return absl::InvalidArgumentError(
        "is no public key that anything can be sealed to; give what `vervet backup-key make` "
        "printed");
  }
  return key;
}

BackupPublicKey PublicKeyOf(const Secret<32>& secret_key) {
  BackupPublicKey key;
  crypto_scalarmult_base(key.data(), secret_key.RevealSecret().data());
  return key;
}

absl::StatusOr<std::string> SealKeyringBackup(const KeyringContent& content,
                                              absl::string_view coalition,
                                              absl::Span<const BackupPublicKey> recipients,
                                              Environment& env) {
  VERVET_RETURN_IF_ERROR(CheckRecipients(recipients));
  VERVET_ASSIGN_OR_RETURN(const Keyring keyring, Keyring::FromContent(content));
  if (!IsCoalitionName(coalition)) {
    return absl::InvalidArgumentError("coalition: 1 to 255 of a-z, 0-9, . and -");
  }
  const std::string id = env.RandomBytes(kIdBytes);
  Secret<kKeyBytes> file_key;
  env.FillRandom(file_key.MutableSecret());
  VERVET_ASSIGN_OR_RETURN(const std::string halves, SealHalves(file_key, id, recipients, env));
  std::string file =
      absl::StrCat(kBackupMagic, BigEndian(coalition.size(), 1), coalition, id,
                   BigEndian(static_cast<uint64_t>(absl::ToUnixMicros(env.Now())), 8),
                   keyring.log_key().public_key, BigEndian(recipients.size(), 1));
  for (const BackupPublicKey& recipient : recipients) absl::StrAppend(&file, View(recipient));
  absl::StrAppend(&file, halves);

  const absl::Span<const uint8_t> plain = content.RevealSecret();
  const std::string nonce = env.RandomBytes(kNonceBytes);
  std::string sealed(plain.size() + kTagBytes, '\0');
  unsigned long long sealed_bytes = 0;
  crypto_aead_xchacha20poly1305_ietf_encrypt(MutableBytes(sealed), &sealed_bytes, plain.data(),
                                             plain.size(), Bytes(file), file.size(), nullptr,
                                             Bytes(nonce), file_key.RevealSecret().data());
  absl::StrAppend(&file, nonce, BigEndian(sealed.size(), 2), sealed);
  return file;
}

absl::StatusOr<BackupFacts> ReadBackupFacts(absl::string_view backup) {
  VERVET_ASSIGN_OR_RETURN(Backup parsed, ParseBackup(backup));
  return std::move(parsed.facts);
}

absl::StatusOr<OpenedShare> OpenBackupShare(absl::string_view backup,
                                            const Secret<32>& secret_key) {
  VERVET_ASSIGN_OR_RETURN(Backup parsed, ParseBackup(backup));
  const BackupPublicKey public_key = PublicKeyOf(secret_key);
  const auto& recipients = parsed.facts.recipients;
  const size_t own = static_cast<size_t>(
      std::find(recipients.begin(), recipients.end(), public_key) - recipients.begin());
  if (own == recipients.size()) {
    return absl::PermissionDeniedError(
        absl::StrCat("the key is none of the backup's ", recipients.size(),
                     " recipients': use the key whose public part was given to `vervet-hub keyring "
                     "backup`"));
  }
  // Made to its full size at once: growing would leave copies of halves behind.
  std::string file;
  file.reserve(kShareMagic.size() + kIdBytes + 2 * kDigestBytes + 2 +
               recipients.size() * kKeyBytes);
  absl::StrAppend(&file, kShareMagic, parsed.id, Sha256(backup), BigEndian(own, 1),
                  BigEndian(recipients.size(), 1));
  for (size_t other = 0; other < recipients.size(); ++other) {
    if (other == own) continue;
    Secret<kHalfBytes> plain;
    const absl::string_view sealed = parsed.HalfOf(own, other);
    const uint8_t* const opened = plain.RevealSecret().data();
    if (crypto_box_seal_open(plain.MutableSecret().data(), Bytes(sealed), sealed.size(),
                             public_key.data(), secret_key.RevealSecret().data()) != 0 ||
        std::memcmp(opened + kKeyBytes, parsed.id.data(), kIdBytes) != 0 ||
        opened[kKeyBytes + kIdBytes] != std::min(own, other) ||
        opened[kKeyBytes + kIdBytes + 1] != std::max(own, other)) {
      sodium_memzero(file.data(), file.size());
      return absl::DataLossError("the backup is damaged: use another copy of it");
    }
    file.append(reinterpret_cast<const char*>(opened), kKeyBytes);
  }
  absl::StrAppend(&file, Sha256(file));
  return OpenedShare{std::move(file), own + 1, std::move(parsed.facts)};
}

absl::StatusOr<KeyringContent> OpenKeyringBackup(absl::string_view backup,
                                                 absl::string_view coalition,
                                                 absl::string_view share_1,
                                                 absl::string_view share_2) {
  VERVET_ASSIGN_OR_RETURN(const Backup parsed, ParseBackup(backup));
  if (parsed.facts.coalition != coalition) {
    return absl::FailedPreconditionError(
        absl::StrCat("the backup is of the coalition ", parsed.facts.coalition,
                     ", and the configuration says ", coalition, "; use this coalition's backup"));
  }
  VERVET_ASSIGN_OR_RETURN(const Share one, ParseShare(share_1, 1));
  VERVET_ASSIGN_OR_RETURN(const Share two, ParseShare(share_2, 2));
  VERVET_RETURN_IF_ERROR(CheckShareBelongs(one, parsed, backup, 1));
  VERVET_RETURN_IF_ERROR(CheckShareBelongs(two, parsed, backup, 2));
  if (one.recipient == two.recipient) {
    return absl::InvalidArgumentError(
        "both shares are of the same coordinator: the backup opens with those of two");
  }
  Secret<kKeyBytes> file_key;
  for (size_t i = 0; i < kKeyBytes; ++i) {
    file_key.MutableSecret()[i] =
        static_cast<uint8_t>(one.HalfWith(two.recipient)[i] ^ two.HalfWith(one.recipient)[i]);
  }
  const absl::Status damaged =
      absl::DataLossError("the backup is damaged: its content does not open; use another copy");
  KeyringContent content;
  unsigned long long plain_bytes = 0;
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          content.Mutable().data(), &plain_bytes, nullptr, Bytes(parsed.sealed),
          parsed.sealed.size(), Bytes(parsed.bound), parsed.bound.size(), Bytes(parsed.nonce),
          file_key.RevealSecret().data()) != 0) {
    return damaged;
  }
  content.set_size(plain_bytes);
  VERVET_ASSIGN_OR_RETURN(const Keyring keyring, Keyring::FromContent(content));
  if (keyring.log_key().public_key != parsed.facts.log_public_key) return damaged;
  return content;
}

}  // namespace vervet::hub
