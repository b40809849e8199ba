#include "examples/phones/example_phones.h"

#include <phonenumbers/phonenumberutil.h>

#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace vervet::examples {
namespace {

using ::i18n::phonenumbers::PhoneNumber;
using ::i18n::phonenumbers::PhoneNumberUtil;

std::string Formatted(const PhoneNumber& number, PhoneNumberUtil::PhoneNumberFormat format) {
  std::string text;
  PhoneNumberUtil::GetInstance()->Format(number, format, &text);
  return text;
}

void AddIfValid(const PhoneNumber& number, const std::string& region,
                std::map<std::string, std::string>* found) {
  if (!PhoneNumberUtil::GetInstance()->IsValidNumber(number)) return;
  found->emplace(Formatted(number, PhoneNumberUtil::E164), region);
}

// Digits and plus sign in full width, as East Asian keyboards produce them (U+FF10, U+FF0B).
std::string FullWidth(absl::string_view text) {
  std::string wide;
  for (char c : text) {
    if (absl::ascii_isdigit(c)) {
      absl::StrAppend(&wide, "\xEF\xBC", std::string(1, static_cast<char>(0x90 + (c - '0'))));
    } else if (c == '+') {
      wide += "＋";
    } else {
      wide.push_back(c);
    }
  }
  return wide;
}

// U+0660 and up.
std::string ArabicIndic(absl::string_view text) {
  std::string arabic;
  for (char c : text) {
    if (absl::ascii_isdigit(c)) {
      absl::StrAppend(&arabic, "\xD9", std::string(1, static_cast<char>(0xA0 + (c - '0'))));
    } else {
      arabic.push_back(c);
    }
  }
  return arabic;
}

// Every character that is not a digit or plus replaced; "(" and ")" too.
std::string Separated(absl::string_view text, absl::string_view separator) {
  std::string separated;
  for (char c : text) {
    if (absl::ascii_isdigit(c) || c == '+') {
      separated.push_back(c);
    } else {
      absl::StrAppend(&separated, separator);
    }
  }
  return separated;
}

// The country code in parentheses: "(+44) 7400 123456".
std::string Parenthesised(absl::string_view international) {
  const size_t space = international.find(' ');
  if (space == absl::string_view::npos) return absl::StrCat("(", international, ")");
  return absl::StrCat("(", international.substr(0, space), ")", international.substr(space));
}

}  // namespace

std::vector<ExamplePhone> ExamplePhones() {
  const PhoneNumberUtil& library = *PhoneNumberUtil::GetInstance();
  std::map<std::string, std::string> found;  // E.164 to region
  std::set<std::string> regions;
  library.GetSupportedRegions(&regions);
  for (const std::string& region : regions) {
    for (int type = PhoneNumberUtil::FIXED_LINE; type <= PhoneNumberUtil::VOICEMAIL; ++type) {
      PhoneNumber number;
      if (library.GetExampleNumberForType(
              region, static_cast<PhoneNumberUtil::PhoneNumberType>(type), &number)) {
        AddIfValid(number, region, &found);
      }
    }
  }
  std::set<int> global_codes;
  library.GetSupportedGlobalNetworkCallingCodes(&global_codes);
  for (int code : global_codes) {
    PhoneNumber number;
    if (library.GetExampleNumberForNonGeoEntity(code, &number)) AddIfValid(number, "", &found);
  }
  std::vector<ExamplePhone> phones;
  for (const auto& [e164, region] : found) phones.push_back({e164, region});
  return phones;
}

std::vector<PhoneNotation> Notations(absl::string_view e164, absl::string_view region) {
  PhoneNumber number;
  if (PhoneNumberUtil::GetInstance()->Parse(std::string(e164), "ZZ", &number) !=
      PhoneNumberUtil::NO_PARSING_ERROR) {
    return {};
  }
  const std::string international = Formatted(number, PhoneNumberUtil::INTERNATIONAL);
  const std::string national = Formatted(number, PhoneNumberUtil::NATIONAL);
  std::vector<PhoneNotation> notations;
  std::set<std::string> texts;
  const auto add = [&](absl::string_view name, const std::string& text, absl::string_view needs) {
    if (texts.insert(text).second) {
      notations.push_back({std::string(name), text, std::string(needs)});
    }
  };
  add("E.164", std::string(e164), "");
  add("international", international, "");
  add("RFC 3966", Formatted(number, PhoneNumberUtil::RFC3966), "");
  add("full-width", FullWidth(international), "");
  add("Arabic-Indic", ArabicIndic(international), "");
  add("dots", Separated(international, "."), "");
  add("parentheses", Parenthesised(international), "");
  if (region.empty()) return notations;
  add("national", national, region);
  add("national, full-width", FullWidth(national), region);
  add("national, digits alone", Separated(national, ""), region);
  add("national, no-break spaces", Separated(national, "\xC2\xA0"), region);
  return notations;
}

}  // namespace vervet::examples
