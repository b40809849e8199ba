#include "member-sdk/src/canonical/text.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/member-sdk/canonical/vectors.h"

namespace vervet::canonical {
namespace {

using namespace std::string_literals;

constexpr size_t kLimit = 64;

TEST(Text, DropsWhatNobodySeesAndTrims) {
  for (const std::string& raw : {
           "jane"s,
           "  jane\t\r\n"s,
           "\u3000jane\u00A0"s,
           "\uFEFFjane"s,        // byte order mark
           "ja\u200Bne"s,        // zero-width space
           "\u202Ajane\u202C"s,  // bidi embedding, as contact lists paste it
           "\u2068jane\u2069"s,  // bidi isolate
           "ja\u00ADne"s,        // soft hyphen
           "jane\uFE0F"s,        // variation selector
           "ja\U000E0061ne"s,    // tag character
           " \u200B jane \u200E "s,
       }) {
    const auto clean = CleanText(raw, "field", kLimit);
    ASSERT_TRUE(clean.ok()) << clean.status();
    EXPECT_EQ(*clean, "jane");
  }
}

// A character that nobody sees sends the same text down the way that asks ICU about each character.
TEST(Text, ReadsPlainAsciiAsEveryOtherText) {
  std::mt19937 random(1);
  for (int round = 0; round < 5'000; ++round) {
    std::string text;
    for (size_t length = random() % 12; text.size() < length;) {
      text.push_back(random() % 3 == 0 ? ' ' : static_cast<char>(' ' + random() % 95));
    }
    const auto fast = CleanText(text, "field", kLimit);
    const auto slow = CleanText(text + "\u200B", "field", kLimit);
    ASSERT_EQ(fast.status(), slow.status());
    if (!fast.ok()) continue;
    ASSERT_EQ(*fast, *slow);
    ASSERT_EQ(CompatibilityText(*fast), CompatibilityText(*fast + "\u200D"));
    ASSERT_EQ(FoldText(*fast), FoldText(*fast + "\u200D"));
  }
}

TEST(Text, KeepsJoinersForDomainsAndDropsThemElsewhere) {
  const auto clean = CleanText("a\u200Cb", "field", kLimit);
  ASSERT_TRUE(clean.ok());
  EXPECT_EQ(*clean, "a\u200Cb");
  EXPECT_EQ(FoldText(*clean), "ab");
  EXPECT_EQ(CompatibilityText(*clean), "ab");
}

TEST(Text, RefusesWhatIsNotText) {
  for (const std::string& raw : {
           ""s,
           "   "s,
           "\u200B"s,
           "\0"s,
           "jane\0"s,
           "ja\0ne"s,
           "ja\x01ne"s,
           "ja\x7Fne"s,
           "ja\tne"s,
           "ja\nne"s,
           "ja\u0085ne"s,
           "\xFF"s,
           "ja\xC3"s,
           "\xC0\xAF"s,
           "\xED\xA0\x80"s,  // invalid, cut, overlong, surrogate
           "\uE000"s,        // private use
           "\uFFFE"s,
           "\u0378"s,  // noncharacter, unassigned
           std::string(kLimit + 1, 'a'),
       }) {
    const auto clean = CleanText(raw, "field", kLimit);
    EXPECT_EQ(clean.status().code(), absl::StatusCode::kInvalidArgument);
    ExpectQuotesNothing(clean.status().message(), raw);
  }
}

TEST(Text, AcceptsTheLimitItself) {
  EXPECT_TRUE(CleanText(std::string(kLimit, 'a'), "field", kLimit).ok());
}

// U+11240 came with Unicode 15.0: ICU 70 does not know it, so no member may hash it.
TEST(Text, RefusesCharactersYoungerThanUnicode14) {
  EXPECT_TRUE(CleanText("\U00010570", "field", kLimit).ok());  // 14.0
  EXPECT_FALSE(CleanText("\U00011240", "field", kLimit).ok());
}

TEST(Text, FoldsWidthCaseAndCompatibility) {
  EXPECT_EQ(FoldText("ＪＡＮＥ ﬁ Straße É"), "jane fi strasse é");
  EXPECT_EQ(FoldText("e\u0301"), "é");
  EXPECT_EQ(CompatibilityText("ＪａｎＥ １２"), "JanE 12");
}

TEST(Text, ReadsTheDigitsOfEveryScriptForAccountNumbers) {
  EXPECT_EQ(CompatibilityText("٠١٢٣٤٥٦٧٨٩ ۰۱۲ ०१२ ០១២ ①②"), "0123456789 012 012 012 12");
}

}  // namespace
}  // namespace vervet::canonical
