#include "member-sdk/cli/identifiers.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "core/cli/text.h"
#include "member-sdk/cli/config.h"

namespace vervet::member_cli {
namespace {

constexpr IdentifierType kTypes[] = {
    IdentifierType::kPhone,           IdentifierType::kEmail,
    IdentifierType::kPaymentAccount,  IdentifierType::kCryptoWallet,
    IdentifierType::kPlatformAccount, IdentifierType::kUrl};

// Shorter values ("0x", "1") would tear ordinary words apart, and say nothing of anybody.
constexpr size_t kShortestWithheld = 4;

}  // namespace

void IdentifierFlags::DeclareFlags(cli::FlagSet& flags) {
  flags.StringList("phone", "NUMBER", "a phone number in any notation", &phones_);
  flags.String("region", "XX", "region of phone numbers without a leading \"+\", such as GB",
               &region_);
  flags.StringList("email", "ADDRESS", "an e-mail address", &emails_);
  flags.StringList("payment-account", "ACCOUNT",
                   "\"iban:...\", \"upi:...\", ...; card numbers are refused", &payment_accounts_);
  flags.StringList("wallet", "ADDRESS", "a crypto wallet: \"bitcoin:...\", \"0x...\", ...",
                   &wallets_);
  flags.StringList("account", "PLATFORM:ID", "a platform's domain and its stable account id",
                   &accounts_);
  flags.StringList("url", "URL", "an address on the web", &urls_);
}

bool IdentifierFlags::any() const {
  return !phones_.empty() || !emails_.empty() || !payment_accounts_.empty() || !wallets_.empty() ||
         !accounts_.empty() || !urls_.empty();
}

absl::StatusOr<std::vector<NamedIdentifier>> IdentifierFlags::Collect(
    const std::string& default_region) const {
  const std::string region = absl::AsciiStrToUpper(region_);
  if (!region.empty() && !IsRegion(region)) {
    return absl::InvalidArgumentError(
        "--region: must be two letters (ISO 3166-1 alpha-2), such as GB");
  }
  std::vector<NamedIdentifier> collected;
  const std::pair<IdentifierType, const std::vector<std::string>*> given[] = {
      {IdentifierType::kPhone, &phones_},
      {IdentifierType::kEmail, &emails_},
      {IdentifierType::kPaymentAccount, &payment_accounts_},
      {IdentifierType::kCryptoWallet, &wallets_},
      {IdentifierType::kPlatformAccount, &accounts_},
      {IdentifierType::kUrl, &urls_}};
  for (const auto& [type, values] : given) {
    for (size_t i = 0; i < values->size(); ++i) {
      NamedIdentifier one;
      one.name = IdentifierTypeName(type);
      if (values->size() > 1) absl::StrAppend(&one.name, " ", i + 1);
      one.identifier.type = type;
      one.identifier.value = (*values)[i];
      if (one.identifier.value.empty())
        return absl::InvalidArgumentError(absl::StrCat(one.name, ": is empty"));
      if (type == IdentifierType::kPhone)
        one.identifier.region = region.empty() ? default_region : region;
      collected.push_back(std::move(one));
    }
  }
  return collected;
}

std::vector<std::string> IdentifierTypeNames() {
  std::vector<std::string> names;
  for (IdentifierType type : kTypes) names.emplace_back(IdentifierTypeName(type));
  return names;
}

std::optional<IdentifierType> ParseIdentifierType(absl::string_view name) {
  const std::string spelled = cli::ChoiceSpelling(name);
  for (IdentifierType type : kTypes) {
    if (spelled == IdentifierTypeName(type)) return type;
  }
  return std::nullopt;
}

std::vector<Identifier> WithoutNames(const std::vector<NamedIdentifier>& named) {
  std::vector<Identifier> identifiers;
  for (const NamedIdentifier& one : named) identifiers.push_back(one.identifier);
  return identifiers;
}

std::string Explain(absl::string_view message, const std::vector<NamedIdentifier>& named) {
  std::string explained(message);
  for (const NamedIdentifier& one : named) {
    if (one.identifier.value.size() < kShortestWithheld) continue;
    explained = absl::StrReplaceAll(explained, {{one.identifier.value, "[withheld]"}});
  }
  absl::string_view rest = explained;
  if (!absl::ConsumePrefix(&rest, "identifiers[")) return explained;
  const size_t close = rest.find(']');
  size_t index = 0;
  if (close == absl::string_view::npos || !absl::SimpleAtoi(rest.substr(0, close), &index) ||
      index >= named.size()) {
    return explained;
  }
  rest.remove_prefix(close + 1);
  // "identifiers[0].region: ..." and "identifiers[0]: phone: ..." both occur.
  if (!absl::ConsumePrefix(&rest, ": ")) absl::ConsumePrefix(&rest, ".");
  absl::ConsumePrefix(&rest, absl::StrCat(IdentifierTypeName(named[index].identifier.type), ": "));
  return absl::StrCat(named[index].name, ": ", absl::StripLeadingAsciiWhitespace(rest));
}

std::string NamePart(absl::string_view explained, const std::vector<NamedIdentifier>& named) {
  for (const NamedIdentifier& one : named) {
    if (absl::StartsWith(explained, absl::StrCat(one.name, ": "))) return one.name;
  }
  return "";
}

}  // namespace vervet::member_cli
