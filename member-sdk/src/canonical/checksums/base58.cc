#include "member-sdk/src/canonical/checksums/base58.h"

#include <sodium.h>

#include <algorithm>

namespace vervet::canonical {
namespace {

constexpr absl::string_view kAlphabet =
    "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr size_t kMaxCharacters = 64;
constexpr size_t kChecksumBytes = 4;

std::optional<std::vector<uint8_t>> DecodeBase58(absl::string_view text) {
  std::vector<uint8_t> little_endian;
  for (char c : text) {
    const size_t digit = kAlphabet.find(c);
    if (digit == absl::string_view::npos) return std::nullopt;
    auto carry = static_cast<uint32_t>(digit);
    for (uint8_t& byte : little_endian) {
      carry += 58U * byte;
      byte = static_cast<uint8_t>(carry & 0xFF);
      carry >>= 8;
    }
    if (carry != 0) little_endian.push_back(static_cast<uint8_t>(carry));
  }
  // Each leading "1" is a zero byte that the number does not show.
  const size_t zeros = std::min(text.find_first_not_of('1'), text.size());
  little_endian.insert(little_endian.end(), zeros, 0);
  std::reverse(little_endian.begin(), little_endian.end());
  return little_endian;
}

}  // namespace

std::optional<std::vector<uint8_t>> DecodeBase58Check(absl::string_view text) {
  if (text.size() > kMaxCharacters) return std::nullopt;
  std::optional<std::vector<uint8_t>> bytes = DecodeBase58(text);
  if (!bytes.has_value() || bytes->size() <= kChecksumBytes) return std::nullopt;
  const size_t payload_bytes = bytes->size() - kChecksumBytes;
  uint8_t once[crypto_hash_sha256_BYTES];
  uint8_t twice[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(once, bytes->data(), payload_bytes);
  crypto_hash_sha256(twice, once, sizeof(once));
  if (!std::equal(twice, twice + kChecksumBytes, bytes->begin() + payload_bytes)) {
    return std::nullopt;
  }
  bytes->resize(payload_bytes);
  return bytes;
}

}  // namespace vervet::canonical
