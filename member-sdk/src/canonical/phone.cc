#include "member-sdk/src/canonical/phone.h"

#include <phonenumbers/phonenumberutil.h>
#include <unicode/uchar.h>

#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "member-sdk/src/canonical/rules_versions.h"
#include "member-sdk/src/canonical/text.h"

namespace vervet::canonical {
namespace {

using ::i18n::phonenumbers::PhoneNumber;
using ::i18n::phonenumbers::PhoneNumberUtil;

constexpr absl::string_view kField = "phone";
// 17 national digits at most in libphonenumber, 3 of country code, and room for a long
// international prefix with a carrier's code.
constexpr size_t kMaxDigits = 24;

// Thread-safe. Its messages may quote a number, so its logger must stay the silent default: nothing
// here sets one.
const PhoneNumberUtil& Library() { return *PhoneNumberUtil::GetInstance(); }

bool IsSupportedRegion(const std::string& region) {
  static const std::set<std::string>& regions = *[] {
    auto* filled = new std::set<std::string>;
    Library().GetSupportedRegions(filled);
    return filled;
  }();
  return regions.count(region) != 0;
}

// libphonenumber's VALID_PUNCTUATION, as a predicate.
bool IsSeparator(char32_t c) {
  const auto category = u_charType(static_cast<UChar32>(c));
  if (category == U_SPACE_SEPARATOR || category == U_DASH_PUNCTUATION) return true;
  switch (c) {
    case U'.':
    case U'/':
    case U'(':
    case U')':
    case U'[':
    case U']':
    case U'~':
    case U'⁓':
    case U'∼':
    case U'−':   // minus sign
    case U'ー':  // prolonged sound mark, typed for a dash on Japanese keyboards
      return true;
    default:
      return false;
  }
}

absl::Status RefuseCharacter(char32_t c) {
  switch (c) {
    case U';':
    case U',':
    case U'#':
      return Refuse(kField,
                    "has an extension, a URI parameter or a dialling pause; a switchboard's number "
                    "is shared, so give the person's direct number");
    case U'+':
      return Refuse(kField, "a plus sign may only stand once, at the start; pass one number");
    default:
      break;
  }
  if (u_isalpha(static_cast<UChar32>(c))) {
    return Refuse(kField, "contains letters; spell the number in digits, without an extension");
  }
  return Refuse(kField,
                "contains a character that telephone numbers do not have; pass the number "
                "alone");
}

// "+" where there was one, and the digits, of a text that went through CompatibilityText.
absl::StatusOr<std::string> DialledDigits(absl::string_view text) {
  std::string digits;
  for (char32_t c : CodePoints(text)) {
    if (c >= U'0' && c <= U'9') {
      digits.push_back(static_cast<char>(c));
    } else if (c == U'+' && digits.empty()) {
      digits.push_back('+');
    } else if (!IsSeparator(c)) {
      return RefuseCharacter(c);
    }
  }
  if (digits.empty() || digits == "+") return Refuse(kField, "contains no digits");
  if (digits.size() > kMaxDigits) {
    return Refuse(kField, absl::StrCat("longer than ", kMaxDigits, " digits; pass one number"));
  }
  return digits;
}

absl::StatusOr<std::string> CheckedRegion(absl::string_view region) {
  if (region.empty()) return std::string();
  const std::string upper = absl::AsciiStrToUpper(region);
  if (upper.size() != 2 || !IsSupportedRegion(upper)) {
    return Refuse("region",
                  "not an ISO 3166-1 alpha-2 code that libphonenumber knows; give two "
                  "letters such as KE, or nothing");
  }
  return upper;
}

absl::StatusOr<PhoneNumber> Parse(const std::string& digits, const std::string& region) {
  PhoneNumber number;
  switch (Library().ParseAndKeepRawInput(digits, region.empty() ? "ZZ" : region, &number)) {
    case PhoneNumberUtil::NO_PARSING_ERROR:
      return number;
    case PhoneNumberUtil::INVALID_COUNTRY_CODE_ERROR:
      return Refuse(kField, "no country has this calling code; write + and the country code first");
    case PhoneNumberUtil::TOO_LONG_NSN:
      return Refuse(kField, "has too many digits; pass one number");
    case PhoneNumberUtil::TOO_SHORT_AFTER_IDD:
    case PhoneNumberUtil::TOO_SHORT_NSN:
      return Refuse(kField, "has too few digits; give the full number with area code");
    case PhoneNumberUtil::NOT_A_NUMBER:
      break;
  }
  return Refuse(kField, "not a telephone number; write + and the country code first");
}

// Valid numbers pass, even those that a rule of thumb about lengths calls local (Canada's
// 310-1234).
absl::Status RequirePossibleOrValid(const PhoneNumber& number) {
  const auto possible = Library().IsPossibleNumberWithReason(number);
  if (possible == PhoneNumberUtil::IS_POSSIBLE || Library().IsValidNumber(number)) {
    return absl::OkStatus();
  }
  switch (possible) {
    case PhoneNumberUtil::IS_POSSIBLE_LOCAL_ONLY:
      return Refuse(kField, "lacks its area code, or is a service number; give the full number");
    case PhoneNumberUtil::TOO_SHORT:
      return Refuse(kField,
                    "too short for its country (a service number, or digits are missing); "
                    "give the full number");
    case PhoneNumberUtil::TOO_LONG:
      return Refuse(kField, "too long for its country; check the digits, pass one number");
    case PhoneNumberUtil::IS_POSSIBLE:
    case PhoneNumberUtil::INVALID_COUNTRY_CODE:
    case PhoneNumberUtil::INVALID_LENGTH:
      break;
  }
  return Refuse(kField, "no number of its country has this length; check the digits");
}

std::string ToE164(const PhoneNumber& number) {
  std::string e164;
  Library().Format(number, PhoneNumberUtil::E164, &e164);
  return e164;
}

// True where "00" meant as the international prefix, in the way most of the world writes it, gives
// another possible number than the one that `region` dials.
bool HasASecondReading(absl::string_view digits, absl::string_view e164) {
  if (!absl::StartsWith(digits, "00")) return false;
  const auto plain = Parse(absl::StrCat("+", digits.substr(2)), "");
  return plain.ok() && Library().IsPossibleNumber(*plain) && ToE164(*plain) != e164;
}

bool ReadsBackToItself(const std::string& e164) {
  const auto again = Parse(e164, "");
  return again.ok() && ToE164(*again) == e164;
}

absl::StatusOr<std::string> PhoneV1(absl::string_view raw, absl::string_view raw_region,
                                    Strictness strictness) {
  VERVET_ASSIGN_OR_RETURN(const std::string region, CheckedRegion(raw_region));
  VERVET_ASSIGN_OR_RETURN(const std::string clean, CleanText(raw, kField, kMaxRawBytes));
  const std::string text = CompatibilityText(clean);
  const bool is_uri = absl::StartsWithIgnoreCase(text, "tel:");
  VERVET_ASSIGN_OR_RETURN(const std::string digits,
                          DialledDigits(absl::string_view(text).substr(is_uri ? 4 : 0)));
  const bool has_plus = digits.front() == '+';
  if (!has_plus && region.empty()) {
    return Refuse(kField,
                  "has neither a leading + nor a region; write + and the country code, or "
                  "pass the region (ISO 3166-1 alpha-2)");
  }
  VERVET_ASSIGN_OR_RETURN(const PhoneNumber number, Parse(digits, region));
  // libphonenumber would give it back as it was written, without "+" and country code.
  if (number.national_number() == 0) {
    return Refuse(kField, "consists of zeros; pass the number that was given");
  }
  VERVET_RETURN_IF_ERROR(RequirePossibleOrValid(number));
  const std::string e164 = ToE164(number);

  const auto source = number.country_code_source();
  const bool is_guess = source == PhoneNumber::FROM_NUMBER_WITH_IDD ||
                        source == PhoneNumber::FROM_NUMBER_WITHOUT_PLUS_SIGN;
  const bool must_be_valid = is_guess || strictness == Strictness::kContribute;
  const bool is_valid = !must_be_valid || Library().IsValidNumber(number);
  if (is_guess && (!is_valid || HasASecondReading(digits, e164))) {
    return Refuse(kField,
                  "begins like an international number without + and can be read in more "
                  "than one way; write + and the country code first");
  }
  if (!is_valid) {
    return Refuse(kField,
                  "has a possible length but is not in any range that its country assigns; "
                  "check the digits before sharing it");
  }
  if (digits != e164 && !ReadsBackToItself(e164)) {
    return Refuse(kField,
                  "reads differently when written with + and the country code; give it in "
                  "that form");
  }
  return e164;
}

}  // namespace

absl::StatusOr<CanonicalForm> CanonicalPhone(absl::string_view raw, absl::string_view region,
                                             Strictness strictness, uint32_t rules_version) {
  switch (rules_version) {
    case 1: {
      VERVET_ASSIGN_OR_RETURN(std::string text, PhoneV1(raw, region, strictness));
      return CanonicalForm{SignatureType::kPhone, 1, std::move(text)};
    }
    default:
      return UnknownRulesVersion(SignatureType::kPhone, rules_version);
  }
}

}  // namespace vervet::canonical
