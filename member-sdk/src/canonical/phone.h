// Telephone numbers.
//
// Rules, version 1
//   Result       E.164, "+" and 5 to 17 digits ("+85512345678"), through libphonenumber.
//   Read         ASCII, full-width, Arabic-Indic and every other decimal digit; spaces, dashes,
//                dots, slashes, tildes, round and square brackets are dropped; circled digits count
//                as digits (NFKC); "tel:" URIs without parameters (RFC 3966).
//   Country      a leading "+", or an explicit region (ISO 3166-1 alpha-2). With "+", the region
//                does not matter.
//   Without "+"  what the region dials: national format with or without trunk prefix. Where
//                libphonenumber reads an international prefix ("00", "011"), or a country code
//                without "+", the result must be valid, and a leading "00" must not have a second
//                possible reading: "00855…" in Cambodia dials Brazil (00x is a carrier prefix
//                there), while its writer meant +855.
//   Contribute   also IsValidNumber: a mistyped number accuses a stranger.
//   Lengths      possible for the country, or valid (Canada's 310-1234 has no area code, and is).
//   Stable       the E.164 text reads back to itself. "+54 11 15…" gives +54911…, "+52 1…" gives
//                +52…, Italy's leading zero stays.
//   Refused      extensions (a switchboard is shared by people who did nothing), letters (vanity
//                numbers), dialling pauses and service codes (* #), short and local-only numbers,
//                numbers of zeros alone, more than 24 digits.
//
// libphonenumber's metadata changes with numbering plans; the rules version does not follow it.
// A member with old metadata refuses, or fails to match, a new number range, until it updates.
#ifndef VERVET_MEMBER_SDK_SRC_CANONICAL_PHONE_H_
#define VERVET_MEMBER_SDK_SRC_CANONICAL_PHONE_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "member-sdk/src/canonical/canonical_form.h"

namespace vervet::canonical {

// `region` is empty where the platform does not know it; upper or lower case.
// INVALID_ARGUMENT with reason and remedy; FAILED_PRECONDITION for an unknown `rules_version`.
// Thread-safe. Costs 1.2 to 2.3 times libphonenumber's Parse and Format (some 10 µs here).
absl::StatusOr<CanonicalForm> CanonicalPhone(absl::string_view raw, absl::string_view region,
                                             Strictness strictness, uint32_t rules_version);

}  // namespace vervet::canonical

#endif  // VERVET_MEMBER_SDK_SRC_CANONICAL_PHONE_H_
