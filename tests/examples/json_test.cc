#include "examples/coalition/json.h"

#include <gtest/gtest.h>

namespace vervet::coalition {
namespace {

TEST(Json, ReadsWhatTheProgramsPrint) {
  const auto json = Json::Parse(
      R"({"position": 42, "sequence": "9007199254740993", "groups": ["a", "b"], "caught_up": true,
          "results": [{"outcome": "match", "rate": 1.5}]})");
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_EQ((*json)["position"].number(), 42u);
  EXPECT_GT((*json)["sequence"].number(), 9'007'199'254'740'000u);
  EXPECT_EQ((*json)["groups"].texts(), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE((*json)["caught_up"].truth());
  ASSERT_EQ((*json)["results"].elements().size(), 1u);
  EXPECT_EQ((*json)["results"].elements()[0]["outcome"].text(), "match");
  EXPECT_EQ((*json)["results"].elements()[0]["rate"].real(), 1.5);
}

TEST(Json, ReadsWhatIsAbsentAsEmpty) {
  const auto json = Json::Parse(R"({"a": {}})");
  ASSERT_TRUE(json.ok());
  EXPECT_EQ((*json)["x"]["y"].text(), "");
  EXPECT_EQ((*json)["a"].number(), 0u);
  EXPECT_TRUE((*json)["a"].elements().empty());
  EXPECT_TRUE(json->has("a"));
  EXPECT_FALSE(json->has("x"));
}

TEST(Json, RefusesWhatIsNone) {
  EXPECT_EQ(Json::Parse("no").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Json::Parse("{\"a\": 1").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace vervet::coalition
