// What holds of every identifier and its canonical forms.
#ifndef VERVET_TESTS_FUZZ_CANONICAL_PROPERTIES_H_
#define VERVET_TESTS_FUZZ_CANONICAL_PROPERTIES_H_

#include "absl/strings/string_view.h"
#include "member-sdk/src/canonical/canonicalize.h"

namespace vervet::fuzz {

// A form is its own form, short, printable UTF-8, and the same however strict the question; a
// refusal repeats nothing of `raw`.
void CheckCanonical(canonical::IdentifierKind kind, absl::string_view raw,
                    absl::string_view region);

}  // namespace vervet::fuzz

#endif  // VERVET_TESTS_FUZZ_CANONICAL_PROPERTIES_H_
