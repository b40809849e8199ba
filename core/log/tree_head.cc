#include "core/log/tree_head.h"

#include <sodium.h>

#include "absl/strings/str_cat.h"

namespace vervet::log {
namespace {

void AppendBigEndian(std::string& out, uint64_t value, int size_bytes) {
  for (int i = size_bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i)));
}

std::string SignedBytes(absl::string_view coalition, const v1::SignedTreeHead& head) {
  std::string out = "vervet-tree-head-v1";
  AppendBigEndian(out, coalition.size(), 4);
  out.append(coalition.data(), coalition.size());
  AppendBigEndian(out, head.size(), 8);
  AppendBigEndian(out, static_cast<uint64_t>(head.time_us()), 8);
  out.append(head.root());
  return out;
}

const uint8_t* Bytes(absl::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

}  // namespace

LogSigningKey LogSigningKey::FromSeed(const Secret<32>& seed) {
  LogSigningKey key;
  key.seed = seed.Clone();
  key.public_key.resize(crypto_sign_PUBLICKEYBYTES);
  Secret<crypto_sign_SECRETKEYBYTES> expanded;
  crypto_sign_seed_keypair(reinterpret_cast<uint8_t*>(key.public_key.data()),
                           expanded.MutableSecret().data(), seed.RevealSecret().data());
  return key;
}

v1::SignedTreeHead SignTreeHead(const LogSigningKey& key, absl::string_view coalition,
                                uint64_t size, const Hash& root, absl::Time time) {
  v1::SignedTreeHead head;
  head.set_size(size);
  head.set_root(std::string(AsBytes(root)));
  head.set_time_us(absl::ToUnixMicros(time));
  Secret<crypto_sign_SECRETKEYBYTES> expanded;
  std::string public_key(crypto_sign_PUBLICKEYBYTES, '\0');
  crypto_sign_seed_keypair(reinterpret_cast<uint8_t*>(public_key.data()),
                           expanded.MutableSecret().data(), key.seed.RevealSecret().data());
  const std::string message = SignedBytes(coalition, head);
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(reinterpret_cast<uint8_t*>(signature.data()), nullptr, Bytes(message),
                       message.size(), expanded.RevealSecret().data());
  head.set_signature(std::move(signature));
  return head;
}

absl::Status VerifyTreeHead(absl::string_view public_key, absl::string_view coalition,
                            const v1::SignedTreeHead& head) {
  if (public_key.size() != crypto_sign_PUBLICKEYBYTES) {
    return absl::InvalidArgumentError(
        absl::StrCat("the log's public key has 32 bytes, this one ", public_key.size()));
  }
  if (head.root().size() != kHashBytes || head.signature().size() != crypto_sign_BYTES) {
    return absl::DataLossError("a tree head's root or signature has the wrong length");
  }
  const std::string message = SignedBytes(coalition, head);
  if (crypto_sign_verify_detached(Bytes(head.signature()), Bytes(message), message.size(),
                                  Bytes(public_key)) != 0) {
    return absl::DataLossError(
        absl::StrCat("the tree head of size ", head.size(),
                     " is not signed by the pinned log key: do not trust this hub; compare the key "
                     "in the configuration with the one that a coordinator reads out"));
  }
  return absl::OkStatus();
}

}  // namespace vervet::log
