#include "core/cli/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/base/manual_environment.h"
#include "core/cli/json.h"
#include "core/cli/progress.h"
#include "core/cli/table.h"
#include "tests/core/cli/testing_streams.h"

namespace vervet::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Text, MeasuresWhatATerminalShows) {
  EXPECT_EQ(DisplayWidth("market"), 6);
  EXPECT_EQ(DisplayWidth("交流网络"), 8);
  EXPECT_EQ(DisplayWidth("ｍ"), 2);
  EXPECT_EQ(DisplayWidth("Việt"), 4);
  EXPECT_EQ(DisplayWidth("Vie\xCC\xA3\xCC\x82t"), 4) << "combining marks take no column";
  EXPECT_EQ(DisplayWidth("🐘"), 2);
  EXPECT_EQ(DisplayWidth("👩‍🔬"), 2) << "a joined emoji is one";
  EXPECT_EQ(DisplayWidth("\xFF"), 1);
  EXPECT_EQ(DisplayWidth(""), 0);
}

TEST(Text, CutsBetweenCharacters) {
  EXPECT_EQ(TruncateToWidth("交流网络", 8), "交流网络");
  EXPECT_EQ(TruncateToWidth("交流网络", 7), "交流网…");
  EXPECT_EQ(TruncateToWidth("交流网络", 6), "交流…");
  EXPECT_EQ(TruncateToWidth("abc", 1), "…");
}

TEST(Text, DisarmsWhatMovesTheCursorOrReordersTheLine) {
  EXPECT_EQ(Printable("a\033[2Jb"), "a\xEF\xBF\xBD[2Jb");
  EXPECT_EQ(Printable("one\ntwo\tthree"), "one two three");
  EXPECT_EQ(Printable("x\xE2\x80\xAEy"), "x\xEF\xBF\xBDy") << "right-to-left override";
  EXPECT_EQ(Printable("x\xC2\x9By"), "x\xEF\xBF\xBDy") << "C1 control sequence introducer";
  EXPECT_EQ(Printable("\xC3("), "\xEF\xBF\xBD(");
  EXPECT_EQ(Printable("ဝက် 交流"), "ဝက် 交流");
}

TEST(Text, SuggestsTheNearestNameAndNothingFarAway) {
  EXPECT_EQ(NearestName("chekc", {"check", "publish"}), "check");
  EXPECT_EQ(NearestName("xyz", {"check", "publish"}), "");
}

TEST(Text, SaysDurationsInOneUnit) {
  EXPECT_EQ(DurationForPeople(absl::Milliseconds(340)), "340 ms");
  EXPECT_EQ(DurationForPeople(absl::Seconds(59)), "59 s");
  EXPECT_EQ(DurationForPeople(absl::Minutes(59)), "59 min");
  EXPECT_EQ(DurationForPeople(absl::Hours(47)), "47 h");
  EXPECT_EQ(DurationForPeople(absl::Hours(24 * 179 + 3)), "179 days");
  EXPECT_EQ(WithThousands(1234567), "1,234,567");
  EXPECT_EQ(WithThousands(999), "999");
}

TEST(Json, EscapesWhatRfc8259AndATerminalAskFor) {
  EXPECT_EQ(JsonString("a\"b\\c\n\t\x01"), R"("a\"b\\c\n\t\u0001")");
  EXPECT_EQ(JsonString("\x1b[31m\x7f"), "\"\\u001b[31m\\u007f\"");
  EXPECT_EQ(JsonString("\xE2\x80\xA8"), R"("\u2028")");
  EXPECT_EQ(JsonString("交 \xFF"), "\"交 \xEF\xBF\xBD\"");
}

TEST(Json, WritesNumbersThatReadBackAndNeverWhatIsNone) {
  JsonWriter json(JsonWriter::Layout::kLine);
  json.BeginObject().Field("a", 0.1).Field("b", 1e-300).Field("c", std::nan("")).Field("d", 80.0);
  json.EndObject();
  EXPECT_EQ(json.Finish(), "{\"a\":0.1,\"b\":1e-300,\"c\":null,\"d\":80}\n");
}

