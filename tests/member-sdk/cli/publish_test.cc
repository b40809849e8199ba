#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "tests/member-sdk/cli/fake_client.h"

namespace vervet::member_cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kHeader[] =
    "decision_reference,subject_reference,phone,phone_region,email,url,offence,form,taxa,certainty,"
    "groups,lifetime_days\n";

class PublishTest : public MemberCliTest {
 protected:
  std::vector<std::string> Publish(const std::vector<std::string>& more = {}) {
    std::vector<std::string> args = {"publish",        "--phone",    "+442079460018",
                                     "--offence",      "auction",    "--taxon",
                                     "Manis javanica", "--decision", "CASE-1"};
    args.insert(args.end(), more.begin(), more.end());
    return args;
  }
  std::string Slurp(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
};

TEST_F(PublishTest, SendsEveryFactAndPrintsTheRecordsId) {
  EXPECT_EQ(Run(Publish({"--taxon",         "Manis pentadactyla",
                         "--form",          "raw-part",
                         "--certainty",     "expert_confirmed",
                         "--tlp",           "red",
                         "--group",         "asia-desk",
                         "--lifetime-days", "90",
                         "--reference",     "user-42",
                         "--purpose",       "P",
                         "--legal-entity",  "L",
                         "--lawful-basis",  "B",
                         "--email",         "a@mail.example"})),
            0);
  EXPECT_EQ(out_, "published  record 01900000000000000000000000000001, event 4,711\n");
  ASSERT_EQ(world_.published.size(), 1u);
  const OffenderRecord& record = world_.published[0];
  EXPECT_EQ(record.identifiers.size(), 2u);
  EXPECT_EQ(record.facts.activity, OffenceActivity::kAuction);
  EXPECT_EQ(record.facts.form, SpecimenForm::kRawPart);
  EXPECT_THAT(record.facts.taxa, ElementsAre("Manis javanica", "Manis pentadactyla"));
  EXPECT_EQ(record.facts.certainty, Certainty::kExpertConfirmed);
  EXPECT_EQ(record.facts.tlp, Tlp::kRed);
  EXPECT_THAT(record.facts.groups, ElementsAre("asia-desk"));
  EXPECT_EQ(record.facts.decision_reference, "CASE-1");
  EXPECT_EQ(record.facts.legal_entity, "L");
  EXPECT_EQ(record.facts.purpose, "P");
  EXPECT_EQ(record.facts.lawful_basis, "B");
  EXPECT_EQ(record.lifetime, std::chrono::hours(24 * 90));
  EXPECT_EQ(record.subject_reference, "user-42");
}

TEST_F(PublishTest, SaysThatTheOutboxHoldsItWhileTheHubIsGone) {
  world_.hub_reachable = false;
  EXPECT_EQ(Run(Publish({"--timeout", "2"})), 3);
  EXPECT_THAT(out_, IsEmpty());
  EXPECT_THAT(err_, HasSubstr("error: not delivered yet: hub.example:7443: connection refused"));
  EXPECT_THAT(err_, HasSubstr("it is safe in the outbox"));
  EXPECT_EQ(world_.Pending(), 1u);
  EXPECT_EQ(Run(Publish({"--timeout", "2", "--json"})), 3);
  EXPECT_THAT(out_, HasSubstr("\"state\": \"pending\""));
}

TEST_F(PublishTest, ReturnsAtOnceWithNoWait) {
  EXPECT_EQ(Run(Publish({"--no-wait"})), 0);
  EXPECT_THAT(out_, HasSubstr("in the outbox  request 00000000000000000000000000000001"));
  EXPECT_FALSE(world_.options.background);
}

TEST_F(PublishTest, ReportsARefusalOfTheHubOrTheSdk) {
  world_.hub_refuses = {"CASE-1"};
  EXPECT_EQ(Run(Publish()), 1);
  EXPECT_THAT(err_, HasSubstr("permission denied: groups[0]: this member is not in the group"));
  world_.without_form = {"+442079460018"};
  EXPECT_EQ(Run(Publish()), 1);
  EXPECT_THAT(err_, HasSubstr("invalid argument: phone: has no canonical form"));
  EXPECT_THAT(Everything(), Not(HasSubstr("7946")));
}

TEST_F(PublishTest, RefusesAWrongCommandLineBeforeAnythingElse) {
  EXPECT_EQ(Run({"publish", "--phone", "+442079460018"}), 2);
  EXPECT_THAT(err_, HasSubstr("missing: --offence ACTIVITY, --taxon NAME, --decision REFERENCE"));
  EXPECT_EQ(Run(Publish({"--certainty", "machine"})), 2);
  EXPECT_EQ(Run(Publish({"--lifetime-days", "0"})), 2);
  EXPECT_EQ(Run({"publish", "--offence", "auction", "--taxon", "X", "--decision", "C"}), 2);
  EXPECT_THAT(err_, HasSubstr("at least one identifier"));
  EXPECT_EQ(Run({"publish", "--phone", "1", "--offence", "auction", "--taxon", "X", "--decision",
                 "jane@mail.example"}),
            2);
  EXPECT_THAT(Everything(), Not(HasSubstr("jane")));
  EXPECT_FALSE(world_.opened);
}

TEST_F(PublishTest, EndsAtOnceWhereTheHubRefusesTheMemberAndKeepsTheRecord) {
  world_.flush_status =
      absl::PermissionDeniedError("member/social is suspended; ask a coordinator");
  const absl::Duration start = world_.environment.Monotonic();
  EXPECT_EQ(Run(Publish({"--timeout", "86400"})), 3);
  EXPECT_EQ(world_.environment.Monotonic(), start);
  EXPECT_THAT(err_, HasSubstr("error: permission denied: member/social is suspended"));
  EXPECT_THAT(err_, HasSubstr("not published yet: it is safe in the outbox"));
  EXPECT_EQ(world_.Pending(), 1u);
  const std::string csv =
      absl::StrCat(kHeader, "CASE-1,,+442079460018,,,,auction,,Manis javanica,,,\n");
  EXPECT_EQ(Run({"import", WriteFile("offenders.csv", csv), "--timeout", "86400"}), 3);
  EXPECT_EQ(world_.environment.Monotonic(), start);
  EXPECT_THAT(err_, HasSubstr("error: permission denied: member/social is suspended"));
}

TEST_F(PublishTest, RetractsARecord) {
  EXPECT_EQ(Run({"retract", "0190A1B2C3D4E5F60718293A4B5C6D7E", "--reason", "overturned"}), 0);
  EXPECT_THAT(world_.retracted, ElementsAre("0190a1b2c3d4e5f60718293a4b5c6d7e overturned"));
  EXPECT_THAT(out_, HasSubstr("retracted"));
  EXPECT_EQ(Run({"retract", "short", "--reason", "x"}), 2);
  EXPECT_EQ(Run({"retract", "0190a1b2c3d4e5f60718293a4b5c6d7e"}), 2);
}

TEST_F(PublishTest, ImportsAFileAndNamesEveryWrongCell) {
  world_.without_form = {"12345"};
  const std::string csv = absl::StrCat(
      kHeader,
      "CASE-1,user-1,+442079460018,,a@mail.example; b@mail.example,,offer_for_sale,raw_part,Manis "
      "javanica;Manis crassicaudata,,,\n",
      "CASE-2,user-2,020 7946 0019;12345,GB,,,auction,,Manis javanica,,,\n",
      "jane@mail.example,,+442079460020,Britain,,,auktion,,,machine,,0\n",
      "CASE-4,,,,,,auction,,Manis javanica,,,\n",
      "CASE-5,user-5,+442079460021,,,,auction,,Manis javanica,,\"asia-desk;coalition\",30\n");
  EXPECT_EQ(Run({"import", WriteFile("offenders.csv", csv), "--errors", Path("refused.csv")}), 4);
  EXPECT_THAT(
      err_,
      HasSubstr("offenders.csv:3: phone 2: has no canonical form; write it with a country code\n"));
  EXPECT_THAT(err_, HasSubstr("offenders.csv:4: decision_reference: may hold letters"));
  EXPECT_THAT(err_, HasSubstr("offenders.csv:4: phone_region: must be two letters"));
  EXPECT_THAT(err_, HasSubstr("offenders.csv:4: offence: must be one of"));
  EXPECT_THAT(err_, HasSubstr("did you mean auction?"));
  EXPECT_THAT(err_, HasSubstr("offenders.csv:4: taxa: is empty"));
  EXPECT_THAT(err_, HasSubstr("offenders.csv:4: certainty: must be one of"));
  EXPECT_THAT(err_, HasSubstr("offenders.csv:4: lifetime_days: must be a whole number"));
  EXPECT_THAT(err_, HasSubstr("offenders.csv:5: has no identifier"));
  EXPECT_THAT(out_, HasSubstr("5 lines: 2 published, 3 refused"));
  EXPECT_THAT(err_, HasSubstr("read: 100% (5 lines)"));
  EXPECT_THAT(err_, HasSubstr("deliver: 100% (2 of 2)"));
  for (const char* raw : {"7946", "12345", "mail.example", "jane"}) {
    EXPECT_THAT(Everything(), Not(HasSubstr(raw)));
    EXPECT_THAT(Slurp(Path("refused.csv")), Not(HasSubstr(raw)));
  }
  EXPECT_THAT(Slurp(Path("refused.csv")),
              HasSubstr("line,column,reason\n3,phone 2,has no canonical form"));
  ASSERT_EQ(world_.published.size(), 2u);
  EXPECT_EQ(world_.published[0].identifiers.size(), 3u);
  EXPECT_EQ(world_.published[0].facts.taxa.size(), 2u);
  EXPECT_EQ(world_.published[0].subject_reference, "user-1");
  EXPECT_THAT(world_.published[1].facts.groups, ElementsAre("asia-desk", "coalition"));
  EXPECT_EQ(world_.published[1].lifetime, std::chrono::hours(24 * 30));
}

TEST_F(PublishTest, KeepsSemicolonsOfAnAddressTogether) {
  const std::string csv = absl::StrCat(
      kHeader,
      "CASE-1,,,,,https://a.example/x;s=1?q;https://b.example/y,auction,,Manis javanica,,,\n");
  EXPECT_EQ(Run({"import", WriteFile("offenders.csv", csv)}), 0);
  ASSERT_EQ(world_.published[0].identifiers.size(), 2u);
  EXPECT_EQ(world_.published[0].identifiers[0].value, "https://a.example/x;s=1?q");
}

TEST_F(PublishTest, PublishesNothingOnADryRun) {
  world_.without_form = {"12345"};
  const std::string csv =
      absl::StrCat(kHeader, "CASE-1,,+442079460018,,,,auction,,Manis javanica,,,\n",
                   "CASE-2,,12345,,,,auction,,Manis javanica,,,\n");
  EXPECT_EQ(Run({"import", WriteFile("offenders.csv", csv), "--dry-run"}), 4);
  EXPECT_THAT(out_, HasSubstr("2 lines: 1 fit to publish, 1 refused"));
  EXPECT_THAT(err_, HasSubstr("offenders.csv:3: phone: has no canonical form"));
  EXPECT_THAT(world_.published, IsEmpty());
  EXPECT_TRUE(world_.check_options.local_only);
  EXPECT_FALSE(world_.check_options.remember);
}

TEST_F(PublishTest, ImportsIntoTheOutboxWhileTheHubIsGone) {
  world_.hub_reachable = false;
  const std::string csv =
      absl::StrCat(kHeader, "CASE-1,,+442079460018,,,,auction,,Manis javanica,,,\n");
  EXPECT_EQ(Run({"import", WriteFile("offenders.csv", csv), "--timeout", "1"}), 3);
  EXPECT_THAT(out_, HasSubstr("1 line: 0 published, 1 in the outbox"));
  EXPECT_THAT(err_, HasSubstr("on disk"));
}

TEST_F(PublishTest, CountsALineThatTheHubRefusesLater) {
  world_.hub_refuses = {"CASE-2"};
  const std::string csv =
      absl::StrCat(kHeader, "CASE-1,,+442079460018,,,,auction,,Manis javanica,,,\n",
                   "CASE-2,,+442079460019,,,,auction,,Manis javanica,,,\n");
  EXPECT_EQ(Run({"import", WriteFile("offenders.csv", csv), "--json"}), 4);
  EXPECT_THAT(
      out_, HasSubstr("{\"event\":\"refused\",\"line\":3,\"column\":\"\",\"reason\":\"groups[0]"));
  EXPECT_THAT(out_, HasSubstr("\"accepted\":1,\"delivered\":1,\"pending\":0,\"refused\":1}"));
}

TEST_F(PublishTest, StopsWhereTheMachineIsAtFaultAndSaysHowToGoOn) {
  world_.publish_status = absl::InternalError("the disk is full");
  const std::string csv =
      absl::StrCat(kHeader, "CASE-1,,+442079460018,,,,auction,,Manis javanica,,,\n");
  EXPECT_EQ(Run({"import", WriteFile("offenders.csv", csv)}), 1);
  EXPECT_THAT(err_, HasSubstr("internal: the disk is full"));
  EXPECT_THAT(err_, HasSubstr("go on with --from-line 2"));
}

TEST_F(PublishTest, BeginsWhereItIsTold) {
  const std::string csv =
      absl::StrCat(kHeader, "CASE-1,,+442079460018,,,,auction,,Manis javanica,,,\n",
                   "CASE-2,,+442079460019,,,,auction,,Manis javanica,,,\n");
  EXPECT_EQ(Run({"import", WriteFile("offenders.csv", csv), "--from-line", "3"}), 0);
  ASSERT_EQ(world_.published.size(), 1u);
  EXPECT_EQ(world_.published[0].facts.decision_reference, "CASE-2");
}

TEST_F(PublishTest, RefusesAHeaderThatLacksWhatARecordNeeds) {
  EXPECT_EQ(Run({"import", WriteFile("offenders.csv", "phone,offence,taxa\n")}), 2);
  EXPECT_THAT(err_, HasSubstr("offenders.csv:1: the header lacks the column decision_reference"));
  EXPECT_EQ(Run({"import", Path("none.csv")}), 2);
}

}  // namespace
}  // namespace vervet::member_cli
