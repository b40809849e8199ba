// libphonenumber formats a national number of 0 as it was written. Such a text came out as a
// canonical form without "+", which is not its own form.
#include <gtest/gtest.h>

#include "member-sdk/src/canonical/phone.h"
#include "member-sdk/src/canonical/rules_versions.h"

namespace vervet::canonical {
namespace {

TEST(PhoneOfZeros, IsRefusedWithAndWithoutAPlus) {
  for (const char* raw : {"0000000000", "000000000", "+550000000000", "+39 000 0000000"}) {
    for (const Strictness strictness : {Strictness::kCheck, Strictness::kContribute}) {
      const auto form = CanonicalPhone(raw, "BR", strictness, kPhoneRulesVersion);
      EXPECT_EQ(form.status().code(), absl::StatusCode::kInvalidArgument) << raw;
    }
  }
}

TEST(PhoneOfZeros, LeavesTheLeadingZerosOfOthers) {
  const auto form = CanonicalPhone("+39 06 6982", "", Strictness::kCheck, kPhoneRulesVersion);
  ASSERT_TRUE(form.ok()) << form.status();
  EXPECT_EQ(form->text, "+39066982");
}

}  // namespace
}  // namespace vervet::canonical
