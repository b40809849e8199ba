// Payment accounts.
//
// Rules, version 1: a closed list of schemes, written "scheme:account".
//   iban:      ISO 13616: known country, its length, mod 97. A bare IBAN is recognised.
//              "iban:DE89370400440532013000"
//   bank:      accounts without IBAN: "bank:BIC:ACCOUNT" (ISO 9362). The BIC is cut to 8 characters
//              (branches share accounts); the account keeps its leading zeros, loses spaces, dots
//              and dashes. "bank:BFTVVNVX:0011004123456"
//   upi:       "upi:name@psp" (NPCI virtual payment address), lower case.
//   paypal:    an e-mail address (its exact form, version 1) or paypal.me/name: "paypal:me/name".
//   alipay:    an e-mail address, a phone number (E.164, phone rules version 1), or the user id of
//              16 digits that begins with 2088.
//   wechatpay: a WeChat id (letter first, 6 to 32 of a-z 0-9 _ -), or a phone number.
//   mpesa:     a phone number.
// Full width and digits of every script are read; letters are upper or lower case as shown.
//
// Card numbers are refused wherever they stand: 13 to 19 digits that pass the Luhn check, in any
// grouping, with or without a scheme. Even hashed, they would bring platforms under PCI DSS. One in
// ten other numbers of that length passes too and is refused with the same words. Exempt is what
// cannot be a card: an IBAN that passes mod 97, an Alipay id (no card network issues 2088), a phone
// number with "+".
#ifndef VERVET_MEMBER_SDK_SRC_CANONICAL_PAYMENT_H_
#define VERVET_MEMBER_SDK_SRC_CANONICAL_PAYMENT_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "member-sdk/src/canonical/canonical_form.h"

namespace vervet::canonical {

// `region` and `strictness` are for the schemes whose account is a phone number; see
// CanonicalPhone. INVALID_ARGUMENT with reason and remedy; FAILED_PRECONDITION for an unknown
// version. Thread-safe.
absl::StatusOr<CanonicalForm> CanonicalPaymentAccount(absl::string_view raw,
                                                      absl::string_view region,
                                                      Strictness strictness,
                                                      uint32_t rules_version);

}  // namespace vervet::canonical

#endif  // VERVET_MEMBER_SDK_SRC_CANONICAL_PAYMENT_H_
