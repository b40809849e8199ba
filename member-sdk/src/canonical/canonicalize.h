// The one door: from an identifier as a platform holds it to every form it is known by.
#ifndef VERVET_MEMBER_SDK_SRC_CANONICAL_CANONICALIZE_H_
#define VERVET_MEMBER_SDK_SRC_CANONICAL_CANONICALIZE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "member-sdk/src/canonical/canonical_form.h"
#include "member-sdk/src/canonical/rules_versions.h"

namespace vervet::canonical {

// What a platform holds. One identifier can give several signatures: an e-mail address gives its
// exact and its alias form.
enum class IdentifierKind {
  kPhone,
  kEmail,
  kPaymentAccount,
  kCryptoWallet,
  kPlatformAccount,
  kUrl,
};

// The forms of `raw`, at least one, in ascending order of type. `region` (ISO 3166-1 alpha-2 or
// empty) is read by phones and by payment accounts that are phone numbers.
// INVALID_ARGUMENT: it cannot be made canonical; the message says why and what to do, and contains
//   nothing of `raw`. Nothing is hashed in its place.
// FAILED_PRECONDITION: `versions` asks for rules that this SDK does not know.
// Thread-safe, no I/O.
absl::StatusOr<std::vector<CanonicalForm>> Canonicalize(IdentifierKind kind, absl::string_view raw,
                                                        absl::string_view region,
                                                        Strictness strictness,
                                                        const RulesVersions& versions);

}  // namespace vervet::canonical

#endif  // VERVET_MEMBER_SDK_SRC_CANONICAL_CANONICALIZE_H_
