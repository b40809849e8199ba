// Base58Check, the encoding of Bitcoin's and Tron's older addresses.
#ifndef VERVET_MEMBER_SDK_SRC_CANONICAL_CHECKSUMS_BASE58_H_
#define VERVET_MEMBER_SDK_SRC_CANONICAL_CHECKSUMS_BASE58_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"

namespace vervet::canonical {

// Version byte and payload of `text`, without the four bytes of double SHA-256 behind them.
// Nothing where a character is outside the alphabet, the checksum is wrong, or `text` is longer
// than 64 characters (addresses have 26 to 35; the conversion is quadratic).
std::optional<std::vector<uint8_t>> DecodeBase58Check(absl::string_view text);

}  // namespace vervet::canonical

#endif  // VERVET_MEMBER_SDK_SRC_CANONICAL_CHECKSUMS_BASE58_H_
