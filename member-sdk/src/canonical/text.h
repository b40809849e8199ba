// Text handling that every identifier type shares.
//
// Unicode: whatever ICU is installed, version 1 of the rules accepts only characters that Unicode
// 14.0 assigned. Normalisation and case folding of those are frozen by Unicode's stability policy,
// so two members with different ICU releases compute the same form.
#ifndef VERVET_MEMBER_SDK_SRC_CANONICAL_TEXT_H_
#define VERVET_MEMBER_SDK_SRC_CANONICAL_TEXT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vervet::canonical {

// INVALID_ARGUMENT "<field>: <reason and remedy>". `reason` must be made of constants and counts;
// no caller passes a piece of the identifier.
absl::Status Refuse(absl::string_view field, absl::string_view reason);

// `raw` without the characters that nobody sees (zero-width, bidi controls, soft hyphens, variation
// selectors and the other default-ignorables), trimmed of white space. ZWJ and ZWNJ stay, because
// they distinguish domain names; FoldText and CompatibilityText drop them.
// INVALID_ARGUMENT: empty, over `max_bytes`, not UTF-8, NUL or another control character inside,
// a character that Unicode 14.0 did not assign (private use included).
absl::StatusOr<std::string> CleanText(absl::string_view raw, absl::string_view field,
                                      size_t max_bytes);

// NFKC with case folding and without default-ignorables (Unicode's toNFKC_Casefold). Idempotent.
std::string FoldText(absl::string_view clean);

// NFKC without case folding and without ZWJ and ZWNJ, with the decimal digits of every script as
// ASCII: for account numbers and the like, whose case carries meaning. Idempotent.
std::string CompatibilityText(absl::string_view clean);

// The code points of valid UTF-8.
std::vector<char32_t> CodePoints(absl::string_view utf8);

bool IsAscii(absl::string_view text);

}  // namespace vervet::canonical

#endif  // VERVET_MEMBER_SDK_SRC_CANONICAL_TEXT_H_
