#include "member-sdk/src/canonical/payment.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/status_macros.h"
#include "member-sdk/src/canonical/checksums/card_number.h"
#include "member-sdk/src/canonical/checksums/iban.h"
#include "member-sdk/src/canonical/email.h"
#include "member-sdk/src/canonical/phone.h"
#include "member-sdk/src/canonical/rules_versions.h"
#include "member-sdk/src/canonical/text.h"

namespace vervet::canonical {
namespace {

constexpr absl::string_view kField = "payment account";
constexpr absl::string_view kSchemes = "iban, bank, upi, paypal, alipay, wechatpay or mpesa";

// An account of one scheme and what its rule may ask for.
struct Account {
  absl::string_view text;  // after NFKC, trimmed, case as written
  absl::string_view region;
  Strictness strictness;
};

bool AllOf(absl::string_view text, bool (*predicate)(unsigned char)) {
  return std::all_of(text.begin(), text.end(),
                     [=](char c) { return predicate(static_cast<unsigned char>(c)); });
}

// Without the characters that people group digits with, in upper case.
std::string Compact(absl::string_view text) {
  std::string compact;
  for (char c : text) {
    if (!absl::StrContains(" -.", c)) compact.push_back(absl::ascii_toupper(c));
  }
  return compact;
}

absl::StatusOr<std::string> Iban(const Account& account) {
  switch (CheckIban(Compact(account.text))) {
    case IbanCheck::kValid:
      return absl::StrCat("iban:", Compact(account.text));
    case IbanCheck::kNotAnIban:
      return Refuse(kField, "not an IBAN: two letters, two digits, then letters and digits");
    case IbanCheck::kUnknownCountry:
      return Refuse(kField,
                    "the IBAN's country is not in the ISO 13616 registry; use bank:BIC:ACCOUNT");
    case IbanCheck::kWrongLength:
      return Refuse(kField, "the IBAN has not the length of its country; check it");
    case IbanCheck::kWrongCheckDigits:
      break;
  }
  return Refuse(kField, "the IBAN's check digits are wrong; check it for a typing mistake");
}

absl::StatusOr<std::string> Bank(const Account& account) {
  constexpr absl::string_view kShape =
      "bank accounts are written bank:BIC:ACCOUNT (BIC of 8 or 11, "
      "account of 4 to 34 letters and digits)";
  const size_t colon = account.text.find(':');
  if (colon == absl::string_view::npos) return Refuse(kField, kShape);
  const std::string bic = Compact(account.text.substr(0, colon));
  const std::string number = Compact(account.text.substr(colon + 1));
  // ISO 9362: four letters or digits, two letters of country, two of place, three of branch.
  const bool bic_is_well_formed = (bic.size() == 8 || bic.size() == 11) &&
                                  AllOf(bic, absl::ascii_isalnum) &&
                                  AllOf(bic.substr(4, 2), absl::ascii_isalpha);
  const bool number_is_well_formed =
      number.size() >= 4 && number.size() <= 34 && AllOf(number, absl::ascii_isalnum);
  if (!bic_is_well_formed || !number_is_well_formed) return Refuse(kField, kShape);
  return absl::StrCat("bank:", bic.substr(0, 8), ":", number);
}

absl::StatusOr<std::string> Upi(const Account& account) {
  const std::string address = absl::AsciiStrToLower(account.text);
  const size_t at = address.find('@');
  const std::string name = address.substr(0, at);
  const std::string provider = at == std::string::npos ? "" : address.substr(at + 1);
  const auto is_name_character = [](char c) {
    return absl::ascii_isalnum(c) || absl::StrContains("._-", c);
  };
  if (name.size() < 2 || name.size() > 255 || provider.size() < 2 || provider.size() > 64 ||
      !std::all_of(name.begin(), name.end(), is_name_character) ||
      !absl::ascii_isalpha(provider.front()) || !AllOf(provider, absl::ascii_isalnum)) {
    return Refuse(kField,
                  "a UPI address is name@provider, without a dot after the @; pass it alone");
  }
  return absl::StrCat("upi:", address);
}

absl::StatusOr<std::string> EmailOf(absl::string_view scheme, const Account& account) {
  VERVET_ASSIGN_OR_RETURN(const CanonicalForm email, CanonicalEmail(account.text, 1));
  return absl::StrCat(scheme, ":", email.text);
}

absl::StatusOr<std::string> PhoneOf(absl::string_view scheme, const Account& account) {
  VERVET_ASSIGN_OR_RETURN(const CanonicalForm phone,
                          CanonicalPhone(account.text, account.region, account.strictness, 1));
  return absl::StrCat(scheme, ":", phone.text);
}

absl::StatusOr<std::string> Paypal(const Account& account) {
  if (absl::StrContains(account.text, '@')) return EmailOf("paypal", account);
  const std::string lower = absl::AsciiStrToLower(account.text);
  absl::string_view name = lower;
  absl::ConsumePrefix(&name, "https://");
  absl::ConsumePrefix(&name, "www.");
  const bool is_link =
      absl::ConsumePrefix(&name, "paypal.me/") || absl::ConsumePrefix(&name, "me/");
  absl::ConsumeSuffix(&name, "/");
  if (!is_link || name.empty() || name.size() > 20 || !AllOf(name, absl::ascii_isalnum)) {
    return Refuse(kField, "a PayPal account is an e-mail address or paypal.me/name");
  }
  return absl::StrCat("paypal:me/", name);
}

bool IsAlipayId(absl::string_view text) {
  return text.size() == 16 && absl::StartsWith(text, "2088") && AllOf(text, absl::ascii_isdigit);
}

absl::StatusOr<std::string> Alipay(const Account& account) {
  if (IsAlipayId(account.text)) return absl::StrCat("alipay:", account.text);
  if (absl::StrContains(account.text, '@')) return EmailOf("alipay", account);
  return PhoneOf("alipay", account);
}

absl::StatusOr<std::string> WechatPay(const Account& account) {
  if (!absl::ascii_isalpha(account.text.front())) return PhoneOf("wechatpay", account);
  const std::string id = absl::AsciiStrToLower(account.text);
  const auto is_id_character = [](char c) {
    return absl::ascii_isalnum(c) || c == '_' || c == '-';
  };
  // Generated ids ("wxid_…") are longer than the 20 characters that people may choose.
  if (id.size() < 6 || id.size() > 32 || !std::all_of(id.begin(), id.end(), is_id_character)) {
    return Refuse(kField,
                  "a WeChat id has 6 to 32 letters, digits, _ or -; a phone number needs + or "
                  "a region");
  }
  return absl::StrCat("wechatpay:", id);
}

bool MayHoldACard(absl::string_view scheme, const Account& account) {
  if (scheme == "alipay" && IsAlipayId(account.text)) return false;
  if (absl::StartsWith(account.text, "+") && !absl::StrContains(account.text, '@')) return false;
  return !(scheme == "iban" && CheckIban(Compact(account.text)) == IbanCheck::kValid);
}

absl::Status RefuseCard() {
  return Refuse(kField,
                "looks like a payment card number (13 to 19 digits that pass the Luhn check); "
                "card numbers must never be shared, remove it from this data");
}

absl::StatusOr<std::string> PaymentAccountV1(absl::string_view raw, absl::string_view region,
                                             Strictness strictness) {
  VERVET_ASSIGN_OR_RETURN(const std::string clean, CleanText(raw, kField, kMaxRawBytes));
  const std::string text = CompatibilityText(clean);
  const absl::string_view whole = text;
  const size_t colon = whole.find(':');
  std::string scheme;
  Account account{whole, region, strictness};
  if (colon != absl::string_view::npos) {
    scheme = absl::AsciiStrToLower(absl::StripAsciiWhitespace(whole.substr(0, colon)));
    account.text = absl::StripAsciiWhitespace(whole.substr(colon + 1));
  } else if (absl::StartsWithIgnoreCase(whole, "iban ")) {
    scheme = "iban";
    account.text = absl::StripAsciiWhitespace(whole.substr(5));
  } else if (CheckIban(Compact(whole)) == IbanCheck::kValid) {
    scheme = "iban";
  }
  // The whole text, too: a card number before the colon is still one.
  if (MayHoldACard(scheme, account) && ContainsCardNumber(whole)) return RefuseCard();
  if (scheme == "card") return RefuseCard();
  if (scheme.empty()) {
    return Refuse(kField, absl::StrCat("no scheme and not a valid IBAN; write scheme:account, with "
                                       "scheme one of ",
                                       kSchemes));
  }
  if (account.text.empty()) return Refuse(kField, "nothing follows the scheme");
  if (scheme == "iban") return Iban(account);
  if (scheme == "bank") return Bank(account);
  if (scheme == "upi") return Upi(account);
  if (scheme == "paypal") return Paypal(account);
  if (scheme == "alipay") return Alipay(account);
  if (scheme == "wechatpay") return WechatPay(account);
  if (scheme == "mpesa") return PhoneOf("mpesa", account);
  return Refuse(kField, absl::StrCat("the scheme is not supported; use one of ", kSchemes));
}

}  // namespace

absl::StatusOr<CanonicalForm> CanonicalPaymentAccount(absl::string_view raw,
                                                      absl::string_view region,
                                                      Strictness strictness,
                                                      uint32_t rules_version) {
  switch (rules_version) {
    case 1: {
      VERVET_ASSIGN_OR_RETURN(std::string text, PaymentAccountV1(raw, region, strictness));
      return CanonicalForm{SignatureType::kPaymentAccount, 1, std::move(text)};
    }
    default:
      return UnknownRulesVersion(SignatureType::kPaymentAccount, rules_version);
  }
}

}  // namespace vervet::canonical
