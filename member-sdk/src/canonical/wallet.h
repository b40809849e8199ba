// Crypto-currency wallets.
//
// Rules, version 1
//   bitcoin    base58check of mainnet (P2PKH, P2SH; case kept), or segwit (BIP 173, BIP 350; lower
//              case). "bitcoin:bc1q…". A BIP 21 URI is read; its parameters are dropped.
//   ethereum   0x and 40 hexadecimal digits, lower case: "ethereum:0x…". It stands for the account
//              on every EVM chain, where one key owns it. All-lower and all-upper are accepted;
//              mixed case must pass EIP-55. An EIP-681 URI is read, with its chain and parameters
//              dropped, unless it calls a function: then the address is a token's, not a person's.
//   tron       base58check with version 0x41: "tron:T…".
//   The prefix may be left out where the address tells its chain.
//   Refused    wrong checksums, test networks, the all-zero address (it burns money, nobody holds
//              it), every other chain.
#ifndef VERVET_MEMBER_SDK_SRC_CANONICAL_WALLET_H_
#define VERVET_MEMBER_SDK_SRC_CANONICAL_WALLET_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "member-sdk/src/canonical/canonical_form.h"

namespace vervet::canonical {

// INVALID_ARGUMENT with reason and remedy; FAILED_PRECONDITION for an unknown version. Thread-safe.
absl::StatusOr<CanonicalForm> CanonicalCryptoWallet(absl::string_view raw, uint32_t rules_version);

}  // namespace vervet::canonical

#endif  // VERVET_MEMBER_SDK_SRC_CANONICAL_WALLET_H_
