// opinion, answer, erase, remedies and records show.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/member-sdk/cli/fake_client.h"

namespace vervet::member_cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kRecord[] = "0190a1b2c3d4e5f60718293a4b5c6d7e";

class RemedyTest : public MemberCliTest {
 protected:
  TimePoint In(absl::Duration duration) const {
    return absl::ToChronoTime(const_cast<FakeWorld&>(world_).environment.Now() + duration);
  }
  OpenRemedy ExampleRemedy() {
    OpenRemedy remedy;
    remedy.record_id = kRecord;
    remedy.publisher = "member/market";
    remedy.reason = "retracted";
    remedy.detail = "overturned on appeal";
    remedy.ended = In(-absl::Hours(1));
    remedy.due = In(absl::Hours(7 * 24));
    remedy.ended_sequence = 4711;
    remedy.affected = {{"user-42", "account suspended", In(-absl::Hours(30))},
                       {"user-43", "", In(-absl::Hours(20))}};
    return remedy;
  }
};

TEST_F(RemedyTest, GivesAnOpinionWithItsReason) {
  EXPECT_EQ(
      Run({"opinion", "0190A1B2C3D4E5F60718293A4B5C6D7E", "dispute", "--reason", "a replica"}), 0);
  EXPECT_THAT(world_.said, ElementsAre(absl::StrCat("opine ", kRecord, " dispute a replica")));
  EXPECT_EQ(out_, absl::StrCat("disputed  record ", kRecord, ", event 4,711\n"));
  EXPECT_EQ(Run({"opinion", kRecord, "agree"}), 0);
  EXPECT_EQ(Run({"opinion", kRecord, "Disagree", "--reason", "another species"}), 0);
  EXPECT_EQ(world_.said.size(), 3u);
}

TEST_F(RemedyTest, CarriesAPersonsObjectionAndSaysUntilWhenItIsAnswered) {
  EXPECT_EQ(Run({"opinion", kRecord, "dispute", "--reason", "sold", "--for-subject", "user-42"}),
            0);
  EXPECT_THAT(world_.said, ElementsAre(absl::StrCat("object ", kRecord, " user-42 sold")));
  EXPECT_THAT(out_, HasSubstr("its publisher is to answer by "));
  EXPECT_EQ(Run({"opinion", kRecord, "dispute", "--reason", "sold", "--for-subject", "user-42",
                 "--json"}),
            0);
  EXPECT_THAT(out_, HasSubstr("\"answer_due\": \""));
}

TEST_F(RemedyTest, RefusesAnOpinionThatIsNone) {
  EXPECT_EQ(Run({"opinion", kRecord, "maybe", "--reason", "x"}), 2);
  EXPECT_EQ(Run({"opinion", kRecord, "dispute"}), 2);
  EXPECT_THAT(err_, HasSubstr("--reason must be 1-512 bytes"));
  EXPECT_EQ(Run({"opinion", kRecord, "dispute", "--reason", std::string(513, 'x')}), 2);
  EXPECT_EQ(Run({"opinion", "4711", "agree"}), 2);
  EXPECT_THAT(err_, HasSubstr("RECORD_ID must be 32 hexadecimal digits"));
  EXPECT_EQ(Run({"opinion", kRecord, "agree", "--for-subject", "user-42"}), 2);
  EXPECT_EQ(Run({"opinion", kRecord}), 2);
  EXPECT_THAT(world_.said, IsEmpty());
  EXPECT_FALSE(world_.opened);
}

TEST_F(RemedyTest, ShowsTheClientsRefusal) {
  world_.say_status = absl::FailedPreconditionError("record_id: this member's own record");
  EXPECT_EQ(Run({"opinion", kRecord, "agree"}), 1);
  EXPECT_THAT(err_, HasSubstr("this member's own record"));
}

TEST_F(RemedyTest, KeepsAnOpinionForAHubThatIsAway) {
  world_.hub_reachable = false;
  world_.say_status = absl::OkStatus();
  EXPECT_EQ(Run({"answer", kRecord, "--text", "checked again", "--no-wait"}), 0);
  EXPECT_THAT(out_, HasSubstr("in the outbox"));
  EXPECT_THAT(world_.said, ElementsAre(absl::StrCat("answer ", kRecord, " checked again")));
  EXPECT_EQ(Run({"answer", kRecord}), 2);
}

TEST_F(RemedyTest, ErasesOnAGround) {
  EXPECT_EQ(Run({"erase", kRecord, "--ground", "subject-right"}), 0);
  EXPECT_EQ(Run({"erase", kRecord, "--ground", "court-order"}), 0);
  EXPECT_EQ(Run({"erase", kRecord, "--ground", "withdrawn"}), 0);
  EXPECT_THAT(world_.said, ElementsAre(absl::StrCat("erase ", kRecord, " subject-right"),
                                       absl::StrCat("erase ", kRecord, " court-order"),
                                       absl::StrCat("erase ", kRecord, " withdrawn")));
  EXPECT_EQ(Run({"erase", kRecord, "--ground", "boredom"}), 2);
  EXPECT_EQ(Run({"erase", kRecord}), 2);
}

