// From an identifier as the platform holds it to every form that the coalition's active rules give
// it.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_IDENTIFIER_FORMS_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_IDENTIFIER_FORMS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/views/signature_types.h"
#include "member-sdk/src/canonical/canonicalize.h"
#include "vervet/identifier.h"
#include "vervet/v1/types.pb.h"

namespace vervet::engine {

// What the log announced, by type.
using TypeTable = std::map<v1::SignatureType, views::SignatureTypes::Announcement>;

// A canonical form is still personal data. No operator<< on purpose.
struct Form {
  v1::SignatureType type = v1::SIGNATURE_TYPE_UNSPECIFIED;
  uint32_t rules_version = 0;
  std::string text;
  // Of one of the platform's own users, as it says; the hub is told how many of a request are.
  bool own_user = false;
};

// In ascending order of type, none twice; both versions' forms while a type has two active
// versions. An empty table (nothing synced yet) means the newest rules of this SDK. Announced rules
// that this SDK does not know are left out, where it knows others of the type. INVALID_ARGUMENT: no
// canonical form, with the reason and without the value. FAILED_PRECONDITION: the coalition does
// not exchange such signatures, or by rules that this SDK does not know.
absl::StatusOr<std::vector<Form>> FormsOf(const Identifier& identifier,
                                          canonical::Strictness strictness, const TypeTable& types);

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_IDENTIFIER_FORMS_H_
