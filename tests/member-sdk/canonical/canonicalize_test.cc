#include "member-sdk/src/canonical/canonicalize.h"

#include <gtest/gtest.h>

#include <iterator>
#include <random>
#include <string>

#include "member-sdk/src/canonical/email.h"
#include "member-sdk/src/canonical/payment.h"
#include "member-sdk/src/canonical/phone.h"
#include "member-sdk/src/canonical/platform_account.h"
#include "member-sdk/src/canonical/url.h"
#include "member-sdk/src/canonical/wallet.h"
#include "tests/member-sdk/canonical/vectors.h"

namespace vervet::canonical {
namespace {

TEST(Canonicalize, GivesAnEmailItsExactAndItsAliasForm) {
  const auto forms = Canonicalize(IdentifierKind::kEmail, "Jane+Ivory@Example.com", "",
                                  Strictness::kContribute, RulesVersions());
  ASSERT_TRUE(forms.ok()) << forms.status();
  ASSERT_EQ(forms->size(), 2u);
  EXPECT_EQ((*forms)[0], (CanonicalForm{SignatureType::kEmail, 1, "jane+ivory@example.com"}));
  EXPECT_EQ((*forms)[1], (CanonicalForm{SignatureType::kEmailAlias, 1, "jane@example.com"}));
}

TEST(Canonicalize, HasTheWireNumbersOfTheProtocol) {
  EXPECT_EQ(static_cast<uint32_t>(SignatureType::kPhone), 1u);
  EXPECT_EQ(static_cast<uint32_t>(SignatureType::kEmail), 2u);
  EXPECT_EQ(static_cast<uint32_t>(SignatureType::kEmailAlias), 3u);
  EXPECT_EQ(static_cast<uint32_t>(SignatureType::kPaymentAccount), 4u);
  EXPECT_EQ(static_cast<uint32_t>(SignatureType::kCryptoWallet), 5u);
  EXPECT_EQ(static_cast<uint32_t>(SignatureType::kPlatformAccount), 6u);
  EXPECT_EQ(static_cast<uint32_t>(SignatureType::kUrl), 7u);
}

TEST(RulesVersions, StartsWithTheNewestAndRefusesUnknownOnes) {
  RulesVersions versions;
  for (uint32_t type = 1; type <= 7; ++type) {
    const auto signature_type = static_cast<SignatureType>(type);
    EXPECT_EQ(versions.Get(signature_type), 1u);
    EXPECT_TRUE(versions.Set(signature_type, 1).ok());
    for (uint32_t unknown : {0u, 2u, 4294967295u}) {
      const absl::Status status = versions.Set(signature_type, unknown);
      EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
      EXPECT_NE(status.message().find("update the SDK"), absl::string_view::npos);
    }
    EXPECT_EQ(versions.Get(signature_type), 1u);
  }
  EXPECT_FALSE(versions.Set(static_cast<SignatureType>(99), 1).ok());
  EXPECT_EQ(versions.Get(static_cast<SignatureType>(99)), 0u);
}

TEST(RulesVersions, EveryTypeRefusesAVersionItDoesNotKnow) {
  constexpr uint32_t kTomorrow = 2;
  for (const absl::Status& status : {
           CanonicalPhone("+254712123456", "", Strictness::kCheck, kTomorrow).status(),
           CanonicalEmail("jane@example.com", kTomorrow).status(),
           CanonicalEmailAlias("jane@example.com", kTomorrow).status(),
           CanonicalPaymentAccount("upi:jane@okbank", "", Strictness::kCheck, kTomorrow).status(),
           CanonicalCryptoWallet("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", kTomorrow).status(),
           CanonicalPlatformAccount("social.example:7", kTomorrow).status(),
           CanonicalUrl("https://shop.example/", kTomorrow).status(),
       }) {
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    EXPECT_NE(status.message().find("version 2"), absl::string_view::npos) << status;
  }
}

struct Seed {
  IdentifierKind kind;
  const char* raw;
};

constexpr Seed kSeeds[] = {
    {IdentifierKind::kPhone, "+254 712 123456"},
    {IdentifierKind::kPhone, "012 345 678"},
    {IdentifierKind::kPhone, "00855 12 345 678"},
    {IdentifierKind::kEmail, "jane.doe+x@gmail.com"},
    {IdentifierKind::kEmail, "jane-doe@yandex.com"},
    {IdentifierKind::kEmail, "x@jane.fastmail.com"},
    {IdentifierKind::kEmail, "noreply+1@b\u00FCcher.example"},
    {IdentifierKind::kPaymentAccount, "bank:BFTVVNVX:001100412345"},
    {IdentifierKind::kPaymentAccount, "paypal:jane@example.com"},
    {IdentifierKind::kPaymentAccount, "wechatpay:jane_doe"},
    {IdentifierKind::kPaymentAccount, "mpesa:+254712123456"},
    {IdentifierKind::kCryptoWallet, "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"},
    {IdentifierKind::kPlatformAccount, "www.social.example:@Jane"},
    {IdentifierKind::kUrl, "http://www.shop.example:80/a/./b?y=1&x=2&utm_source=z#f"},
    {IdentifierKind::kUrl, "https://shop.example"},
};

// Pieces that notation rules trip over, put in, taken out and swapped at random places.
std::string Mutated(const char* seed, std::mt19937* random) {
  static const std::string pieces[] = {
      "+",   "0",       "00",     "1",      "@",      ".", "..",     ":",      "/", "//",
      "%41", "%2f",     "%2E",    "?a=b",   "&",      "=", "#",      "www.",   "-", "_",
      " ",   "\u200B",  "\u200C", "\u200D", "\uFF10", "ß", "ẞ",      "\u0660", "ﬁ", "Ω",
      "É",   "e\u0301", "①",      "\t",     "\xF0",   "İ", "\u3002", "\u0345", "٣", "例"};
  std::string raw = seed;
  const size_t changes = (*random)() % 4;
  for (size_t i = 0; i < changes; ++i) {
    const size_t place = (*random)() % (raw.size() + 1);
    const size_t removed = (*random)() % 3;
    raw.replace(place, removed == 2 ? 1 : 0,
                removed == 1 ? std::string() : pieces[(*random)() % std::size(pieces)]);
  }
  return raw;
}

// Whatever the notation: no crash, a clear code, and an accepted form reads back to itself.
TEST(Canonicalize, IsIdempotentOnMutatedInput) {
  std::mt19937 random(7);
  int accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    const Seed& seed = kSeeds[random() % std::size(kSeeds)];
    const std::string raw = Mutated(seed.raw, &random);
    const auto forms = Canonicalize(seed.kind, raw, "KH", Strictness::kCheck, RulesVersions());
    if (!forms.ok()) {
      ASSERT_EQ(forms.status().code(), absl::StatusCode::kInvalidArgument);
      continue;
    }
    ++accepted;
    for (const CanonicalForm& form : *forms) {
      ASSERT_LE(form.text.size(), kMaxCanonicalBytes);
      const auto again = FormOf(seed.kind, form.type, form.text, "", Strictness::kCheck);
      ASSERT_TRUE(again.ok()) << raw << " -> " << form.text << ": " << again.status();
      ASSERT_EQ(again->text, form.text) << raw;
    }
  }
  EXPECT_GT(accepted, 5000);
}

}  // namespace
}  // namespace vervet::canonical
