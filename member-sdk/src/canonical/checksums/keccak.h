// Keccak-256 as Ethereum uses it: the winning submission's padding, not FIPS 202's.
//
// Own code because no library of ours has it: OpenSSL 3.0 and libsodium know SHA3-256 only, and a
// further crypto library for one checksum of public text is heavier than this permutation. The
// tests compare it with OpenSSL's SHA3-256, which differs in the padding byte alone.
#ifndef VERVET_MEMBER_SDK_SRC_CANONICAL_CHECKSUMS_KECCAK_H_
#define VERVET_MEMBER_SDK_SRC_CANONICAL_CHECKSUMS_KECCAK_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace vervet::canonical {

inline constexpr uint8_t kKeccakPadding = 0x01;
inline constexpr uint8_t kSha3Padding = 0x06;  // FIPS 202 section 6.1

// Not hardened against side channels: for public input only.
std::array<uint8_t, 32> Keccak256(absl::string_view message, uint8_t padding = kKeccakPadding);

// `lower_hex` (40 digits, no 0x) with the letter case that EIP-55 prescribes.
std::string Eip55(absl::string_view lower_hex);

}  // namespace vervet::canonical

#endif  // VERVET_MEMBER_SDK_SRC_CANONICAL_CHECKSUMS_KECCAK_H_
