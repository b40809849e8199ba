#include "hub/keyring/keyring.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/durable_file.h"
#include "core/views/blinded.h"

namespace vervet::hub {
namespace {

constexpr absl::string_view kMagic = "vervet-keyring-v1\n";
constexpr size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr size_t kEntryBytes = KeyringContent::kEntryBytes;
constexpr size_t kFixedBytes = KeyringContent::kFixedBytes;
constexpr size_t kMaxFileBytes =
    kMagic.size() + kNonceBytes + KeyringContent::kMaxBytes + kTagBytes;

const uint8_t* Bytes(absl::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

void PutBigEndian(uint8_t* at, uint32_t value, size_t size_bytes) {
  for (size_t i = 0; i < size_bytes; ++i) {
    at[i] = static_cast<uint8_t>(value >> (8 * (size_bytes - 1 - i)));
  }
}

uint32_t GetBigEndian(const uint8_t* at, size_t size_bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < size_bytes; ++i) value = (value << 8) | at[i];
  return value;
}

absl::StatusOr<std::string> ReadSealed(const std::string& path) {
  // O_NONBLOCK: a named pipe is to be refused below, not waited for.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    if (errno == ENOENT) {
      return absl::NotFoundError(
          absl::StrCat("keyring_path: ", path, " does not exist; `vervet-hub init` makes it"));
    }
    return absl::FailedPreconditionError(
        absl::StrCat("keyring_path: cannot open ", path, ": ", std::strerror(errno)));
  }
  struct stat info {};
  std::string bytes(kMaxFileBytes + 1, '\0');
  const bool stated = fstat(fd, &info) == 0;
  const ssize_t size = read(fd, bytes.data(), bytes.size());
  close(fd);
  if (!stated || size < 0 || !S_ISREG(info.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat("keyring_path: cannot read ", path, "; give the path of a regular file"));
  }
  if ((info.st_mode & 077) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("keyring_path: ", path, " is open to other users; run: chmod 600 ", path));
  }
  bytes.resize(static_cast<size_t>(size));
  return bytes;
}

bool Exists(const std::string& path) {
  struct stat info {};
  return lstat(path.c_str(), &info) == 0;
}

absl::Status KeptAsItIs(const std::string& path) {
  return absl::AlreadyExistsError(
      absl::StrCat("keyring_path: ", path, " exists and is kept as it is"));
}

absl::Status Unreadable(const std::string& path) {
  return absl::FailedPreconditionError(absl::StrCat(
      "keyring_path: ", path,
      " does not open: the key of keyring_key_path or keyring_key_command or the coalition is "
      "another, or the file is damaged; nothing was changed"));
}

}  // namespace

absl::Status Keyring::Create(const std::string& path, const Secret<32>& sealing_key,
                             absl::string_view coalition, Environment& env) {
  if (Exists(path)) return KeptAsItIs(path);
  KeyringContent content;
  uint8_t* at = content.Mutable().data();
  env.FillRandom(absl::MakeSpan(at, 32));
  uint8_t* const count_at = at + 32;
  at += kFixedBytes;
  uint32_t count = 0;
  for (int number = v1::SignatureType_MIN; number <= v1::SignatureType_MAX; ++number) {
    if (!views::IsBlinded(static_cast<v1::SignatureType>(number))) continue;
    VERVET_ASSIGN_OR_RETURN(const oprf::KeyPair pair, oprf::GenerateKeyPair(env));
    PutBigEndian(at, static_cast<uint32_t>(number), 4);
    PutBigEndian(at + 4, 1, 4);
    std::memcpy(at + 8, pair.secret_key().RevealSecret().data(), 32);
    at += kEntryBytes;
    ++count;
  }
  PutBigEndian(count_at, count, 2);
  content.set_size(kFixedBytes + count * kEntryBytes);
  return WriteContent(path, content, sealing_key, coalition, env);
}

