// Web addresses of listings, shops and profiles.
//
// Rules, version 1
//   Result       "https://host/path?query" of an http or https URL; the two schemes are one, since
//                sites answer on both.
//   Host         UTS 46 to ASCII, "www." dropped. Ports 80 and 443 are dropped, others stay.
//   Path         RFC 3986 6.2.2: dot segments removed, escapes in upper case, unreserved characters
//                unescaped, everything a browser would escape escaped. Case stays. Trailing slashes
//                go, except the root's.
//   Query        tracking parameters removed (the list in url.cc), the others in the order of their
//                names; repeated names keep their order; empty ones go.
//   Fragment     dropped; one that is a route ("#/…", "#!…") is refused, because without it every
//                page of that site would be the same.
//   Refused      other schemes or none, user names and passwords (never to be hashed), IP addresses
//                (they change hands), white space, backslashes, broken escapes, escaped control
//                characters.
//   Limits       8,192 bytes raw, 2,048 canonical.
#ifndef VERVET_MEMBER_SDK_SRC_CANONICAL_URL_H_
#define VERVET_MEMBER_SDK_SRC_CANONICAL_URL_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "member-sdk/src/canonical/canonical_form.h"

namespace vervet::canonical {

// INVALID_ARGUMENT with reason and remedy; FAILED_PRECONDITION for an unknown version. Thread-safe.
absl::StatusOr<CanonicalForm> CanonicalUrl(absl::string_view raw, uint32_t rules_version);

}  // namespace vervet::canonical

#endif  // VERVET_MEMBER_SDK_SRC_CANONICAL_URL_H_
