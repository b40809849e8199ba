// Finding payment card numbers, so that they are refused.
#ifndef VERVET_MEMBER_SDK_SRC_CANONICAL_CHECKSUMS_CARD_NUMBER_H_
#define VERVET_MEMBER_SDK_SRC_CANONICAL_CHECKSUMS_CARD_NUMBER_H_

#include "absl/strings/string_view.h"

namespace vervet::canonical {

// True where consecutive groups of ASCII digits in `text`, joined across spaces and punctuation,
// make 13 to 19 digits (ISO/IEC 7812) that pass the Luhn check. Letters end a sequence of groups.
// Over-reports by design: one in ten numbers of that length passes by chance.
bool ContainsCardNumber(absl::string_view text);

}  // namespace vervet::canonical

#endif  // VERVET_MEMBER_SDK_SRC_CANONICAL_CHECKSUMS_CARD_NUMBER_H_
