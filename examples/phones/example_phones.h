// Real telephone notations for demonstrations and tests: the example numbers that libphonenumber
// ships for every region and kind, and the ways in which people write them.
#ifndef VERVET_EXAMPLES_PHONES_EXAMPLE_PHONES_H_
#define VERVET_EXAMPLES_PHONES_EXAMPLE_PHONES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace vervet::examples {

struct ExamplePhone {
  std::string e164;    // "+85512345678"
  std::string region;  // ISO 3166-1 alpha-2 of the first region that gives it; empty for numbers
                       // that belong to no country (satellite, universal freephone)
};

struct PhoneNotation {
  std::string name;  // "national", "full-width", … for reports
  std::string text;
  std::string region;  // what a reader must know beside the text; empty where it begins with +
};

// Every distinct example number of the installed libphonenumber (8.12.57: about 990), by E.164
// text. Each is valid by that library's own metadata.
std::vector<ExamplePhone> ExamplePhones();

// All notations of `e164` that differ in text, E.164 itself first. Empty where `e164` does not
// parse. National notations need a `region`; without one they are left out.
std::vector<PhoneNotation> Notations(absl::string_view e164, absl::string_view region);

}  // namespace vervet::examples

#endif  // VERVET_EXAMPLES_PHONES_EXAMPLE_PHONES_H_
