// What goes into the VOPRF for an identifier, and what its result becomes: the token by which
// platforms match.
//
// A token is not RFC 9497's output. The RFC hashes the input once more into its output, so bringing
// in a new key would mean asking every member for every identifier again. Here the token depends on
// N = k · H(input) alone: whoever holds N and Δ = k'/k computes N' = Δ · N, and from it the new
// token, without the identifier. Without k, a token is still pseudorandom (hashed Diffie-Hellman,
// the hash below as random oracle); what is given up is the RFC's stronger notion, in which the
// output is bound to its input. And N has to be kept: the hub stores it and never sends it.
#ifndef VERVET_CORE_OPRF_TOKEN_H_
#define VERVET_CORE_OPRF_TOKEN_H_

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/oprf/group.h"

namespace vervet::oprf {

// The VOPRF's input is four fields, each behind its length in bytes (two bytes, big-endian), so
// that no two lists of fields give the same bytes:
//
//   00 09  "vervet/v1"          the scheme
//   00 04  type                 identifier type, 4 bytes, big-endian
//   00 04  rules_version        version of our rules for the canonical form, 4 bytes, big-endian
//   nn nn  canonical form       UTF-8
inline constexpr size_t kInputFramingBytes = 25;
inline constexpr size_t kMaxCanonicalFormBytes = 65'535 - kInputFramingBytes;

// INVALID_ARGUMENT when the canonical form is empty or above kMaxCanonicalFormBytes.
absl::StatusOr<std::string> Input(uint32_t type, uint32_t rules_version,
                                  absl::string_view canonical_form);

// 16 bytes, ordered as big-endian numbers. A value type; safe to read from several threads. 2^128
// values: among 10^10 tokens two meet by chance with a probability below 10^-18.
class Token {
 public:
  static constexpr size_t kSizeBytes = 16;

  Token() = default;  // all zeros: the place for a token that is read later
  explicit Token(const std::array<uint8_t, kSizeBytes>& bytes) : bytes_(bytes) {}
  // INVALID_ARGUMENT unless there are 16 bytes.
  static absl::StatusOr<Token> Decode(Bytes encoding);

  const std::array<uint8_t, kSizeBytes>& bytes() const { return bytes_; }
  // 32 lower-case hexadecimal digits.
  std::string hex() const;

  friend bool operator==(const Token&, const Token&) = default;
  friend auto operator<=>(const Token&, const Token&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Token& token) {
    return H::combine(std::move(h), token.bytes_);
  }

 private:
  std::array<uint8_t, kSizeBytes> bytes_ = {};
};

// The first 16 bytes of SHA-512("vervet-token-v1" ‖ type ‖ epoch ‖ N): type and epoch 4 bytes each,
// big-endian, N the 32-byte encoding. `epoch` counts the key changes of this type.
Token DeriveToken(uint32_t type, uint32_t epoch, const Element& unblinded);

}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_TOKEN_H_
