#include "examples/coalition/needle_scanner.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace vervet::coalition {
namespace {

NeedleScanner ScannerFor(std::initializer_list<const char*> needles) {
  NeedleScanner scanner;
  for (const char* needle : needles) EXPECT_TRUE(scanner.Add(needle)) << needle;
  scanner.Build();
  return scanner;
}

std::string RandomBytes(size_t size_bytes, unsigned seed) {
  std::mt19937_64 random(seed);
  std::string bytes(size_bytes, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

TEST(NeedleScanner, FindsANeedleWhereverItStands) {
  const NeedleScanner scanner = ScannerFor({"jane.doe@example.com"});
  const std::string needle = "jane.doe@example.com";
  for (size_t before = 0; before < 40; ++before) {
    for (size_t after : {size_t{0}, size_t{1}, size_t{9}}) {
      const std::string text = RandomBytes(before, 1) + needle + RandomBytes(after, 2);
      const auto hits = scanner.Scan(text);
      ASSERT_EQ(hits.size(), 1u) << before << " bytes before, " << after << " after";
      EXPECT_EQ(hits[0].offset, before);
    }
  }
}

TEST(NeedleScanner, DisregardsAsciiCaseOnBothSides) {
  const NeedleScanner scanner = ScannerFor({"Jane.Doe@Example.com"});
  EXPECT_EQ(scanner.Scan("to: JANE.DOE@eXAMPLE.COM;").size(), 1u);
}

TEST(NeedleScanner, FindsCharactersOutsideAscii) {
  const NeedleScanner scanner = ScannerFor({"０２０７９４６００１８"});
  EXPECT_EQ(scanner.Scan("phone=０２０７９４６００１８").size(), 1u);
}

TEST(NeedleScanner, FindsANeedleAmongZeroBytes) {
  const NeedleScanner scanner = ScannerFor({"12345678901"});
  std::string text(64, '\0');
  text.replace(20, 11, "12345678901");
  EXPECT_EQ(scanner.Scan(text).size(), 1u);
}

TEST(NeedleScanner, TakesDigitsOnlyWhereTheyStandAlone) {
  const NeedleScanner scanner = ScannerFor({"2079460018"});
  EXPECT_EQ(scanner.Scan("call 2079460018 now").size(), 1u);
  EXPECT_EQ(scanner.Scan("2079460018").size(), 1u);
  EXPECT_EQ(scanner.Scan("x2079460018x").size(), 1u);
  EXPECT_TRUE(scanner.Scan("time_us=172079460018").empty());
  EXPECT_TRUE(scanner.Scan("20794600189").empty());
}

TEST(NeedleScanner, FindsANotationWithAPlusInsideALongerText) {
  const NeedleScanner scanner = ScannerFor({"+442079460018"});
  EXPECT_EQ(scanner.Scan("tel:+442079460018").size(), 1u);
  EXPECT_EQ(scanner.Scan("7+4420794600187").size(), 1u);
}

TEST(NeedleScanner, DoesNotFindWhatDiffersInOneByte) {
  const NeedleScanner scanner = ScannerFor({"market.example:1234567", "abcdefg"});
  EXPECT_TRUE(scanner.Scan("market.example:1234568 market-example:1234567 abcdef abcdeg").empty());
}

TEST(NeedleScanner, RefusesWhatIsTooShortToMeanAnything) {
  NeedleScanner scanner;
  EXPECT_FALSE(scanner.Add("123456"));
  EXPECT_FALSE(scanner.Add("12-34-56"));
  EXPECT_FALSE(scanner.Add(""));
  EXPECT_TRUE(scanner.Add("12-34-567"));
  EXPECT_FALSE(scanner.Add("12-34-567"));  // there already
  EXPECT_EQ(scanner.size(), 1u);
  EXPECT_EQ(scanner.refused(), 3u);
}

TEST(NeedleScanner, FindsEachOfManyThatShareTheirBeginningAndEnd) {
  NeedleScanner scanner;
  for (int i = 0; i < 20'000; ++i) scanner.Add(absl::StrCat("offender.", i, "@mail.example"));
  scanner.Build();
  for (int i = 0; i < 20'000; i += 997) {
    const auto hits = scanner.Scan(absl::StrCat("{\"", "offender.", i, "@mail.example\"}"));
    ASSERT_EQ(hits.size(), 1u);
    EXPECT_EQ(scanner.needle(hits[0].needle), absl::StrCat("offender.", i, "@mail.example"));
  }
}

TEST(NeedleScanner, StopsAtTheLimit) {
  const NeedleScanner scanner = ScannerFor({"needle-1"});
  std::string text;
  for (int i = 0; i < 50; ++i) text += "needle-1 ";
  EXPECT_EQ(scanner.Scan(text, 10).size(), 10u);
}

TEST(NeedleScanner, FindsNothingInRandomBytesAndIsFast) {
  NeedleScanner scanner;
  for (int i = 0; i < 100'000; ++i) scanner.Add(absl::StrCat("+86138", 10'000'000 + i * 37));
  scanner.Build();
  const std::string bytes = RandomBytes(64 << 20, 7);
  const absl::Time start = absl::Now();
  EXPECT_TRUE(scanner.Scan(bytes).empty());
  const double megabytes_per_s = 64 * 1.048576 / absl::ToDoubleSeconds(absl::Now() - start);
  RecordProperty("megabytes_per_s", static_cast<int>(megabytes_per_s));
  // A generous floor for a busy machine or an unoptimised build: it must not be quadratic in the
  // needles.
  EXPECT_GT(megabytes_per_s, 10.0);
}

}  // namespace
}  // namespace vervet::coalition
