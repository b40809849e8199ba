#include "examples/demo/people.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "examples/demo/timeline.h"
#include "member-sdk/src/canonical/canonicalize.h"

namespace vervet::demo {
namespace {

using canonical::IdentifierKind;

std::set<std::string> FormsOf(const std::vector<RawIdentifier>& person) {
  std::set<std::string> texts;
  for (const RawIdentifier& identifier : person) {
    const IdentifierKind kind = identifier.type == "phone"   ? IdentifierKind::kPhone
                                : identifier.type == "email" ? IdentifierKind::kEmail
                                : identifier.type == "payment_account"
                                    ? IdentifierKind::kPaymentAccount
                                    : IdentifierKind::kPlatformAccount;
    const auto forms =
        canonical::Canonicalize(kind, identifier.value, identifier.region,
                                canonical::Strictness::kContribute, canonical::RulesVersions());
    EXPECT_TRUE(forms.ok()) << identifier.type << ": " << forms.status();
    if (!forms.ok()) continue;
    for (const auto& form : *forms) texts.insert(form.text);
  }
  return texts;
}

TEST(People, AreTheSameTraderInEveryNotation) {
  const std::set<std::string> market = FormsOf(TraderAtTheMarket());
  for (const auto& person : {TraderAtTheSocialNetwork(), TraderAtTheSearchEngine()}) {
    for (const RawIdentifier& identifier : person) {
      const std::set<std::string> forms = FormsOf({identifier});
      EXPECT_TRUE(std::any_of(forms.begin(), forms.end(), [&](const auto& form) {
        return market.count(form) != 0;
      })) << identifier.type;
    }
  }
}

TEST(People, KeepTheInnocentApart) {
  const std::set<std::string> market = FormsOf(TraderAtTheMarket());
  for (const std::string& form : FormsOf(InnocentPerson())) EXPECT_EQ(market.count(form), 0u);
}

TEST(People, AreGeneratedDistinctAndFitToBePublished) {
  std::set<std::string> all;
  for (uint64_t i = 0; i < 2'000; ++i) {
    const auto person = GeneratedOffender(i);
    ASSERT_TRUE(person.size() == 1 || person.size() == 2);
    for (const std::string& form : FormsOf(person)) {
      EXPECT_TRUE(all.insert(form).second) << "offender " << i << " shares an identifier";
    }
  }
  EXPECT_EQ(GeneratedOffender(7)[0].value, GeneratedOffender(7)[0].value);
}

TEST(People, AreSearchedForInEveryNotation) {
  const auto phone = AllNotations({"phone", "012 000 177", "KH"});
  EXPECT_THAT(
      phone, ::testing::IsSupersetOf({"012 000 177", "+85512000177", "85512000177", "0085512000177",
                                      "+855 12 000 177", "012000177", "０１２ ０００ １７７"}));
  EXPECT_THAT(
      AllNotations({"email", "Golden.Monkey+orchids@Example.com", ""}),
      ::testing::IsSupersetOf({"Golden.Monkey+orchids@Example.com",
                               "golden.monkey+orchids@example.com", "golden.monkey@example.com"}));
  EXPECT_THAT(AllNotations({"payment_account", "iban:DE89 3704 0044 0532 0130 00", ""}),
              ::testing::IsSupersetOf({"DE89370400440532013000", "DE89 3704 0044 0532 0130 00"}));
  EXPECT_THAT(AllNotations({"platform_account", "WWW.Market.Example/1048576", ""}),
              ::testing::IsSupersetOf({"market.example:1048576", "1048576"}));
}

TEST(Timeline, SpeaksOfNumbersAsPeopleDo) {
  EXPECT_EQ(WithCommas(7), "7");
  EXPECT_EQ(WithCommas(1'000), "1,000");
  EXPECT_EQ(WithCommas(123'456'789), "123,456,789");
  EXPECT_EQ(ForPeople(absl::Microseconds(2'340)), "2.3 ms");
  EXPECT_EQ(ForPeople(absl::Milliseconds(340)), "340 ms");
  EXPECT_EQ(ForPeople(absl::Milliseconds(1'240)), "1.2 s");
  EXPECT_EQ(ForPeople(absl::Seconds(72)), "1 min 12 s");
  EXPECT_EQ(BytesForPeople(4'500), "4.5 kB");
  EXPECT_EQ(BytesForPeople(12'340'000), "12.3 MB");
}

}  // namespace
}  // namespace vervet::demo
