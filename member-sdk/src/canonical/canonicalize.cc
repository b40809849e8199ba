#include "member-sdk/src/canonical/canonicalize.h"

#include <utility>

#include "core/base/status_macros.h"
#include "member-sdk/src/canonical/email.h"
#include "member-sdk/src/canonical/payment.h"
#include "member-sdk/src/canonical/phone.h"
#include "member-sdk/src/canonical/platform_account.h"
#include "member-sdk/src/canonical/url.h"
#include "member-sdk/src/canonical/wallet.h"

namespace vervet::canonical {
namespace {

absl::StatusOr<CanonicalForm> CanonicalOfType(SignatureType type, absl::string_view raw,
                                              absl::string_view region, Strictness strictness,
                                              uint32_t version) {
  switch (type) {
    case SignatureType::kPhone:
      return CanonicalPhone(raw, region, strictness, version);
    case SignatureType::kEmail:
      return CanonicalEmail(raw, version);
    case SignatureType::kEmailAlias:
      return CanonicalEmailAlias(raw, version);
    case SignatureType::kPaymentAccount:
      return CanonicalPaymentAccount(raw, region, strictness, version);
    case SignatureType::kCryptoWallet:
      return CanonicalCryptoWallet(raw, version);
    case SignatureType::kPlatformAccount:
      return CanonicalPlatformAccount(raw, version);
    case SignatureType::kUrl:
      return CanonicalUrl(raw, version);
  }
  return absl::InvalidArgumentError("type: not a signature type that has a canonical form");
}

std::vector<SignatureType> TypesOf(IdentifierKind kind) {
  switch (kind) {
    case IdentifierKind::kPhone:
      return {SignatureType::kPhone};
    case IdentifierKind::kEmail:
      return {SignatureType::kEmail, SignatureType::kEmailAlias};
    case IdentifierKind::kPaymentAccount:
      return {SignatureType::kPaymentAccount};
    case IdentifierKind::kCryptoWallet:
      return {SignatureType::kCryptoWallet};
    case IdentifierKind::kPlatformAccount:
      return {SignatureType::kPlatformAccount};
    case IdentifierKind::kUrl:
      return {SignatureType::kUrl};
  }
  return {};
}

}  // namespace

absl::StatusOr<std::vector<CanonicalForm>> Canonicalize(IdentifierKind kind, absl::string_view raw,
                                                        absl::string_view region,
                                                        Strictness strictness,
                                                        const RulesVersions& versions) {
  std::vector<CanonicalForm> forms;
  for (SignatureType type : TypesOf(kind)) {
    VERVET_ASSIGN_OR_RETURN(CanonicalForm form,
                            CanonicalOfType(type, raw, region, strictness, versions.Get(type)));
    forms.push_back(std::move(form));
  }
  if (forms.empty()) return absl::InvalidArgumentError("kind: not a known kind of identifier");
  return forms;
}

}  // namespace vervet::canonical
