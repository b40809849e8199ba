#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tests/member-sdk/cli/fake_client.h"

namespace vervet::member_cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kPhone[] = "020 7946 0018";
constexpr char kEmail[] = "Jane.Doe+shop@mail.example";

class CheckTest : public MemberCliTest {
 protected:
  CheckTest() { world_.records[kPhone] = ExampleMatch(world_.environment.Now()); }
};

TEST_F(CheckTest, ShowsWhoActedAndOnWhatGrounds) {
  EXPECT_EQ(Run({"check", "--phone", kPhone, "--region", "gb", "--reference", "user-42"}), 10);
  EXPECT_THAT(out_, HasSubstr("user-42  phone  match\n"));
  EXPECT_THAT(
      out_, HasSubstr("acted on by   Example Market (member/market), Example Market Ltd, Dublin"));
  EXPECT_THAT(out_, HasSubstr("offence       offer for sale, raw part"));
  EXPECT_THAT(out_, HasSubstr("taxa          Loxodonta africana, Manis javanica"));
  EXPECT_THAT(out_, HasSubstr("certainty     confirmed by a species expert"));
  EXPECT_THAT(out_, HasSubstr("shared in     asia-desk; TLP:AMBER+STRICT"));
  EXPECT_THAT(out_, HasSubstr("(3 days ago)"));
  EXPECT_THAT(out_, HasSubstr("(in 177 days)"));
  EXPECT_THAT(out_, HasSubstr("evidence, not a verdict"));
  ASSERT_EQ(world_.checked.size(), 1u);
  EXPECT_EQ(world_.checked[0].reference, "user-42");
  EXPECT_EQ(world_.checked[0].identifiers[0].region, "GB");
  EXPECT_TRUE(world_.options.background);
}

TEST_F(CheckTest, NeverPassesAVerdictOnAPerson) {
  Run({"check", "--phone", kPhone});
  EXPECT_THAT(absl::AsciiStrToLower(Everything()), Not(HasSubstr("trafficker")));
  EXPECT_THAT(absl::AsciiStrToLower(Everything()), Not(HasSubstr("criminal")));
}

TEST_F(CheckTest, DisarmsWhatAnotherMemberWrote) {
  world_.records[kPhone].publisher_name = "Evil\033[2J\xE2\x80\xAEMarket";
  Run({"check", "--phone", kPhone});
  EXPECT_THAT(out_, Not(HasSubstr("\033")));
  Run({"check", "--phone", kPhone, "--json"});
  EXPECT_THAT(out_, Not(HasSubstr("\033")));
  EXPECT_THAT(out_, HasSubstr("\\u001b[2J\\u202e"));
}

TEST_F(CheckTest, TellsByItsExitCodeWhatAScriptNeedsToKnow) {
  EXPECT_EQ(Run({"check", "--email", kEmail}), 0);
  world_.without_form = {"12"};
  EXPECT_EQ(Run({"check", "--email", kEmail, "--phone", "12"}), 4);
  EXPECT_EQ(Run({"check", "--phone", "12"}), 1);
  world_.unknown = {"x@mail.example"};
  EXPECT_EQ(Run({"check", "--email", "x@mail.example", "--phone", "12"}), 3);
  EXPECT_EQ(Run({"check", "--email", "x@mail.example", "--phone", kPhone}), 10);
  world_.check_status = absl::ResourceExhaustedError("the day's evaluations are used up");
  EXPECT_EQ(Run({"check", "--phone", kPhone}), 3);
  EXPECT_EQ(Run({"check"}), 2);
  EXPECT_EQ(Run({"check", "--phone", kPhone, "--csv", "-"}), 2);
  EXPECT_EQ(Run({"check", "--phone", kPhone, "--region", "Britain"}), 2);
}

TEST_F(CheckTest, WritesOneDocumentForPrograms) {
  EXPECT_EQ(
      Run({"check", "--phone", kPhone, "--email", kEmail, "--reference", "user-42", "--json"}), 10);
  EXPECT_THAT(out_, HasSubstr("\"reference\": \"user-42\",\n  \"matched\": true"));
  EXPECT_THAT(out_, HasSubstr("\"identifier\": \"phone\",\n      \"outcome\": \"match\""));
  EXPECT_THAT(out_, HasSubstr("\"publisher\": \"member/market\""));
  EXPECT_THAT(out_, HasSubstr("\"offence\": \"offer_for_sale\""));
  EXPECT_THAT(out_, HasSubstr("\"outcome\": \"no_match\""));
}

TEST_F(CheckTest, NamesIdentifiersByTypeAndNumber) {
  world_.without_form = {"12"};
  Run({"check", "--phone", kPhone, "--phone", "12"});
  EXPECT_THAT(out_, HasSubstr("phone 1  match"));
  EXPECT_THAT(out_, HasSubstr("phone 2  refused: has no canonical form"));
}

TEST_F(CheckTest, WithholdsAnIdentifierThatAMessageShouldNotHaveRepeated) {
  world_.without_form = {kEmail};
  world_.refusal = absl::StrCat("cannot read ", kEmail);
  Run({"check", "--email", kEmail});
  EXPECT_THAT(Everything(), HasSubstr("cannot read [withheld]"));
  EXPECT_THAT(Everything(), Not(HasSubstr("Doe")));
}

TEST_F(CheckTest, StaysOffTheNetworkWhereAsked) {
  EXPECT_EQ(Run({"check", "--phone", kPhone, "--local-only", "--no-remember"}), 10);
  EXPECT_FALSE(world_.options.background);
  EXPECT_TRUE(world_.check_options.local_only);
  EXPECT_FALSE(world_.check_options.remember);
}

