#include "tests/member-sdk/canonical/vectors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace vervet::canonical {
namespace {

// Words that our messages have of their own and that are no secret: schemes, chains, examples of
// notation. Everything else of four characters or more counts as a part of the identifier.
const std::set<std::string>& PublicWords() {
  static const std::set<std::string>& words =
      *new std::set<std::string>{"address", "alipay", "bank", "bitcoin",   "card",  "ethereum",
                                 "http",    "https",  "iban", "mailto",    "mpesa", "paypal",
                                 "phone",   "tron",   "user", "wechatpay", "name",  "letters"};
  return words;
}

bool IsWordCharacter(char c) {
  return absl::ascii_isalnum(c) || static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

absl::StatusOr<CanonicalForm> FormOf(IdentifierKind kind, SignatureType type, absl::string_view raw,
                                     absl::string_view region, Strictness strictness) {
  const auto forms = Canonicalize(kind, raw, region, strictness, RulesVersions());
  if (!forms.ok()) return forms.status();
  for (const CanonicalForm& form : *forms) {
    if (form.type == type) return form;
  }
  return absl::NotFoundError("this kind has no such form");
}

void ExpectGolden(IdentifierKind kind, SignatureType type, std::initializer_list<Golden> vectors) {
  for (const Golden& golden : vectors) {
    SCOPED_TRACE(golden.raw);
    for (Strictness strictness : {Strictness::kCheck, Strictness::kContribute}) {
      const auto form = FormOf(kind, type, golden.raw, golden.region, strictness);
      ASSERT_TRUE(form.ok()) << form.status();
      EXPECT_EQ(form->text, golden.text);
      EXPECT_EQ(form->rules_version, 1u);
      EXPECT_EQ(form->type, type);
      const auto again = FormOf(kind, type, form->text, "", strictness);
      ASSERT_TRUE(again.ok()) << "the canonical text itself: " << again.status();
      EXPECT_EQ(again->text, form->text);
    }
  }
}

void ExpectRefused(IdentifierKind kind, std::initializer_list<Refused> vectors,
                   Strictness strictness) {
  for (const Refused& refused : vectors) {
    SCOPED_TRACE(refused.raw);
    const auto forms = Canonicalize(kind, refused.raw, refused.region, strictness, RulesVersions());
    ASSERT_FALSE(forms.ok());
    EXPECT_EQ(forms.status().code(), absl::StatusCode::kInvalidArgument);
    const std::string message(forms.status().message());
    EXPECT_THAT(message, testing::HasSubstr(refused.says));
    ExpectQuotesNothing(message, refused.raw);
  }
}

void ExpectQuotesNothing(absl::string_view message, absl::string_view raw) {
  const std::string lower_message = absl::AsciiStrToLower(message);
  const std::string lower_raw = absl::AsciiStrToLower(raw);
  if (lower_raw.size() >= 4) {
    EXPECT_FALSE(absl::StrContains(lower_message, lower_raw)) << message;
  }
  std::string word;
  for (char c : lower_raw + " ") {
    if (IsWordCharacter(c)) {
      word.push_back(c);
      continue;
    }
    if (word.size() >= 4 && PublicWords().count(word) == 0) {
      EXPECT_FALSE(absl::StrContains(lower_message, word)) << word << " in: " << message;
    }
    word.clear();
  }
}

}  // namespace vervet::canonical
