#include "member-sdk/src/canonical/phone.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/member-sdk/canonical/vectors.h"

namespace vervet::canonical {
namespace {

constexpr auto kKind = IdentifierKind::kPhone;
constexpr auto kType = SignatureType::kPhone;

TEST(Phone, GoldenVectorsOfVersion1) {
  ExpectGolden(kKind, kType,
               {
                   {"+855 12 345 678", "+85512345678"},
                   {"012 345 678", "+85512345678", "KH"},
                   {"12 345 678", "+85512345678", "kh"},
                   {"855 12 345 678", "+85512345678", "KH"},
                   {"+254 (712) 123-456", "+254712123456"},
                   {"0712.123.456", "+254712123456", "KE"},
                   {"tel:+254-712-123456", "+254712123456"},
                   {"TEL:0712123456", "+254712123456", "KE"},
                   {"＋８４　９１　２３４　５６　７８", "+84912345678"},
                   {"٠٧١٢ ١٢٣ ٤٥٦", "+254712123456", "KE"},
                   {"\u202A+254 712 123 456\u202C", "+254712123456"},
                   {"+254\u200B712\u200D123456", "+254712123456"},
                   {"+1 800 356 9377", "+18003569377"},
                   {"310-1234", "+13101234", "CA"},
                   {"+800 1234 5678", "+80012345678"},
               });
}

TEST(Phone, GivesOneFormToNumbersWithSeveralNotations) {
  ExpectGolden(kKind, kType,
               {
                   {"+39 02 1234 5678", "+390212345678"},  // Italy keeps its zero
                   {"02 1234 5678", "+390212345678", "IT"},
                   {"+54 9 11 2345 6789", "+5491123456789"},  // Argentine mobile
                   {"011 15-2345-6789", "+5491123456789", "AR"},
                   {"+54 11 15 2345 6789", "+5491123456789"},
                   {"+54 11 2345 6789", "+541123456789"},  // the landline is another number
                   {"+52 55 1234 5678", "+525512345678"},
                   {"+52 1 55 1234 5678", "+525512345678"},  // Mexico's old mobile prefix
                   {"044 55 1234 5678", "+525512345678", "MX"},
                   {"+49 (0)30 123456", "+4930123456"},
                   {"49 30 123456", "+4930123456", "DE"},
               });
}

TEST(Phone, ReadsInternationalPrefixesThatTheRegionDials) {
  ExpectGolden(kKind, kType,
               {
                   {"00 44 7911 123456", "+447911123456", "DE"},
                   {"011 44 7911 123456", "+447911123456", "US"},
                   {"0011 44 7911 123456", "+447911123456", "AU"},
                   {"8 10 44 7911 123456", "+447911123456", "RU"},
                   {"010 44 7911 123456", "+447911123456", "JP"},
                   {"001 1 650 253 0000", "+16502530000", "KH"},
               });
}

// Cambodia dials 00x before foreign numbers, so "00855" would begin a call to Brazil (+55).
TEST(Phone, DoesNotTurnACambodianNumberIntoABrazilianOne) {
  ExpectRefused(kKind, {{"00855 12 345 678", "more than one way", "KH"},
                        {"0085511 2345 6789", "more than one way", "KH"}});
}

TEST(Phone, IgnoresTheRegionOfANumberWithPlus) {
  ExpectGolden(
      kKind, kType,
      {{"+855 12 345 678", "+85512345678", "US"}, {"+1 650-253-0000", "+16502530000", "KH"}});
}

TEST(Phone, RefusesWhatNamesNoSinglePerson) {
  ExpectRefused(kKind, {
                           {"0712 123 456", "neither a leading +"},
                           {"00254712123456", "neither a leading +"},
                           {"+1 650 253 0000;ext=5", "extension"},
                           {"+1 650 253 0000 ext. 5", "letters"},
                           {"+1 650 253 0000 x5", "letters"},
                           {"+1 650 253 0000,,5#", "extension"},
                           {"tel:2530000;phone-context=+1650", "URI parameter", "US"},
                           {"1-800-FLOWERS", "letters", "US"},
                           {"call 0712123456", "letters", "KE"},
                           {"911", "too short", "US"},
                           {"112", "full number", "DE"},
                           {"253 0000", "area code", "US"},
                           {"+1 650 253 0000 / 2530001", "too long"},
                           {"+1 650 253 0000 +1 650 253 0001", "only stand once"},
                           {"++16502530000", "only stand once"},
                           {"*100#16502530000", "telephone numbers do not have", "US"},
                           {"+999 1234 5678", "calling code"},
                           {"+0 1234 5678", "calling code"},
                           {"+", "no digits"},
                           {"()", "no digits", "US"},
                           {std::string(25, '1'), "longer than 24", "US"},
                           {"", "empty", "US"},
                       });
}

TEST(Phone, RefusesRegionsThatAreNotIsoCodes) {
  for (const char* region : {"UK", "XX", "KEN", "+254", "001", "ZZ", "K", "\xC3\x89"}) {
    ExpectRefused(kKind, {{"+254712123456", "region: not an ISO", region}});
  }
}

TEST(Phone, RequiresAContributedNumberToBeValid) {
  for (const char* raw : {"+1 123 456 7890", "+39 2 1234 5678", "+55 11 1234 5678"}) {
    EXPECT_TRUE(FormOf(kKind, kType, raw, "", Strictness::kCheck).ok()) << raw;
    ExpectRefused(kKind, {{raw, "before sharing it"}}, Strictness::kContribute);
  }
}

// libphonenumber's log messages quote numbers.
TEST(Phone, WritesNothingToTheStandardStreams) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  for (const char* raw : {"+254712123456", "+999 1234 5678", "+1 1", "+", "0", "+54 15"}) {
    (void)FormOf(kKind, kType, raw, "KE");
  }
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Phone, GivesTheSameTextWithEitherStrictness) {
  const auto check = FormOf(kKind, kType, "0712 123456", "KE", Strictness::kCheck);
  const auto contribute = FormOf(kKind, kType, "0712 123456", "KE", Strictness::kContribute);
  ASSERT_TRUE(check.ok() && contribute.ok());
  EXPECT_EQ(check->text, contribute->text);
}

}  // namespace
}  // namespace vervet::canonical