TEST_F(CheckTest, AnswersFromTheVaultWithAWarningWhileTheHubIsGone) {
  world_.hub_reachable = false;
  world_.state.position = 4711;
  EXPECT_EQ(Run({"check", "--phone", kPhone}), 10);
  EXPECT_THAT(err_, HasSubstr("warning: not up to date with the hub"));
  EXPECT_THAT(err_, HasSubstr("position 4,711"));
}

TEST_F(CheckTest, TakesTheConfiguredRegionForPhonesAlone) {
  Run({"check", "--phone", kPhone, "--email", kEmail});
  EXPECT_EQ(world_.checked[0].identifiers[0].region, "IE");
  EXPECT_EQ(world_.checked[0].identifiers[1].region, "");
}

TEST_F(CheckTest, AnswersACsvFileByLineAndReference) {
  world_.without_form = {"12"};
  const std::string csv = absl::StrCat(
      "reference,type,value,region\n", "user-1,phone,", kPhone, ",GB\n", "user-2,email,", kEmail,
      ",\n", "user-3,phone,12,\n", "user-4,phnoe,", kPhone, ",\n", "user-5,phone\n");
  EXPECT_EQ(Run({"check", "--csv", WriteFile("users.csv", csv)}), 10);
  EXPECT_THAT(out_, HasSubstr("users.csv:2  user-1  phone  match\n"));
  EXPECT_THAT(out_, HasSubstr("users.csv:4  user-3  phone  refused: has no canonical form"));
  EXPECT_THAT(out_, HasSubstr("users.csv:5  user-4"));
  EXPECT_THAT(out_, HasSubstr("did you mean phone?"));
  EXPECT_THAT(out_, HasSubstr("users.csv:6"));
  EXPECT_THAT(out_, Not(HasSubstr("user-2")));
  EXPECT_THAT(out_, HasSubstr("5 lines checked: 1 match, 1 without, 3 refused"));
  EXPECT_THAT(Everything(), Not(HasSubstr("7946")));
  EXPECT_THAT(Everything(), Not(HasSubstr("Doe")));
}

TEST_F(CheckTest, WritesJsonLinesForACsvFile) {
  const std::string csv =
      absl::StrCat("type,value,reference\nphone,", kPhone, ",user-1\nemail,", kEmail, ",user-2\n");
  EXPECT_EQ(Run({"check", "--csv", "-", "--json"}, csv), 10);
  EXPECT_THAT(
      out_,
      HasSubstr(
          "{\"event\":\"result\",\"line\":2,\"reference\":\"user-1\",\"identifier\":\"phone\","
          "\"outcome\":\"match\""));
  EXPECT_THAT(
      out_,
      HasSubstr(
          "\"line\":3,\"reference\":\"user-2\",\"identifier\":\"email\",\"outcome\":\"no_match\""));
  EXPECT_THAT(out_, HasSubstr("{\"event\":\"summary\",\"lines\":2,\"match\":1,\"no_match\":1"));
  EXPECT_THAT(Everything(), Not(HasSubstr("7946")));
}

TEST_F(CheckTest, ChecksMoreLinesThanOneBatchInOrder) {
  std::string csv = "reference,type,value\n";
  for (int i = 0; i < 1200; ++i)
    absl::StrAppend(&csv, "u", i, ",platform_account,market.example:", i, "\n");
  EXPECT_EQ(Run({"check", "--csv", WriteFile("users.csv", csv), "--json"}), 0);
  ASSERT_EQ(world_.checked.size(), 1200u);
  EXPECT_EQ(world_.checked[1199].reference, "u1199");
  EXPECT_THAT(out_, HasSubstr("\"line\":1201,\"reference\":\"u1199\""));
  EXPECT_THAT(err_, HasSubstr("check: 100% (1,200 lines)"));
}

TEST_F(CheckTest, DoesNotRepeatAFileWithoutAHeader) {
  EXPECT_EQ(Run({"check", "--csv", "-"}, absl::StrCat("user-1,phone,", kPhone, "\n")), 2);
  EXPECT_THAT(err_, HasSubstr("stdin:1: column 1 of the header is unknown"));
  EXPECT_THAT(Everything(), Not(HasSubstr("7946")));
  EXPECT_THAT(out_, IsEmpty());
}

TEST_F(CheckTest, NeverRepeatsAnIdentifierThatStandsInTheWrongPlace) {
  EXPECT_EQ(Run({"check", kEmail}), 2);
  EXPECT_THAT(Everything(), Not(HasSubstr("Doe")));
  EXPECT_EQ(Run({kEmail}), 2);
  EXPECT_THAT(Everything(), Not(HasSubstr("Doe")));
  EXPECT_EQ(Run({"check", absl::StrCat("--phon=", kPhone)}), 2);
  EXPECT_THAT(Everything(), Not(HasSubstr("7946")));
}

TEST_F(CheckTest, ShowsAMatchThatArrivedMeanwhile) {
  world_.on_catch_up = [](FakeWorld& world) {
    world.options.on_match({ExampleMatch(world.environment.Now()), {"user-9"}, {}});
  };
  EXPECT_EQ(Run({"check", "--email", kEmail}), 0);
  EXPECT_THAT(err_, HasSubstr("match: user-9 (phone), acted on by member/market"));
}

}  // namespace
}  // namespace vervet::member_cli
