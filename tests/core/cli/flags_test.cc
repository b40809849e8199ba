#include "core/cli/flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vervet::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

struct Parsed {
  std::string name;
  std::vector<std::string> phones;
  bool json = false;
  int64_t days = 7;
  absl::Duration timeout = absl::Seconds(1);
  std::string certainty;
  FlagSet flags;

  Parsed() {
    flags.String("name", "TEXT", "", &name);
    flags.StringList("phone", "NUMBER", "", &phones);
    flags.Switch("json", "", &json);
    flags.Int("days", "DAYS", "", 1, 30, &days);
    flags.Seconds("timeout", "", &timeout);
    flags.Choice("certainty", "WORD", "how sure", {"machine", "reviewer_confirmed"}, &certainty);
  }
  std::string Error(const std::vector<std::string>& args) {
    const auto others = flags.Parse(args);
    EXPECT_EQ(others.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(others.status().message());
  }
};

TEST(Flags, TakesBothSpellingsAndKeepsOtherArgumentsInOrder) {
  Parsed parsed;
  const auto others =
      parsed.flags.Parse({"one", "--name", "Ann", "--phone=1", "two", "--phone", "2", "--json"});
  ASSERT_TRUE(others.ok()) << others.status();
  EXPECT_THAT(*others, ElementsAre("one", "two"));
  EXPECT_EQ(parsed.name, "Ann");
  EXPECT_THAT(parsed.phones, ElementsAre("1", "2"));
  EXPECT_TRUE(parsed.json);
}

TEST(Flags, TwoDashesEndTheFlags) {
  Parsed parsed;
  const auto others = parsed.flags.Parse({"--json", "--", "--name", "x"});
  ASSERT_TRUE(others.ok());
  EXPECT_THAT(*others, ElementsAre("--name", "x"));
  EXPECT_EQ(parsed.name, "");
}

TEST(Flags, NamesTheNearestKnownFlag) {
  EXPECT_EQ(Parsed().Error({"--phnoe", "1"}), "unknown flag --phnoe (did you mean --phone?)");
  EXPECT_EQ(Parsed().Error({"--zzzzzzzzzzzz"}), "unknown flag --zzzzzzzzzzzz");
}

TEST(Flags, NeverRepeatsWhatMayBeSomebodysData) {
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{{"--+442079460018"},
                                             {"-ann@mail.example"},
                                             {"--ann@mail.example=1"},
                                             {"--days", "+442079460018"},
                                             {"--certainty=ann@mail.example"},
                                             {"--timeout", "ann@mail.example"},
                                             {"--phnoe=+442079460018"}}) {
    const std::string message = Parsed().Error(args);
    EXPECT_THAT(message, Not(HasSubstr("20794"))) << message;
    EXPECT_THAT(message, Not(HasSubstr("ann@"))) << message;
  }
}

TEST(Flags, RefusesAFlagForAValueThatWasForgotten) {
  EXPECT_THAT(Parsed().Error({"--name", "--json"}), HasSubstr("--name needs a value (TEXT)"));
  EXPECT_THAT(Parsed().Error({"--name"}), HasSubstr("--name needs a value"));
}

TEST(Flags, RefusesASecondValueWhereThereIsOne) {
  EXPECT_THAT(Parsed().Error({"--name", "a", "--name", "b"}), HasSubstr("given twice"));
}

TEST(Flags, ChecksNumbersAgainstTheirLimits) {
  Parsed parsed;
  ASSERT_TRUE(parsed.flags.Parse({"--days", "30", "--timeout=0.5"}).ok());
  EXPECT_EQ(parsed.days, 30);
  EXPECT_EQ(parsed.timeout, absl::Milliseconds(500));
  EXPECT_EQ(Parsed().Error({"--days", "31"}), "--days: must be a whole number from 1 to 30");
  EXPECT_THAT(Parsed().Error({"--days", "0"}), HasSubstr("from 1 to 30"));
  EXPECT_THAT(Parsed().Error({"--timeout", "-1"}), HasSubstr("seconds"));
  EXPECT_THAT(Parsed().Error({"--timeout", "nan"}), HasSubstr("seconds"));
}

TEST(Flags, TakesAChoiceInAnySpellingAndListsTheOthers) {
  Parsed parsed;
  ASSERT_TRUE(parsed.flags.Parse({"--certainty", "Reviewer-Confirmed"}).ok());
  EXPECT_EQ(parsed.certainty, "reviewer_confirmed");
  EXPECT_EQ(Parsed().Error({"--certainty", "reviewer"}),
            "--certainty: must be one of machine, reviewer_confirmed");
  EXPECT_THAT(Parsed().Error({"--certainty", "reviewer_confirmd"}),
              HasSubstr("did you mean reviewer_confirmed?"));
}

TEST(Flags, NamesEveryRequiredFlagThatIsMissing) {
  Parsed parsed;
  parsed.flags.Require("name");
  parsed.flags.Require("days");
  EXPECT_EQ(parsed.Error({}), "missing: --name TEXT, --days DAYS");
}

TEST(Flags, ParsesLeadingFlagsUpToTheCommand) {
  Parsed parsed;
  const auto taken = parsed.flags.ParseLeading({"--name", "x", "--json", "check", "--days", "99"});
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(*taken, 3u);
  EXPECT_EQ(parsed.days, 7);
}

}  // namespace
}  // namespace vervet::cli
