#include "member-sdk/src/engine/identifier_forms.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace vervet::engine {
namespace {

canonical::IdentifierKind KindOf(IdentifierType type) {
  switch (type) {
    case IdentifierType::kPhone:
      return canonical::IdentifierKind::kPhone;
    case IdentifierType::kEmail:
      return canonical::IdentifierKind::kEmail;
    case IdentifierType::kPaymentAccount:
      return canonical::IdentifierKind::kPaymentAccount;
    case IdentifierType::kCryptoWallet:
      return canonical::IdentifierKind::kCryptoWallet;
    case IdentifierType::kPlatformAccount:
      return canonical::IdentifierKind::kPlatformAccount;
    case IdentifierType::kUrl:
      break;
  }
  return canonical::IdentifierKind::kUrl;
}

// The sets of versions to canonicalise with, so that every active version of every type is in one
// of them.
std::vector<canonical::RulesVersions> ActiveVersions(const TypeTable& types) {
  size_t most = 1;
  for (const auto& [type, announced] : types)
    most = std::max(most, announced.rules_versions.size());
  std::vector<canonical::RulesVersions> all(most);
  for (const auto& [type, announced] : types) {
    if (!v1::SignatureType_IsValid(type) || announced.rules_versions.empty()) continue;
    for (size_t i = 0; i < most; ++i) {
      const size_t at = std::min(i, announced.rules_versions.size() - 1);
      // An unknown version leaves the newest known one, which IsActive then filters.
      (void)all[i].Set(static_cast<canonical::SignatureType>(type), announced.rules_versions[at]);
    }
  }
  return all;
}

bool IsActive(const TypeTable& types, const Form& form) {
  const auto it = types.find(form.type);
  if (it == types.end()) return types.empty();
  const auto& versions = it->second.rules_versions;
  return std::find(versions.begin(), versions.end(), form.rules_version) != versions.end();
}

bool Has(const std::vector<Form>& forms, const Form& form) {
  return std::any_of(forms.begin(), forms.end(), [&](const Form& other) {
    return other.type == form.type && other.rules_version == form.rules_version &&
           other.text == form.text;
  });
}

}  // namespace

absl::StatusOr<std::vector<Form>> FormsOf(const Identifier& identifier,
                                          canonical::Strictness strictness,
                                          const TypeTable& types) {
  std::vector<Form> forms;
  for (const canonical::RulesVersions& versions : ActiveVersions(types)) {
    VERVET_ASSIGN_OR_RETURN(auto canonical,
                            canonical::Canonicalize(KindOf(identifier.type), identifier.value,
                                                    identifier.region, strictness, versions));
    for (canonical::CanonicalForm& form : canonical) {
      Form candidate{static_cast<v1::SignatureType>(form.type), form.rules_version,
                     std::move(form.text)};
      if (IsActive(types, candidate) && !Has(forms, candidate)) {
        forms.push_back(std::move(candidate));
      }
    }
  }
  if (forms.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "this coalition does not exchange signatures of type ", IdentifierTypeName(identifier.type),
        ", or only by rules that this SDK does not know: update the SDK"));
  }
  std::stable_sort(forms.begin(), forms.end(),
                   [](const Form& a, const Form& b) { return a.type < b.type; });
  return forms;
}

}  // namespace vervet::engine
