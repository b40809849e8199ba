#include "core/cli/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace vervet::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<CsvRecord> ReadAll(const std::string& text, CsvLimits limits = {}) {
  std::istringstream in(text);
  CsvReader reader(in, limits);
  std::vector<CsvRecord> records;
  CsvRecord record;
  while (records.size() < 1000 && reader.Next(&record)) records.push_back(record);
  return records;
}

TEST(Csv, ReadsQuotesLineBreaksInsideThemAndBothLineEnds) {
  const auto records = ReadAll("a,\"b \"\"c\"\", d\"\r\n\"two\nlines\",x\n,\n");
  ASSERT_EQ(records.size(), 3u);
  EXPECT_THAT(records[0].fields, ElementsAre("a", "b \"c\", d"));
  EXPECT_THAT(records[1].fields, ElementsAre("two\nlines", "x"));
  EXPECT_THAT(records[2].fields, ElementsAre("", ""));
}

TEST(Csv, CountsLinesAsAnEditorDoes) {
  const auto records = ReadAll("h\n\n\"1\n2\n3\"\r\n\r\nlast");
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].line, 1);
  EXPECT_EQ(records[1].line, 3);
  EXPECT_EQ(records[2].line, 7);
  EXPECT_THAT(records[2].fields, ElementsAre("last"));
}

TEST(Csv, IgnoresAUtf8ByteOrderMark) {
  const auto records = ReadAll("\xEF\xBB\xBFreference,value\n");
  ASSERT_EQ(records.size(), 1u);
  EXPECT_THAT(records[0].fields, ElementsAre("reference", "value"));
}

TEST(Csv, RefusesOtherEncodingsWithTheRemedy) {
  const auto utf16 =
      ReadAll(std::string("\xFF\xFE"
                          "a\0,\0",
                          6));
  ASSERT_EQ(utf16.size(), 1u);
  EXPECT_THAT(std::string(utf16[0].status.message()),
              HasSubstr("UTF-16; save the file as \"CSV UTF-8\""));
  const auto latin1 = ReadAll("ok,x\nJos\xE9,x\nok,y\n");
  ASSERT_EQ(latin1.size(), 3u);
  EXPECT_THAT(std::string(latin1[1].status.message()), HasSubstr("column 1: is not UTF-8"));
  EXPECT_THAT(latin1[2].fields, ElementsAre("ok", "y"));
}

TEST(Csv, GoesOnBehindAMalformedLine) {
  const auto records = ReadAll("a\"b,1\n\"x\"y,2\nc\rd,3\nfine,4\n");
  ASSERT_EQ(records.size(), 4u);
  EXPECT_THAT(std::string(records[0].status.message()), HasSubstr("has a quote inside"));
  EXPECT_THAT(std::string(records[1].status.message()), HasSubstr("text behind its closing quote"));
  EXPECT_THAT(std::string(records[2].status.message()), HasSubstr("carriage return"));
  EXPECT_EQ(records[2].line, 3);
  EXPECT_THAT(records[3].fields, ElementsAre("fine", "4"));
}

TEST(Csv, EndsAtAQuoteThatIsNeverClosed) {
  const auto records = ReadAll("a,1\n\"b,2\nc,3\n");
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[1].line, 2);
  EXPECT_THAT(std::string(records[1].status.message()), HasSubstr("never closed"));
}

TEST(Csv, HoldsItsLimitsAtTheLimitAndOnePast) {
  const CsvLimits limits{.field_bytes = 4, .record_bytes = 6, .fields = 3};
  EXPECT_TRUE(ReadAll("1234,12\n", limits)[0].status.ok());
  EXPECT_THAT(std::string(ReadAll("12345\n", limits)[0].status.message()),
              HasSubstr("longer than 4 bytes"));
  EXPECT_THAT(std::string(ReadAll("1234,123\n", limits)[0].status.message()),
              HasSubstr("longer than 6 bytes"));
  EXPECT_TRUE(ReadAll("1,2,3\n", limits)[0].status.ok());
  EXPECT_THAT(std::string(ReadAll("1,2,3,4\n", limits)[0].status.message()),
              HasSubstr("more than 3 columns"));
  EXPECT_THAT(std::string(ReadAll("\"12345\",x\n", limits)[0].status.message()),
              HasSubstr("not closed"));
}

TEST(Csv, FindsColumnsByNameInAnyOrder) {
  const auto columns = CsvColumns::FromHeader({"Value", "crypto wallet"},
                                              {"value", "crypto_wallet", "x"}, {"value"});
  ASSERT_TRUE(columns.ok()) << columns.status();
  EXPECT_EQ(columns->Get({" v ", "w"}, "crypto_wallet"), "w");
  EXPECT_EQ(columns->Get({" v ", "w"}, "value"), "v");
  EXPECT_EQ(columns->Get({"v"}, "crypto_wallet"), "");
  EXPECT_EQ(columns->Get({"v"}, "x"), "");
}

TEST(Csv, ExplainsAHeaderWithoutRepeatingIt) {
  const std::vector<std::string> known = {"reference", "type"};
  auto message = [&](const std::vector<std::string>& header) {
    return std::string(CsvColumns::FromHeader(header, known, {"type"}).status().message());
  };
  EXPECT_THAT(message({"refrence", "type"}),
              HasSubstr("column 1 of the header is unknown (did you mean reference?)"));
  EXPECT_THAT(message({"reference"}), HasSubstr("lacks the column type"));
  EXPECT_THAT(message({"type", "type"}), HasSubstr("twice"));
  EXPECT_THAT(message({"reference;type"}), HasSubstr("not by semicolons"));
  EXPECT_THAT(message({"type", "+44 20 7946 0018"}), Not(HasSubstr("7946")));
}

TEST(Csv, WritesFieldsThatItReadsBack) {
  for (const std::string text : {"plain", "a,b", "say \"x\"", "two\nlines", ""}) {
    const auto records = ReadAll(CsvField(text) + ",end\n");
    ASSERT_EQ(records.size(), 1u);
    EXPECT_THAT(records[0].fields, ElementsAre(text, "end"));
  }
}

}  // namespace
}  // namespace vervet::cli
