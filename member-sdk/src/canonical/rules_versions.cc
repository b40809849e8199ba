#include "member-sdk/src/canonical/rules_versions.h"

#include "absl/strings/str_cat.h"

namespace vervet::canonical {
namespace {

uint32_t NewestVersion(SignatureType type) {
  switch (type) {
    case SignatureType::kPhone:
      return kPhoneRulesVersion;
    case SignatureType::kEmail:
      return kEmailRulesVersion;
    case SignatureType::kEmailAlias:
      return kEmailAliasRulesVersion;
    case SignatureType::kPaymentAccount:
      return kPaymentAccountRulesVersion;
    case SignatureType::kCryptoWallet:
      return kCryptoWalletRulesVersion;
    case SignatureType::kPlatformAccount:
      return kPlatformAccountRulesVersion;
    case SignatureType::kUrl:
      return kUrlRulesVersion;
  }
  return 0;  // a number from the wire that names no type
}

}  // namespace

RulesVersions::RulesVersions() {
  versions_.fill(0);
  for (uint32_t type = 1; type < versions_.size(); ++type) {
    versions_[type] = NewestVersion(static_cast<SignatureType>(type));
  }
}

uint32_t RulesVersions::Get(SignatureType type) const {
  const auto index = static_cast<uint32_t>(type);
  return index < versions_.size() ? versions_[index] : 0;
}

absl::Status RulesVersions::Set(SignatureType type, uint32_t version) {
  if (version == 0 || version > NewestVersion(type)) return UnknownRulesVersion(type, version);
  versions_[static_cast<uint32_t>(type)] = version;
  return absl::OkStatus();
}

absl::string_view TypeName(SignatureType type) {
  switch (type) {
    case SignatureType::kPhone:
      return "phone";
    case SignatureType::kEmail:
      return "email";
    case SignatureType::kEmailAlias:
      return "email alias";
    case SignatureType::kPaymentAccount:
      return "payment account";
    case SignatureType::kCryptoWallet:
      return "crypto wallet";
    case SignatureType::kPlatformAccount:
      return "platform account";
    case SignatureType::kUrl:
      return "url";
  }
  return "unknown type";
}

absl::Status UnknownRulesVersion(SignatureType type, uint32_t version) {
  return absl::FailedPreconditionError(absl::StrCat(
      TypeName(type), ": the coalition asks for version ", version,
      " of the canonical rules, this SDK knows 1 to ", NewestVersion(type), "; update the SDK"));
}

}  // namespace vervet::canonical
