#include "member-sdk/src/canonical/platform_account.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/base/status_macros.h"
#include "member-sdk/src/canonical/host.h"
#include "member-sdk/src/canonical/rules_versions.h"
#include "member-sdk/src/canonical/text.h"

namespace vervet::canonical {
namespace {

constexpr absl::string_view kField = "platform account";
constexpr size_t kMaxAccountBytes = 128;

bool IsAllDigits(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

absl::StatusOr<std::string> AccountV1(absl::string_view text) {
  std::string account = FoldText(absl::StripAsciiWhitespace(text));
  if (account.size() > 1 && account.front() == '@' && !IsAllDigits(account.substr(1))) {
    account.erase(0, 1);
  }
  if (account.empty() || account == "@") {
    return Refuse(kField, "the account is missing; write platform-domain:account");
  }
  if (account.size() > kMaxAccountBytes) {
    return Refuse(kField, "the account is longer than 128 bytes; pass the id alone");
  }
  if (account.find_first_of(" /?#") != std::string::npos) {
    return Refuse(kField, "the account contains a space or a part of a URL; pass the id alone");
  }
  if (account.front() == '@' && !IsAllDigits(account.substr(1))) {
    return Refuse(kField, "the account begins with more than one @; pass the handle alone");
  }
  return account;
}

absl::StatusOr<std::string> PlatformAccountV1(absl::string_view raw) {
  VERVET_ASSIGN_OR_RETURN(std::string clean, CleanText(raw, kField, kMaxRawBytes));
  clean = absl::StrReplaceAll(clean, {{"：", ":"}, {"／", "/"}});
  if (absl::StrContains(clean, "://")) {
    return Refuse(kField, "is a URL; write platform-domain:account, or pass it as a URL");
  }
  const size_t separator = clean.find_first_of(":/");
  if (separator == std::string::npos) {
    return Refuse(kField, "names no platform; write platform-domain:account");
  }
  const absl::string_view text = clean;
  VERVET_ASSIGN_OR_RETURN(
      const std::string host,
      CanonicalHost(absl::StripAsciiWhitespace(text.substr(0, separator)), kField));
  VERVET_ASSIGN_OR_RETURN(const std::string account, AccountV1(text.substr(separator + 1)));
  return absl::StrCat(WithoutWww(host), ":", account);
}

}  // namespace

absl::StatusOr<CanonicalForm> CanonicalPlatformAccount(absl::string_view raw,
                                                       uint32_t rules_version) {
  switch (rules_version) {
    case 1: {
      VERVET_ASSIGN_OR_RETURN(std::string text, PlatformAccountV1(raw));
      return CanonicalForm{SignatureType::kPlatformAccount, 1, std::move(text)};
    }
    default:
      return UnknownRulesVersion(SignatureType::kPlatformAccount, rules_version);
  }
}

}  // namespace vervet::canonical
