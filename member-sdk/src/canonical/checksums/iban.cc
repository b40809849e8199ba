#include "member-sdk/src/canonical/checksums/iban.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "absl/strings/ascii.h"

namespace vervet::canonical {
namespace {

struct CountryLength {
  char country[3];
  size_t length;
};

// The SWIFT registry of IBAN formats. A country that joins later is a new rules version.
constexpr CountryLength kLengths[] = {
    {"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22},
    {"BH", 22}, {"BI", 27}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24},
    {"DE", 22}, {"DJ", 27}, {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18},
    {"FK", 18}, {"FO", 18}, {"FR", 27}, {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27},
    {"GT", 28}, {"HN", 28}, {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26},
    {"IT", 27}, {"JO", 30}, {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20},
    {"LU", 20}, {"LV", 21}, {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MN", 20},
    {"MR", 27}, {"MT", 31}, {"MU", 30}, {"NI", 28}, {"NL", 18}, {"NO", 15}, {"OM", 23}, {"PK", 24},
    {"PL", 28}, {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22}, {"RU", 33}, {"SA", 24},
    {"SC", 31}, {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"SO", 23}, {"ST", 25},
    {"SV", 28}, {"TL", 23}, {"TN", 24}, {"TR", 26}, {"UA", 29}, {"VA", 22}, {"VG", 24}, {"XK", 20},
    {"YE", 30},
};

bool HasShape(absl::string_view iban) {
  return iban.size() >= 5 && absl::ascii_isupper(iban[0]) && absl::ascii_isupper(iban[1]) &&
         absl::ascii_isdigit(iban[2]) && absl::ascii_isdigit(iban[3]) &&
         std::all_of(iban.begin() + 4, iban.end(),
                     [](char c) { return absl::ascii_isupper(c) || absl::ascii_isdigit(c); });
}

// Letters count as two digits, A = 10 to Z = 35.
int Mod97(absl::string_view text, int remainder) {
  for (char c : text) {
    remainder = absl::ascii_isdigit(c) ? (remainder * 10 + (c - '0')) % 97
                                       : (remainder * 100 + (c - 'A' + 10)) % 97;
  }
  return remainder;
}

}  // namespace

IbanCheck CheckIban(absl::string_view iban) {
  if (!HasShape(iban)) return IbanCheck::kNotAnIban;
  const auto* known =
      std::find_if(std::begin(kLengths), std::end(kLengths),
                   [&](const CountryLength& row) { return iban.substr(0, 2) == row.country; });
  if (known == std::end(kLengths)) return IbanCheck::kUnknownCountry;
  if (iban.size() != known->length) return IbanCheck::kWrongLength;
  return Mod97(iban.substr(0, 4), Mod97(iban.substr(4), 0)) == 1 ? IbanCheck::kValid
                                                                 : IbanCheck::kWrongCheckDigits;
}

}  // namespace vervet::canonical
