// Which version of the rules is in force for each signature type. The hub's log names it; this SDK
// knows the versions listed here and refuses any other instead of guessing.
#ifndef VERVET_MEMBER_SDK_SRC_CANONICAL_RULES_VERSIONS_H_
#define VERVET_MEMBER_SDK_SRC_CANONICAL_RULES_VERSIONS_H_

#include <array>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "member-sdk/src/canonical/canonical_form.h"

namespace vervet::canonical {

// Newest version of each type that this SDK can compute. A change of any rule that changes any
// canonical text is a new version: add `case 2` beside `case 1` in that type's source file, keep
// version 1 working, add golden vectors, and raise the number here.
inline constexpr uint32_t kPhoneRulesVersion = 1;
inline constexpr uint32_t kEmailRulesVersion = 1;
inline constexpr uint32_t kEmailAliasRulesVersion = 1;
inline constexpr uint32_t kPaymentAccountRulesVersion = 1;
inline constexpr uint32_t kCryptoWalletRulesVersion = 1;
inline constexpr uint32_t kPlatformAccountRulesVersion = 1;
inline constexpr uint32_t kUrlRulesVersion = 1;

// The active version per type. Starts with the newest that this SDK knows; while the coalition
// changes from one version to the next, the caller holds two of these and evaluates both.
// A value type; not synchronised.
class RulesVersions {
 public:
  RulesVersions();

  uint32_t Get(SignatureType type) const;

  // FAILED_PRECONDITION where this SDK does not know `version` of `type`; nothing changes then.
  absl::Status Set(SignatureType type, uint32_t version);

 private:
  std::array<uint32_t, 8> versions_;  // indexed by the wire number
};

// Name of a type as error messages and pages write it, for example "phone".
absl::string_view TypeName(SignatureType type);

// What every type's function answers for a version it has no case for: FAILED_PRECONDITION with
// both numbers and the remedy (update the SDK).
absl::Status UnknownRulesVersion(SignatureType type, uint32_t version);

}  // namespace vervet::canonical

#endif  // VERVET_MEMBER_SDK_SRC_CANONICAL_RULES_VERSIONS_H_
