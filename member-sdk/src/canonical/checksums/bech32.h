// Segwit addresses: Bech32 (BIP 173) for witness version 0, Bech32m (BIP 350) for 1 to 16.
#ifndef VERVET_MEMBER_SDK_SRC_CANONICAL_CHECKSUMS_BECH32_H_
#define VERVET_MEMBER_SDK_SRC_CANONICAL_CHECKSUMS_BECH32_H_

#include "absl/strings/string_view.h"

namespace vervet::canonical {

enum class SegwitCheck { kValid, kMixedCase, kInvalid };

// Checks prefix (`human_readable`, lower case), alphabet, checksum, witness version, program length
// and zero padding. All-upper (QR codes) and all-lower are valid.
SegwitCheck CheckSegwitAddress(absl::string_view address, absl::string_view human_readable);

}  // namespace vervet::canonical

#endif  // VERVET_MEMBER_SDK_SRC_CANONICAL_CHECKSUMS_BECH32_H_
