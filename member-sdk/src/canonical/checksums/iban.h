// International bank account numbers, ISO 13616.
#ifndef VERVET_MEMBER_SDK_SRC_CANONICAL_CHECKSUMS_IBAN_H_
#define VERVET_MEMBER_SDK_SRC_CANONICAL_CHECKSUMS_IBAN_H_

#include "absl/strings/string_view.h"

namespace vervet::canonical {

enum class IbanCheck { kValid, kNotAnIban, kUnknownCountry, kWrongLength, kWrongCheckDigits };

// `iban` without grouping, in upper case. Checks the shape, the registered length of its country
// and ISO 7064 mod 97-10; not the national structure behind it.
IbanCheck CheckIban(absl::string_view iban);

}  // namespace vervet::canonical

#endif  // VERVET_MEMBER_SDK_SRC_CANONICAL_CHECKSUMS_IBAN_H_