TEST(Json, WritesLinesAndDocuments) {
  auto write = [](JsonWriter::Layout layout) {
    JsonWriter json(layout);
    json.BeginObject().Field("a", 1).Field("b", "x").StringArray(
        "c", std::vector<std::string>{"p", "q"});
    json.Key("d").BeginArray().EndArray().Key("e").BeginObject().EndObject().Key("f").Null().Field(
        "g", true);
    json.EndObject();
    return json.Finish();
  };
  EXPECT_EQ(write(JsonWriter::Layout::kLine),
            "{\"a\":1,\"b\":\"x\",\"c\":[\"p\",\"q\"],\"d\":[],\"e\":{},\"f\":null,\"g\":true}\n");
  EXPECT_EQ(write(JsonWriter::Layout::kDocument),
            "{\n  \"a\": 1,\n  \"b\": \"x\",\n  \"c\": [\n    \"p\",\n    \"q\"\n  ],\n  \"d\": "
            "[],\n  \"e\": {},\n  \"f\": null,\n  \"g\": true\n}\n");
}

TEST(Table, AlignsWideCharactersAndNumbers) {
  TestingStreams test;
  Table table({{"NAME"}, {"POSITION", Table::Align::kRight}, {"STATE"}});
  table.AddRow({"交流网络", "7", "connected"});
  table.AddRow({"Market", "4,711", "offline"});
  EXPECT_EQ(table.Render(test.streams),
            "NAME      POSITION  STATE\n"
            "交流网络         7  connected\n"
            "Market       4,711  offline\n");
}

TEST(Table, CutsOnANarrowTerminalAndNeverInAPipe) {
  TestingStreams test;
  Table table({{"PARTY"}, {"REASON"}});
  table.AddRow({"member/market", "a reason that goes on for quite a while"});
  EXPECT_THAT(table.Render(test.streams), HasSubstr("for quite a while"));
  test.streams.out_is_terminal = true;
  test.streams.columns = 30;
  EXPECT_EQ(table.Render(test.streams), "PARTY          REASON\nmember/market  a reason that …\n");
}

TEST(Table, ColoursOnlyWhereColourIsWelcome) {
  TestingStreams test;
  Table table({{"STATE"}});
  table.AddRow({Cell("suspended", Paint::kRed)});
  EXPECT_THAT(table.Render(test.streams), Not(HasSubstr("\033")));
  test.streams.out_colour = true;
  EXPECT_THAT(table.Render(test.streams), HasSubstr("\033[31msuspended\033[0m"));
}

TEST(Progress, PrintsALineEveryTenPercentInAPipe) {
  TestingStreams test;
  ManualEnvironment environment;
  {
    Progress progress(test.streams, environment, "import", 100);
    for (int i = 0; i <= 25; ++i) progress.Update(i, "lines");
  }
  EXPECT_EQ(test.err.str(), "import: 10% (lines)\nimport: 20% (lines)\n");
}

TEST(Progress, RedrawsOneLineOnATerminalAndRemovesIt) {
  TestingStreams test;
  test.streams.err_is_terminal = true;
  ManualEnvironment environment;
  {
    Progress progress(test.streams, environment, "import", 4);
    progress.Update(1, "1 line");
    progress.Update(2, "too soon to draw");
    environment.Advance(absl::Milliseconds(100));
    progress.Update(3, "3 lines");
  }
  const std::string drawn = test.err.str();
  EXPECT_THAT(drawn, HasSubstr(" 75%  3 lines"));
  EXPECT_THAT(drawn, Not(HasSubstr("too soon")));
  EXPECT_THAT(drawn, Not(HasSubstr("\n")));
  EXPECT_EQ(drawn.substr(drawn.size() - 4), "\r\033[K");
}

}  // namespace
}  // namespace vervet::cli
