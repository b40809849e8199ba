// What an identifier becomes before it is blinded: one text per person and type, whatever notation
// the platform happened to hold.
#ifndef VERVET_MEMBER_SDK_SRC_CANONICAL_CANONICAL_FORM_H_
#define VERVET_MEMBER_SDK_SRC_CANONICAL_CANONICAL_FORM_H_

#include <cstdint>
#include <string>

namespace vervet::canonical {

// Wire numbers: the same as vervet.v1.SignatureType. They enter the VOPRF input, so a number is
// never given a second meaning.
enum class SignatureType : uint32_t {
  kPhone = 1,
  kEmail = 2,
  kEmailAlias = 3,
  kPaymentAccount = 4,
  kCryptoWallet = 5,
  kPlatformAccount = 6,
  kUrl = 7,
};

// A canonical form is still personal data: it is hashed on the platform and never sent, logged or
// printed (hence no operator<<). `text` is UTF-8, at most kMaxCanonicalBytes long.
struct CanonicalForm {
  SignatureType type;
  uint32_t rules_version;  // ours, not a library's: part of the VOPRF input
  std::string text;

  friend bool operator==(const CanonicalForm& a, const CanonicalForm& b) {
    return a.type == b.type && a.rules_version == b.rules_version && a.text == b.text;
  }
};

// How sure the form must be. Both give the same text; kContribute refuses more.
enum class Strictness {
  kCheck,       // looking a platform's own user up: a wrong form merely matches nothing
  kContribute,  // accusing someone before the coalition: the identifier must be valid, not just
                // well-formed (phones: libphonenumber's IsValidNumber)
};

// Longest canonical text of any type, in bytes. URLs reach it; the others stay below 320.
inline constexpr uint32_t kMaxCanonicalBytes = 2048;

// Longest raw input, in bytes of UTF-8. A URL may carry tracking parameters that do not survive.
inline constexpr uint32_t kMaxRawBytes = 1024;
inline constexpr uint32_t kMaxRawUrlBytes = 8192;

}  // namespace vervet::canonical

#endif  // VERVET_MEMBER_SDK_SRC_CANONICAL_CANONICAL_FORM_H_