absl::Status Keyring::WriteContent(const std::string& path, const KeyringContent& content,
                                   const Secret<32>& sealing_key, absl::string_view coalition,
                                   Environment& env) {
  if (Exists(path)) return KeptAsItIs(path);
  const absl::Span<const uint8_t> plain = content.RevealSecret();
  const std::string nonce = env.RandomBytes(kNonceBytes);
  std::string sealed(plain.size() + kTagBytes, '\0');
  unsigned long long sealed_bytes = 0;
  crypto_aead_xchacha20poly1305_ietf_encrypt(
      reinterpret_cast<uint8_t*>(sealed.data()), &sealed_bytes, plain.data(), plain.size(),
      Bytes(coalition), coalition.size(), nullptr, Bytes(nonce), sealing_key.RevealSecret().data());
  const absl::Status written =
      storage::WriteNewFileDurably(path, absl::StrCat(kMagic, nonce, sealed), 0600);
  return absl::IsAlreadyExists(written) ? KeptAsItIs(path) : written;
}

absl::StatusOr<KeyringContent> Keyring::ReadContent(const std::string& path,
                                                    const Secret<32>& sealing_key,
                                                    absl::string_view coalition) {
  VERVET_ASSIGN_OR_RETURN(const std::string file, ReadSealed(path));
  const size_t overhead = kMagic.size() + kNonceBytes + kTagBytes;
  if (!absl::StartsWith(file, kMagic) || file.size() < overhead + kFixedBytes ||
      file.size() > kMaxFileBytes) {
    return Unreadable(path);
  }
  const absl::string_view nonce = absl::string_view(file).substr(kMagic.size(), kNonceBytes);
  const absl::string_view sealed = absl::string_view(file).substr(kMagic.size() + kNonceBytes);
  KeyringContent content;
  unsigned long long plain_bytes = 0;
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(content.Mutable().data(), &plain_bytes, nullptr,
                                                 Bytes(sealed), sealed.size(), Bytes(coalition),
                                                 coalition.size(), Bytes(nonce),
                                                 sealing_key.RevealSecret().data()) != 0) {
    return Unreadable(path);
  }
  content.set_size(plain_bytes);
  return content;
}

absl::StatusOr<Keyring> Keyring::FromContent(const KeyringContent& content) {
  const absl::Status wrong = absl::DataLossError("its content is not that of a keyring");
  const absl::Span<const uint8_t> plain = content.RevealSecret();
  if (plain.size() < kFixedBytes) return wrong;
  const uint8_t* at = plain.data();
  const size_t count = GetBigEndian(at + 32, 2);
  if (plain.size() != kFixedBytes + count * kEntryBytes) return wrong;
  Keyring keyring(log::LogSigningKey::FromSeed(Secret<32>(absl::MakeConstSpan(at, 32))));
  at += kFixedBytes;
  for (size_t i = 0; i < count; ++i, at += kEntryBytes) {
    auto pair = oprf::KeyPair::FromSecretKey(oprf::Bytes(at + 8, 32));
    if (!pair.ok()) return wrong;
    keyring.voprf_keys_.emplace(static_cast<v1::SignatureType>(GetBigEndian(at, 4)),
                                VoprfKey{GetBigEndian(at + 4, 4), *std::move(pair)});
  }
  return keyring;
}

absl::StatusOr<Keyring> Keyring::Open(const std::string& path, const Secret<32>& sealing_key,
                                      absl::string_view coalition) {
  VERVET_ASSIGN_OR_RETURN(const KeyringContent content, ReadContent(path, sealing_key, coalition));
  auto keyring = FromContent(content);
  if (!keyring.ok()) return Unreadable(path);
  return keyring;
}

const Keyring::VoprfKey* Keyring::Find(v1::SignatureType type) const {
  const auto it = voprf_keys_.find(type);
  return it == voprf_keys_.end() ? nullptr : &it->second;
}

}  // namespace vervet::hub
