// E-mail addresses, in two strengths.
//
// Exact form (SignatureType::kEmail), rules version 1
//   local part   NFKC with case folding. RFC 5321 lets a server tell "Jane" from "jane"; none of
//                note does, and offenders use it. Non-ASCII local parts (RFC 6531) stay UTF-8.
//   domain       UTS 46 to ASCII, trailing dot dropped.
//   Read         a "mailto:" prefix; "@" in full width.
//   Limits       64 bytes of local part, 254 in all (RFC 5321 4.5.3.1, RFC 3696 erratum 1690), both
//                measured on the canonical text.
//   Refused      display names and angle brackets (the name is a second identifier that the caller
//                did not mean to pass), quoted local parts, comments, leading, trailing and double
//                dots, address literals, mailto with parameters or percent-encoding.
//
// Alias form (SignatureType::kEmailAlias), rules version 1
//   The exact form after the provider's rules (email_providers.h). At a provider without a row, the
//   part from the first "+" on is dropped (RFC 5233 subaddresses), except behind role names such as
//   "noreply" or "support", whose tags tell senders or tickets apart. It is a signature type of its
//   own because it is weaker: at a domain that hands out names with "+", two people could share it.
//   A match on it alone is a reason to look, never to act; pages must show which type matched.
#ifndef VERVET_MEMBER_SDK_SRC_CANONICAL_EMAIL_H_
#define VERVET_MEMBER_SDK_SRC_CANONICAL_EMAIL_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "member-sdk/src/canonical/canonical_form.h"

namespace vervet::canonical {

// Both: INVALID_ARGUMENT with reason and remedy; FAILED_PRECONDITION for an unknown version.
// Thread-safe. Version 1 of the alias form builds on version 1 of the exact form, whatever version
// of the exact form is in force.
absl::StatusOr<CanonicalForm> CanonicalEmail(absl::string_view raw, uint32_t rules_version);
absl::StatusOr<CanonicalForm> CanonicalEmailAlias(absl::string_view raw, uint32_t rules_version);

}  // namespace vervet::canonical

#endif  // VERVET_MEMBER_SDK_SRC_CANONICAL_EMAIL_H_
