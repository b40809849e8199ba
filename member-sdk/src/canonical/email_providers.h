// What mailbox providers say about addresses that reach the same mailbox. Only what a provider
// documents is here: a wrong rule merges two people. Changing a row is a new rules version.
#ifndef VERVET_MEMBER_SDK_SRC_CANONICAL_EMAIL_PROVIDERS_H_
#define VERVET_MEMBER_SDK_SRC_CANONICAL_EMAIL_PROVIDERS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace vervet::canonical {

struct ProviderRule {
  absl::string_view domain;          // as the address has it
  absl::string_view mailbox_domain;  // the one that stands for all domains of the same mailbox
  absl::string_view ignored;         // characters that the provider drops from the local part
  bool drops_plus_tag;
  bool dot_is_hyphen;
};

// Version 1's row for `domain`, or nullptr. Static storage.
const ProviderRule* FindProviderV1(absl::string_view domain);

// True where a tag behind this name tells different people apart ("support+ticket", "noreply+id").
bool IsRoleNameV1(absl::string_view local_part);

// The alias form of `local_part`@`domain`, both canonical.
std::string AliasV1(absl::string_view local_part, absl::string_view domain);

}  // namespace vervet::canonical

#endif  // VERVET_MEMBER_SDK_SRC_CANONICAL_EMAIL_PROVIDERS_H_
