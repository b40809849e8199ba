// subject show, object and erase.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/member-sdk/cli/fake_client.h"

namespace vervet::member_cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kRecord[] = "0190a1b2c3d4e5f60718293a4b5c6d7e";
constexpr char kOwnRecord[] = "0190ffffffffffffffffffffffffffff";

class SubjectTest : public MemberCliTest {
 protected:
  SubjectTest() {
    const TimePoint now = absl::ToChronoTime(world_.environment.Now());
    SubjectHoldings& held = world_.holdings;
    held.identifiers = {{absl::OkStatus(), true}};
    held.tokens = {{"phone", 1, 1, now, {"user-42"}}, {"email", 1, 1, std::nullopt, {"user-42"}}};
    held.references = {"user-42"};
    held.matches = {ExampleMatch(world_.environment.Now())};
    held.matched = {{kRecord, "member/market", "user-42", now, true}};
    held.actions = {{kRecord, "user-42", "account suspended", now}};
    held.own_records = {kOwnRecord};
    Objection objection;
    objection.record_id = kRecord;
    objection.subject_reference = "user-42";
    objection.state = ObjectionState::kKept;
    objection.answer = "the sale came later";
    held.objections = {objection};
    world_.erasure.tokens = 2;
    world_.erasure.references = 2;
    world_.erasure.own_records = {kOwnRecord};
  }
};

TEST_F(SubjectTest, ShowsWhatIsHeldWithoutTheNetwork) {
  EXPECT_EQ(Run({"subject", "show", "--phone", "+442079460018", "--reference", "user-42"}), 0);
  EXPECT_FALSE(world_.options.background);
  EXPECT_EQ(world_.asked_about[0].reference, "user-42");
  EXPECT_EQ(world_.asked_about[0].identifiers[0].value, "+442079460018");
  for (const char* part :
       {"references  user-42", "version 1", "before this version", "acted on by",
        "account suspended", "kept, \"the sale came later\"", "own record  0190ffff"}) {
    EXPECT_THAT(out_, HasSubstr(part));
  }
  EXPECT_THAT(Everything(), Not(HasSubstr("7946")));
}

TEST_F(SubjectTest, ShowsTheSameToPrograms) {
  EXPECT_EQ(Run({"subject", "show", "--email", "jane@example.com", "--json"}), 0);
  for (const char* part :
       {"\"identifier\": \"email\"", "\"cached\": true", "\"signature_type\": \"phone\"",
        "\"first_matched\"", "\"action\": \"account suspended\"", "\"state\": \"kept\"",
        "\"own_records\"", "\"pending\": []"}) {
    EXPECT_THAT(out_, HasSubstr(part));
  }
  EXPECT_THAT(Everything(), Not(HasSubstr("jane@")));
}

TEST_F(SubjectTest, SaysThatNothingIsHeld) {
  world_.holdings = SubjectHoldings();
  EXPECT_EQ(Run({"subject", "show", "--reference", "user-9"}), 0);
  EXPECT_EQ(out_, "nothing is held\n");
  EXPECT_EQ(Run({"subject", "show"}), 2);
  EXPECT_THAT(err_, HasSubstr("give --reference"));
}

TEST_F(SubjectTest, CarriesAnObjection) {
  EXPECT_EQ(
      Run({"subject", "object", kRecord, "--reference", "user-42", "--reason", "number sold"}), 0);
  EXPECT_THAT(world_.said, ElementsAre(absl::StrCat("object ", kRecord, " user-42 number sold")));
  EXPECT_THAT(out_, HasSubstr("objected  record"));
  EXPECT_THAT(out_, HasSubstr("is to answer by"));
  EXPECT_EQ(Run({"subject", "object", kRecord, "--reference", "user-42"}), 2);
}

TEST_F(SubjectTest, ErasesTheVaultAndNamesWhatIsStillPublished) {
  EXPECT_EQ(Run({"subject", "erase", "--reference", "user-42"}), 0);
  EXPECT_THAT(world_.said, ElementsAre("erase subject user-42"));
  EXPECT_THAT(out_, HasSubstr("deleted  2 tokens, 0 pictures, 2 references"));
  EXPECT_THAT(err_, HasSubstr(absl::StrCat("vervet-member erase ", kOwnRecord)));
  EXPECT_FALSE(world_.options.background);
}

TEST_F(SubjectTest, ErasesTheOwnRecordsFirstWhereAsked) {
  EXPECT_EQ(Run({"subject", "erase", "--reference", "user-42", "--own-records"}), 0);
  EXPECT_THAT(world_.said, ElementsAre(absl::StrCat("erase ", kOwnRecord, " subject-right"),
                                       "erase subject user-42"));
  EXPECT_THAT(out_, HasSubstr("erased  record"));
  EXPECT_EQ(Run({"subject", "erase", "--reference", "user-42", "--own-records", "--json"}), 0);
  EXPECT_THAT(out_, HasSubstr("\"requests\": ["));
}

TEST_F(SubjectTest, ErasesNothingWhileAPublicationWaits) {
  world_.holdings.pending = {"0102"};
  world_.say_status = absl::FailedPreconditionError("a publication about this person waits");
  EXPECT_EQ(Run({"subject", "erase", "--reference", "user-42", "--own-records"}), 1);
  EXPECT_THAT(err_, HasSubstr("waits"));
  EXPECT_THAT(world_.said, IsEmpty());
}

}  // namespace
}  // namespace vervet::member_cli
