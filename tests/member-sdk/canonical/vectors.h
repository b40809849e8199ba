// Golden vectors and refusals, checked the same way for every type.
#ifndef VERVET_TESTS_MEMBER_SDK_CANONICAL_VECTORS_H_
#define VERVET_TESTS_MEMBER_SDK_CANONICAL_VECTORS_H_

#include <initializer_list>
#include <string>

#include "member-sdk/src/canonical/canonicalize.h"

namespace vervet::canonical {

struct Golden {
  std::string raw;
  std::string text;
  std::string region = "";
};

// What the refusal's message must say, so that a vector cannot pass for another reason.
struct Refused {
  std::string raw;
  std::string says;
  std::string region = "";
};

// The form of `type` that `kind` gives under the newest rules, or the refusal.
absl::StatusOr<CanonicalForm> FormOf(IdentifierKind kind, SignatureType type, absl::string_view raw,
                                     absl::string_view region = "",
                                     Strictness strictness = Strictness::kContribute);

// Each raw text gives its canonical text, with either strictness; the canonical text gives itself.
void ExpectGolden(IdentifierKind kind, SignatureType type, std::initializer_list<Golden> vectors);

// Each is INVALID_ARGUMENT, for the reason named, with a message that quotes nothing of it.
void ExpectRefused(IdentifierKind kind, std::initializer_list<Refused> vectors,
                   Strictness strictness = Strictness::kCheck);

// Fails where `message` contains `raw`, or a word or digit group of it that could identify.
void ExpectQuotesNothing(absl::string_view message, absl::string_view raw);

}  // namespace vervet::canonical

#endif  // VERVET_TESTS_MEMBER_SDK_CANONICAL_VECTORS_H_
