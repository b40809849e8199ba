#include "core/base/diagnostics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace vervet {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

constexpr char kReplacement[] = "\xEF\xBF\xBD";

TEST(JsonQuote, LeavesPlainTextAsItIs) {
  EXPECT_EQ(JsonQuote(""), "\"\"");
  EXPECT_EQ(JsonQuote("hub listens on 127.0.0.1:7443"), "\"hub listens on 127.0.0.1:7443\"");
  EXPECT_EQ(JsonQuote("M\xC3\xBCnchen \xE8\xB1\xA1\xE7\x89\x99 \xF0\x9F\x90\x98"),
            "\"M\xC3\xBCnchen \xE8\xB1\xA1\xE7\x89\x99 \xF0\x9F\x90\x98\"");
}

TEST(JsonQuote, EscapesQuotesBackslashesAndControlCharacters) {
  EXPECT_EQ(JsonQuote("a\"b\\c"), "\"a\\\"b\\\\c\"");
  EXPECT_EQ(JsonQuote("a\nb\rc\td"), "\"a\\u000ab\\u000dc\\u0009d\"");
  EXPECT_EQ(JsonQuote(absl::string_view("\0\x1f\x7f", 3)), "\"\\u0000\\u001f\\u007f\"");
}

TEST(JsonQuote, ReplacesBytesThatAreNotUtf8) {
  struct Case {
    const char* what;
    absl::string_view bytes;
    std::string expected;
  };
  const std::string r = kReplacement;
  const Case cases[] = {
      {"a lone continuation", "a\x80z", "a" + r + "z"},
      {"an overlong slash, two bytes", "\xC0\xAF", r + r},
      {"an overlong slash, three bytes", "\xE0\x80\xAF", r + r + r},
      {"an overlong slash, four bytes", "\xF0\x80\x80\xAF", r + r + r + r},
      {"a surrogate", "\xED\xA0\x80", r + r + r},
      {"above U+10FFFF", "\xF4\x90\x80\x80", r + r + r + r},
      {"a lead that UTF-8 does not have", "\xF5\x80\x80\x80", r + r + r + r},
      {"cut off at the end", "a\xE8\xB1", "a" + r + r},
      {"cut off by another character", "\xE8\xB1z", r + r + "z"},
  };
  for (const Case& c : cases) EXPECT_EQ(JsonQuote(c.bytes), "\"" + c.expected + "\"") << c.what;
}

TEST(JsonQuote, KeepsTheFirstAndLastCharacterOfEachLength) {
  for (const char* edge : {"\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                           "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_EQ(JsonQuote(edge), "\"" + std::string(edge) + "\"");
  }
}

TEST(LogLine, IsOneJsonObjectOnOneLine) {
  ::testing::internal::CaptureStderr();
  LogLine(Severity::kInfo, "hub.listening")
      .Text("address", "127.0.0.1:7443")
      .Number("pid", -42)
      .Bool("tap", false);
  const std::string line = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(
      line, MatchesRegex(
                "\\{\"time\":\"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+\\+00:00\",\"severity\":\"info\","
                "\"event\":\"hub.listening\",\"address\":\"127.0.0.1:7443\",\"pid\":-42,\"tap\":"
                "false\\}\n"));
}

TEST(LogLine, NamesSeverityAndOutcome) {
  ::testing::internal::CaptureStderr();
  LogLine(Severity::kWarning, "a").Outcome(absl::NotFoundError("no\nsuch thing"));
  LogLine(Severity::kError, "b").Outcome(absl::OkStatus());
  const std::string lines = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(lines, HasSubstr("\"severity\":\"warning\",\"event\":\"a\",\"code\":\"NOT_FOUND\","
                               "\"message\":\"no\\u000asuch thing\"}\n"));
  EXPECT_THAT(lines, EndsWith("\"severity\":\"error\",\"event\":\"b\",\"code\":\"OK\"}\n"));
}

TEST(LogLine, CutsATextAt1024Bytes) {
  ::testing::internal::CaptureStderr();
  LogLine(Severity::kInfo, "a").Text("t", std::string(1'024, 'x'));
  LogLine(Severity::kInfo, "b").Text("t", std::string(1'024, 'y') + "z");
  const std::string lines = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(lines, HasSubstr("\"" + std::string(1'024, 'x') + "\"}"));
  EXPECT_THAT(lines, HasSubstr("\"" + std::string(1'024, 'y') + "\"}"));
  EXPECT_THAT(lines, Not(HasSubstr("yz")));
}

}  // namespace
}  // namespace vervet