TEST_F(RemedyTest, ListsWhoIsOwedWhat) {
  world_.remedies = {ExampleRemedy()};
  EXPECT_EQ(Run({"remedies"}), 0);
  EXPECT_THAT(out_, HasSubstr(kRecord));
  EXPECT_THAT(out_, HasSubstr("retracted by member/market: overturned on appeal"));
  EXPECT_THAT(out_, HasSubstr("user-42: account suspended ("));
  EXPECT_THAT(out_, HasSubstr("no action noted"));
  EXPECT_FALSE(world_.options.background);
  const std::string table = out_;
  EXPECT_EQ(Run({"remedies", "list"}), 0);
  EXPECT_EQ(out_, table);
  EXPECT_EQ(Run({"remedies", "list", "--json"}), 0);
  EXPECT_THAT(out_, HasSubstr("\"reference\": \"user-42\""));
  EXPECT_THAT(out_, HasSubstr("\"ended_sequence\": 4711"));
  EXPECT_EQ(Run({"remedies", "nonsense"}), 2);
}

TEST_F(RemedyTest, StatusSaysThatRemediesAreOpen) {
  world_.remedies = {ExampleRemedy()};
  EXPECT_EQ(Run({"status"}), 0);
  EXPECT_THAT(out_, HasSubstr("1 open: vervet-member remedies"));
  EXPECT_EQ(Run({"status", "--json"}), 0);
  EXPECT_THAT(out_, HasSubstr("\"open_remedies\": 1"));
}

TEST_F(RemedyTest, SaysThatNothingIsOpenAndWhatWasRefused) {
  EXPECT_EQ(Run({"remedies"}), 0);
  EXPECT_EQ(out_, "nothing is open\n");
  world_.remedies = {ExampleRemedy()};
  world_.remedies[0].refusal = absl::FailedPreconditionError("ended_sequence: another");
  EXPECT_EQ(Run({"remedies"}), 0);
  EXPECT_THAT(err_, HasSubstr("ended_sequence: another"));
}

TEST_F(RemedyTest, NotesAnActionWithoutTheNetwork) {
  EXPECT_EQ(Run({"remedies", "note", kRecord, "user-42", "--action", "account suspended"}), 0);
  EXPECT_THAT(world_.said,
              ElementsAre(absl::StrCat("note ", kRecord, " user-42 account suspended")));
  EXPECT_FALSE(world_.options.background);
  EXPECT_EQ(Run({"remedies", "note", kRecord, "--action", "x"}), 2);
  EXPECT_EQ(Run({"remedies", "note", kRecord, "user-42"}), 2);
  world_.say_status = absl::NotFoundError("record_id: no such record here");
  EXPECT_EQ(Run({"remedies", "note", kRecord, "user-42", "--action", "x"}), 1);
}

TEST_F(RemedyTest, AcknowledgesWithOneWord) {
  EXPECT_EQ(Run({"remedies", "acknowledge", kRecord, "reversed"}), 0);
  EXPECT_THAT(out_, HasSubstr("acknowledged  record"));
  EXPECT_EQ(Run({"remedies", "acknowledge", kRecord, "kept"}), 0);
  EXPECT_EQ(Run({"remedies", "acknowledge", kRecord, "none"}), 0);
  EXPECT_THAT(world_.said, ElementsAre(absl::StrCat("acknowledge ", kRecord, " reversed"),
                                       absl::StrCat("acknowledge ", kRecord, " kept"),
                                       absl::StrCat("acknowledge ", kRecord, " none")));
  EXPECT_EQ(Run({"remedies", "acknowledge", kRecord, "forgotten"}), 2);
}

TEST_F(RemedyTest, ShowsARecordMemberByMember) {
  RecordStatus status;
  status.record_id = kRecord;
  status.publisher = "member/social";
  status.state = RecordState::kRetracted;
  status.end_reason = "overturned on appeal";
  MemberRemedy done;
  done.party = "member/market";
  done.applied = true;
  done.outcome = RemedyOutcome::kReversed;
  done.subjects = 2;
  MemberRemedy late;
  late.party = "member/forum";
  late.late = true;
  status.remedies = {done, late};
  world_.statuses[kRecord] = status;
  EXPECT_EQ(Run({"records", "show", kRecord}), 0);
  EXPECT_THAT(out_, HasSubstr("retracted"));
  EXPECT_THAT(out_, HasSubstr("member/market  yes      reversed"));
  EXPECT_THAT(out_, HasSubstr("LATE"));
  EXPECT_EQ(Run({"records", "show", kRecord, "--json"}), 0);
  EXPECT_THAT(out_, HasSubstr("\"outcome\": \"reversed\""));
  EXPECT_EQ(Run({"records", "show", std::string(32, 'f')}), 1);
}

