#include "examples/phones/example_phones.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "member-sdk/src/canonical/phone.h"

namespace vervet::canonical {
namespace {

using examples::ExamplePhone;
using examples::ExamplePhones;
using examples::Notations;
using examples::PhoneNotation;

TEST(ExamplePhones, AreManyAndDistinct) {
  std::set<std::string> distinct;
  for (const ExamplePhone& phone : ExamplePhones()) distinct.insert(phone.e164);
  EXPECT_EQ(distinct.size(), ExamplePhones().size());
  EXPECT_GT(distinct.size(), 950u);  // 995 in libphonenumber 8.12.57
}

TEST(ExamplePhones, HaveTheirNotationsInManyKinds) {
  std::map<std::string, int> count;
  for (const ExamplePhone& phone : ExamplePhones()) {
    for (const PhoneNotation& notation : Notations(phone.e164, phone.region)) {
      ++count[notation.name];
      EXPECT_EQ(notation.region.empty(), notation.name.find("national") != 0) << notation.name;
    }
  }
  EXPECT_EQ(count["E.164"], static_cast<int>(ExamplePhones().size()));
  for (const char* name : {"international", "RFC 3966", "full-width", "Arabic-Indic", "parentheses",
                           "national", "national, full-width"}) {
    EXPECT_GT(count[name], 900) << name;
  }
}

// No exceptions: all 995 numbers, in all of some 10,800 notations.
TEST(ExamplePhones, HaveOneCanonicalFormInEveryNotation) {
  for (const ExamplePhone& phone : ExamplePhones()) {
    for (const PhoneNotation& notation : Notations(phone.e164, phone.region)) {
      const auto form = CanonicalPhone(notation.text, notation.region, Strictness::kContribute, 1);
      ASSERT_TRUE(form.ok()) << notation.name << " of " << phone.e164 << ": " << form.status();
      EXPECT_EQ(form->text, phone.e164) << notation.name;
    }
  }
}

TEST(ExamplePhones, NeverReadAsAnotherNumberWhenDialledFromAbroad) {
  for (const auto& [region, prefix] : {std::pair("DE", "00"), std::pair("US", "011"),
                                       std::pair("KE", "000"), std::pair("KH", "001")}) {
    int read = 0;
    for (const ExamplePhone& phone : ExamplePhones()) {
      const std::string dialled = absl::StrCat(prefix, phone.e164.substr(1));
      const auto form = CanonicalPhone(dialled, region, Strictness::kContribute, 1);
      if (!form.ok()) continue;  // refused as ambiguous: harmless
      ++read;
      EXPECT_EQ(form->text, phone.e164) << dialled << " in " << region;
    }
    EXPECT_GT(read, 800) << region;
  }
}

}  // namespace
}  // namespace vervet::canonical
