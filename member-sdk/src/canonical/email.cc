#include "member-sdk/src/canonical/email.h"

#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/base/status_macros.h"
#include "member-sdk/src/canonical/email_providers.h"
#include "member-sdk/src/canonical/host.h"
#include "member-sdk/src/canonical/rules_versions.h"
#include "member-sdk/src/canonical/text.h"

namespace vervet::canonical {
namespace {

constexpr absl::string_view kField = "email";
constexpr size_t kMaxLocalPartBytes = 64;
constexpr size_t kMaxAddressBytes = 254;

struct Address {
  std::string local_part;
  std::string domain;
};

// RFC 5322 atext without the dot, and every non-ASCII character (RFC 6531).
bool IsAtomCharacter(char c) {
  return static_cast<unsigned char>(c) >= 0x80 || absl::ascii_isalnum(c) ||
         absl::StrContains("!#$%&'*+-/=?^_`{|}~", c);
}

absl::StatusOr<absl::string_view> WithoutMailto(absl::string_view text) {
  if (!absl::StartsWithIgnoreCase(text, "mailto:")) return text;
  text.remove_prefix(7);
  if (text.find_first_of("?%,") != absl::string_view::npos) {
    return Refuse(kField,
                  "a mailto link with parameters or percent-encoding; pass the address "
                  "alone");
  }
  return text;
}

absl::Status CheckLocalPart(absl::string_view local_part) {
  if (local_part.empty()) return Refuse(kField, "nothing stands before the @");
  if (local_part.front() == '"') {
    return Refuse(kField, "quoted local parts are not supported; pass the address without quotes");
  }
  for (char c : local_part) {
    if (c == '@') return Refuse(kField, "has more than one @; pass one address");
    if (c == '<' || c == ' ') {
      return Refuse(kField,
                    "has a display name or a space; pass only what stands between the "
                    "angle brackets");
    }
    if (c != '.' && !IsAtomCharacter(c)) {
      return Refuse(kField, "a character before the @ is not allowed in addresses (RFC 5322)");
    }
  }
  if (local_part.front() == '.' || local_part.back() == '.' ||
      absl::StrContains(local_part, "..")) {
    return Refuse(kField,
                  "a dot before the @ is the first, the last or doubled; check the address");
  }
  if (local_part.size() > kMaxLocalPartBytes) {
    return Refuse(kField, "more than 64 bytes before the @ (RFC 5321)");
  }
  return absl::OkStatus();
}

absl::StatusOr<Address> AddressV1(absl::string_view raw) {
  VERVET_ASSIGN_OR_RETURN(std::string clean, CleanText(raw, kField, kMaxRawBytes));
  // The two characters that NFKC turns into "@"; the domain is not NFKC-folded, because folding
  // would turn ß into ss, which is another domain.
  clean = absl::StrReplaceAll(clean, {{"＠", "@"}, {"﹫", "@"}});
  VERVET_ASSIGN_OR_RETURN(const absl::string_view text, WithoutMailto(clean));
  const size_t at = text.rfind('@');
  if (at == absl::string_view::npos) {
    return Refuse(kField, "has no @; pass a full address");
  }
  Address address;
  address.local_part = FoldText(text.substr(0, at));
  VERVET_RETURN_IF_ERROR(CheckLocalPart(address.local_part));
  VERVET_ASSIGN_OR_RETURN(address.domain, CanonicalHost(text.substr(at + 1), kField));
  if (address.local_part.size() + 1 + address.domain.size() > kMaxAddressBytes) {
    return Refuse(kField, "longer than 254 bytes (RFC 5321)");
  }
  return address;
}

}  // namespace

absl::StatusOr<CanonicalForm> CanonicalEmail(absl::string_view raw, uint32_t rules_version) {
  switch (rules_version) {
    case 1: {
      VERVET_ASSIGN_OR_RETURN(const Address address, AddressV1(raw));
      return CanonicalForm{SignatureType::kEmail, 1,
                           absl::StrCat(address.local_part, "@", address.domain)};
    }
    default:
      return UnknownRulesVersion(SignatureType::kEmail, rules_version);
  }
}

absl::StatusOr<CanonicalForm> CanonicalEmailAlias(absl::string_view raw, uint32_t rules_version) {
  switch (rules_version) {
    case 1: {
      VERVET_ASSIGN_OR_RETURN(const Address address, AddressV1(raw));
      return CanonicalForm{SignatureType::kEmailAlias, 1,
                           AliasV1(address.local_part, address.domain)};
    }
    default:
      return UnknownRulesVersion(SignatureType::kEmailAlias, rules_version);
  }
}

}  // namespace vervet::canonical