TEST_F(RemedyTest, ShowsOpinionsBesideAMatch) {
  Match match = ExampleMatch(world_.environment.Now());
  match.disputes = 1;
  match.agree = 2;
  match.sighted_by = 3;
  Opinion opinion;
  opinion.party = "member/forum";
  opinion.party_name = "The Forum";
  opinion.stance = Stance::kDispute;
  opinion.reason = "a replica";
  opinion.given = In(-absl::Hours(48));
  opinion.answer_due = In(absl::Hours(24));
  match.opinions = {opinion};
  world_.records["+442079460018"] = match;
  EXPECT_EQ(Run({"check", "--phone", "+442079460018"}), 10);
  EXPECT_THAT(out_, HasSubstr("2 agree, 1 dispute waits for the publisher's answer"));
  EXPECT_THAT(out_, HasSubstr("dispute by The Forum: a replica (2 days ago, answer due "));
  EXPECT_THAT(out_, HasSubstr("3 members"));
  EXPECT_EQ(Run({"check", "--phone", "+442079460018", "--json"}), 10);
  EXPECT_THAT(out_, HasSubstr("\"disputes\": 1"));
  EXPECT_THAT(out_, HasSubstr("\"sighted_by\": 3"));
  EXPECT_THAT(out_, HasSubstr("\"reason\": \"a replica\""));
}

TEST_F(RemedyTest, WatchTellsWhoIsAffectedAndWhatOthersThink) {
  world_.on_catch_up = [&](FakeWorld& world) {
    MatchEndedEvent ended;
    ended.record_id = kRecord;
    ended.publisher = "member/market";
    ended.reason = "retracted";
    ended.detail = "overturned on appeal";
    ended.subject_references = {"user-42"};
    ended.affected = {{"user-42", "account suspended", In(-absl::Hours(3))}};
    ended.remedy_due = In(absl::Hours(24));
    ended.ended_sequence = 17;
    world.options.on_match_ended(ended);
    OpinionEvent opinion;
    opinion.record_id = kRecord;
    opinion.own = true;
    opinion.opinion.party = "member/forum";
    opinion.opinion.stance = Stance::kDispute;
    opinion.opinion.reason = "a replica";
    world.options.on_opinion(opinion);
    Objection objection;
    objection.record_id = kRecord;
    objection.subject_reference = "user-42";
    objection.state = ObjectionState::kKept;
    objection.answer = "the sale came later";
    world.options.on_objection_outcome(objection);
    stop_->Request();
  };
  EXPECT_EQ(Run({"watch"}), 0);
  EXPECT_THAT(out_, HasSubstr("retracted: overturned on appeal"));
  EXPECT_THAT(out_, HasSubstr("user-42: account suspended ("));
  EXPECT_THAT(out_, HasSubstr(absl::StrCat("vervet-member remedies acknowledge ", kRecord)));
  EXPECT_THAT(out_, HasSubstr("of this platform: dispute by member/forum: a replica"));
  EXPECT_THAT(out_, HasSubstr("kept, \"the sale came later\""));
  EXPECT_EQ(Run({"watch", "--json"}), 0);
  EXPECT_THAT(out_, HasSubstr("\"affected\":[{\"reference\":\"user-42\",\"action\":\"account "
                              "suspended\""));
  EXPECT_THAT(out_, HasSubstr("{\"event\":\"opinion\",\"record_id\":"));
  EXPECT_THAT(out_, HasSubstr("{\"event\":\"objection\",\"objection\":{"));
  // Another command keeps what concerns people and says it at its end.
  EXPECT_EQ(Run({"status"}), 0);
  EXPECT_THAT(err_, HasSubstr(absl::StrCat("disputed: record ", kRecord, " by member/forum")));
  EXPECT_THAT(err_, HasSubstr("objection of user-42"));
}

TEST_F(RemedyTest, ASecondaryVaultSpeaksForNobodyUnasked) {
  WriteFile("second.textproto", absl::StrCat(ConfigText(), "secondary_vault: true\n"));
  EXPECT_EQ(Run({"--config", Path("second.textproto"), "status", "--offline"}), 0);
  EXPECT_FALSE(world_.options.report_sightings);
  EXPECT_FALSE(world_.options.acknowledge_unaffected);
  EXPECT_EQ(Run({"status", "--offline"}), 0);
  EXPECT_TRUE(world_.options.report_sightings);
}

}  // namespace
}  // namespace vervet::member_cli
