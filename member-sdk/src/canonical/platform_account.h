// An account at a platform, as another member would name it.
//
// Rules, version 1
//   Written      "marketplace.example:123456" or "marketplace.example/123456": the platform's
//                registrable domain, then the account. Canonical: "marketplace.example:123456".
//   Namespace    UTS 46 to ASCII, "www." dropped. Other subdomains stay: without a public-suffix
//                list nobody can tell "m." from a tenant's shop. Members agree on the registrable
//                domain; regional sites of one account system use the first one.
//   Account      NFKC with case folding (full-width digits become ASCII). A leading "@" of a handle
//                is dropped, except before digits alone, where it is what tells the handle from the
//                numeric id. Leading zeros stay: "007" and "7" may be two accounts.
//   Which one    A stable numeric id beats a handle, which its owner can rename and a stranger can
//                then take. Publish the id; add the handle as a second signature if at all.
//   Limits       128 bytes of account. Refused: white space, / ? # inside, profile URLs (the
//                account's place in a URL is the platform's own matter: pass the id, or the URL as
//                a URL).
#ifndef VERVET_MEMBER_SDK_SRC_CANONICAL_PLATFORM_ACCOUNT_H_
#define VERVET_MEMBER_SDK_SRC_CANONICAL_PLATFORM_ACCOUNT_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "member-sdk/src/canonical/canonical_form.h"

namespace vervet::canonical {

// INVALID_ARGUMENT with reason and remedy; FAILED_PRECONDITION for an unknown version. Thread-safe.
absl::StatusOr<CanonicalForm> CanonicalPlatformAccount(absl::string_view raw,
                                                       uint32_t rules_version);

}  // namespace vervet::canonical

#endif  // VERVET_MEMBER_SDK_SRC_CANONICAL_PLATFORM_ACCOUNT_H_
