#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/hub/cli/cli_fixture.h"
#include "vervet/v1/records.grpc.pb.h"
#include "vervet/v1/registry.grpc.pb.h"

namespace vervet::coordinator_cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// Records that a test has put in, by their ids.
class FakeRecords final : public v1::Records::Service {
 public:
  grpc::Status Erase(grpc::ServerContext*, const v1::EraseRequest* request,
                     v1::EraseResponse* response) override {
    erasures.push_back(*request);
    response->set_sequence(4711);
    return refusal;
  }
  grpc::Status ShowRecord(grpc::ServerContext*, const v1::ShowRecordRequest* request,
                          v1::RecordStatus* response) override {
    for (const v1::RecordStatus& record : records) {
      if (record.record_id() != request->record_id()) continue;
      *response = record;
      return grpc::Status::OK;
    }
    return grpc::Status(grpc::StatusCode::NOT_FOUND, "record_id: no such record");
  }
  grpc::Status ListRecords(grpc::ServerContext*, const v1::ListRecordsRequest* request,
                           v1::ListRecordsResponse* response) override {
    lists.push_back(*request);
    for (const v1::RecordStatus& record : records) {
      if (record.record_id() <= request->after_record_id()) continue;
      if (response->records_size() == static_cast<int>(std::min(request->limit(), most_a_page))) {
        response->set_more(true);
        break;
      }
      *response->add_records() = record;
    }
    return refusal;
  }

  std::vector<v1::RecordStatus> records;  // ascending
  std::vector<v1::EraseRequest> erasures;
  std::vector<v1::ListRecordsRequest> lists;
  uint32_t most_a_page = 1'000;
  grpc::Status refusal = grpc::Status::OK;
};

class FakeRoster final : public v1::Registry::Service {
 public:
  grpc::Status List(grpc::ServerContext*, const v1::ListRequest*,
                    v1::ListResponse* response) override {
    *response = list;
    return refusal;
  }
  v1::ListResponse list;
  grpc::Status refusal = grpc::Status::OK;
};

constexpr char kId[] = "0192f3a47c1e7d21a1b2c3d4e5f60718";

class RecordsCommandsTest : public CliTest {
 protected:
  RecordsCommandsTest() {
    for (const auto& [party, name] : {std::pair("member/market", "Example Market"),
                                      std::pair("member/social", "Example Social")}) {
      v1::RosterEntry& entry = *roster_.list.add_parties();
      entry.set_party(party);
      entry.set_display_name(name);
    }
    Serve({&records_, &roster_});
  }

  // 2026-08-01 09:00 UTC and so many minutes.
  static int64_t At(int64_t minutes) {
    return absl::ToUnixMicros(
        absl::FromCivil(absl::CivilMinute(2026, 8, 1, 9, 0) + minutes, absl::UTCTimeZone()));
  }

  v1::RecordStatus& AddInForce(const std::string& hex = kId) {
    v1::RecordStatus& record = records_.records.emplace_back();
    record.set_record_id(absl::HexStringToBytes(hex));
    record.set_publisher("member/market");
    record.set_state(v1::IN_FORCE);
    record.set_published_us(At(0));
    record.set_sequence(12);
    record.set_expires_us(At(180 * 1'440));
    v1::RecordFacts& facts = *record.mutable_facts();
    facts.mutable_offence()->set_activity(v1::OFFER_FOR_SALE);
    facts.mutable_offence()->set_form(v1::RAW_PART);
    facts.mutable_offence()->add_taxa("Manis javanica");
    facts.set_certainty(v1::REVIEWER_CONFIRMED);
    facts.set_tlp(v1::TLP_AMBER_STRICT);
    facts.set_legal_entity("Example Market Ltd, Dublin");
    facts.set_purpose("prevention of wildlife trafficking");
    facts.set_lawful_basis("GDPR Art. 6(1)(f)");
    facts.set_decision_reference("CASE-1");
    facts.add_groups("coalition");
    return record;
  }

  static v1::MemberRemedy& AddRemedy(v1::RecordStatus& record, const std::string& name) {
    v1::MemberRemedy& remedy = *record.add_remedies();
    remedy.set_party(absl::StrCat("member/", name));
    remedy.set_display_name(absl::StrCat("Ex ", name));
    return remedy;
  }

  // Of the members, each is at another point.
  v1::RecordStatus& AddRetracted() {
    v1::RecordStatus& record = AddInForce();
    record.set_state(v1::RETRACTED);
    record.set_ended_us(At(60));
    record.set_ended_sequence(4711);
    record.set_end_reason("wrong person");
    record.set_remedy_due_us(At(7 * 1'440));
    v1::MemberRemedy& done = AddRemedy(record, "done");
    done.set_applied(true);
    done.set_applied_us(At(61));
    done.set_outcome(v1::KEPT_ON_OWN_EVIDENCE);
    done.set_subjects(1'200);
    done.set_acknowledged_us(At(90));
    v1::MemberRemedy& late = AddRemedy(record, "late");
    late.set_late(true);
    v1::MemberRemedy& restart = AddRemedy(record, "restart");
    restart.set_applied(true);
    restart.set_outcome(v1::NONE);
    restart.set_acknowledged_us(At(91));
    v1::MemberRemedy& thin = AddRemedy(record, "thin");
    thin.set_last_lookup_us(At(65));
    v1::MemberRemedy& answered_thin = AddRemedy(record, "thin-2");
    answered_thin.set_last_lookup_us(At(66));
    answered_thin.set_applied(true);
    answered_thin.set_outcome(v1::REVERSED);
    answered_thin.set_subjects(2);
    answered_thin.set_acknowledged_us(At(92));
    return record;
  }

  FakeRecords records_;
  FakeRoster roster_;
};

TEST_F(RecordsCommandsTest, ShowsMemberByMemberWhatWasAppliedAndWhoIsLate) {
  AddRetracted();
  environment_.SetWallClock(absl::FromUnixMicros(At(8 * 1'440)));
  EXPECT_EQ(Run({"records", "show", kId}), 0) << err_;
  EXPECT_EQ(out_,
            R"(record        0192f3a47c1e7d21a1b2c3d4e5f60718
state         retracted, 2026-08-01 10:00 UTC, event 4,711: wrong person
acted on by   Example Market (member/market), Example Market Ltd, Dublin
offence       offer for sale, raw part
taxa          Manis javanica
certainty     reviewer confirmed
decision      CASE-1
purpose       prevention of wildlife trafficking
lawful basis  GDPR Art. 6(1)(f)
shared in     coalition; TLP:AMBER+STRICT
published     2026-08-01 09:00 UTC, event 12
remedy        due 2026-08-08 09:00 UTC (passed); 3 of 5 members said what they did, 1 late

MEMBER                       APPLIED                              OUTCOME               ACCOUNTS  WHEN                  LATE
Ex done (member/done)        2026-08-01 10:01 UTC                 kept on own evidence     1,200  2026-08-01 10:30 UTC  -
Ex late (member/late)        not yet                              -                            -  -                     late
Ex restart (member/restart)  before the hub's last start          none                         0  2026-08-01 10:31 UTC  -
Ex thin (member/thin)        last looked up 2026-08-01 10:05 UTC  -                            -  -                     -
Ex thin-2 (member/thin-2)    last looked up 2026-08-01 10:06 UTC  reversed                     2  2026-08-01 10:32 UTC  -
)");
}

TEST_F(RecordsCommandsTest, ShowsWhatOthersThinkOfARecordAndWhoWaitsForAnAnswer) {
  v1::RecordStatus& record = AddInForce();
  record.set_state(v1::PAUSED);
  record.set_unanswered_disputes(1);
  record.set_answer_due_us(At(2 * 1'440));
  record.set_last_answer("looked again\033[2J");
  record.set_last_answer_us(At(10));
  record.set_sighted_by(2);
  record.set_sighted_subjects(3);
  v1::StandingOpinion& agrees = *record.add_opinions();
  agrees.set_party("member/news");
  agrees.set_stance(v1::AGREE);
  agrees.set_given_us(At(5));
  v1::StandingOpinion& waits = *record.add_opinions();
  waits.set_party("member/social");
  waits.set_stance(v1::DISPUTE);
  waits.set_for_subject(true);
  waits.set_reason("a replica");
  waits.set_given_us(At(20));
  waits.set_answer_due_us(At(2 * 1'440));
  v1::StandingOpinion& answered = *record.add_opinions();
  answered.set_party("member/video");
  answered.set_stance(v1::DISPUTE);
  answered.set_reason("another person");
  answered.set_given_us(At(6));
  answered.set_answered(true);
  environment_.SetWallClock(absl::FromUnixMicros(At(1'440)));
  EXPECT_EQ(Run({"records", "show", kId}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("state         paused: matches nobody until its publisher answers"));
  EXPECT_THAT(out_, HasSubstr("disputes      1 dispute unanswered, answer due 2026-08-03 09:00 UTC "
                              "(in 24 h)\n"));
  EXPECT_THAT(out_, HasSubstr("last answer   2026-08-01 09:10 UTC: looked again"));
  EXPECT_THAT(out_, Not(HasSubstr("\033")));
  EXPECT_THAT(out_, HasSubstr("sighted by    2 members, 3 accounts, as last counted\n"));
  EXPECT_THAT(out_, HasSubstr(
                        R"(
MEMBER                          OPINION                    GIVEN                 ANSWER                              REASON
member/news                     agree                      2026-08-01 09:05 UTC  -
Example Social (member/social)  dispute, a person objects  2026-08-01 09:20 UTC  due 2026-08-03 09:00 UTC (in 24 h)  a replica
member/video                    dispute                    2026-08-01 09:06 UTC  answered                            another person
)"));
  EXPECT_THAT(out_, Not(HasSubstr("remedy")));
}

TEST_F(RecordsCommandsTest, SaysNothingOfAnErasedRecordButWhatBecameOfIt) {
  v1::RecordStatus& record = AddRetracted();
  record.set_state(v1::ERASED);
  record.clear_facts();
  record.clear_published_us();
  record.clear_end_reason();
  EXPECT_EQ(Run({"records", "show", kId}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("state        erased, 2026-08-01 10:00 UTC, event 4,711\n"
                              "acted on by  Example Market (member/market)\nremedy "));
  EXPECT_EQ(Run({"records", "show", kId, "--json"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("\"facts\": null,\n  \"published\": null"));
}

TEST_F(RecordsCommandsTest, CountsWhatARecordCarries) {
  v1::RecordStatus& record = AddInForce();
  record.set_signatures(1);
  record.set_images(12);
  EXPECT_EQ(Run({"records", "show", kId}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("carries       1 signature, 12 images\n"));
  EXPECT_EQ(Run({"records", "show", kId, "--json"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("\"signatures\": 1,\n  \"images\": 12,\n"));
  record.set_signatures(0);
  EXPECT_EQ(Run({"records", "show", kId}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("carries       12 images\n"));
}

TEST_F(RecordsCommandsTest, SaysWhyAFactIsMissing) {
  AddInForce().clear_facts();
  EXPECT_EQ(Run({"records", "show", kId}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("facts        not shown: the groups that share this record do not "
                              "permit your region\n"));
}

TEST_F(RecordsCommandsTest, CallsMembersByTheirIdentityWhereTheRosterIsNotTheCallersToSee) {
  AddInForce();
  roster_.refusal = grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "the role member may not");
  EXPECT_EQ(Run({"records", "show", kId}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("acted on by   member/market, Example Market Ltd, Dublin\n"));
  EXPECT_THAT(err_, IsEmpty());
}

TEST_F(RecordsCommandsTest, WritesEverythingForPrograms) {
  AddRetracted();
  EXPECT_EQ(Run({"records", "show", kId, "--json"}), 0) << err_;
  for (const char* piece :
       {"\"record_id\": \"0192f3a47c1e7d21a1b2c3d4e5f60718\"", "\"state\": \"retracted\"",
        "\"publisher_name\": \"Example Market\"", "\"offence\": \"offer_for_sale\"",
        "\"form\": \"raw_part\"", "\"tlp\": \"amber_strict\"", "\"answer_due\": null",
        "\"ended\": \"2026-08-01T10:00:00.000Z\"", "\"ended_sequence\": 4711",
        "\"outcome\": \"kept_on_own_evidence\"", "\"outcome\": null", "\"late\": true",
        "\"applied\": false", "\"last_lookup\": \"2026-08-01T10:05:00.000Z\"",
        "\"subjects\": 1200"}) {
    EXPECT_THAT(out_, HasSubstr(piece));
  }
}

TEST_F(RecordsCommandsTest, ListsARecordALine) {
  AddRetracted();
  v1::RecordStatus& disputed = AddInForce("0192f3a47c1e7d21a1b2c3d4e5f60719");
  disputed.set_unanswered_disputes(2);
  disputed.set_answer_due_us(At(1'440));
  environment_.SetWallClock(absl::FromUnixMicros(At(2 * 1'440)));
  EXPECT_EQ(Run({"records", "list", "--need", "late"}), 0) << err_;
  EXPECT_EQ(
      out_,
      R"(RECORD                            STATE      ACTED ON BY                     DISPUTES  ANSWER DUE            REMEDIES  REMEDY DUE            LATE
0192f3a47c1e7d21a1b2c3d4e5f60718  retracted  Example Market (member/market)         0  -                     3 of 5    2026-08-08 09:00 UTC  1 member
0192f3a47c1e7d21a1b2c3d4e5f60719  in force   Example Market (member/market)         2  2026-08-02 09:00 UTC  -         -                     answer
)");
  EXPECT_EQ(records_.lists.at(0).need(), v1::ListRecordsRequest::LATE);
  records_.records.clear();
  EXPECT_EQ(Run({"records", "list", "--need", "open-disputes"}), 0) << err_;
  EXPECT_EQ(out_, "no record needs this\n");
  EXPECT_EQ(records_.lists.at(1).need(), v1::ListRecordsRequest::OPEN_DISPUTES);
}

TEST_F(RecordsCommandsTest, PagesThroughTheAnswersUpToTheLimit) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(absl::StrCat("0192f3a47c1e7d21a1b2c3d4e5f6071", i));
    AddInForce(ids.back());
  }
  records_.most_a_page = 2;
  EXPECT_EQ(Run({"records", "list"}), 0) << err_;
  for (const std::string& id : ids) EXPECT_THAT(out_, HasSubstr(id));
  EXPECT_THAT(records_.lists, SizeIs(3));
  EXPECT_THAT(err_, IsEmpty());

  records_.lists.clear();
  EXPECT_EQ(Run({"records", "list", "--limit", "3"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr(ids[2]));
  EXPECT_THAT(out_, Not(HasSubstr(ids[3])));
  EXPECT_THAT(err_, HasSubstr("there are more"));
  ASSERT_THAT(records_.lists, SizeIs(2));
  EXPECT_EQ(records_.lists[1].limit(), 1u);
  EXPECT_EQ(absl::BytesToHexString(records_.lists[1].after_record_id()), ids[1]);

  EXPECT_EQ(Run({"records", "list", "--limit", "4", "--json"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("\"more\": true"));
  EXPECT_EQ(Run({"records", "list", "--limit", "5", "--json"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("\"more\": false"));
}

TEST_F(RecordsCommandsTest, ErasesOnlyWhenToldTwice) {
  EXPECT_EQ(Run({"records", "erase", kId, "--ground", "court-order"}), 2);
  EXPECT_THAT(err_, HasSubstr("nothing was erased, because --yes is not there"));
  EXPECT_THAT(err_, HasSubstr("at the hub and at every member, for good"));
  EXPECT_THAT(records_.erasures, IsEmpty());

  EXPECT_EQ(Run({"records", "erase", kId, "--ground", "court-order", "--yes"}), 0) << err_;
  EXPECT_EQ(out_, "erased  0192f3a47c1e7d21a1b2c3d4e5f60718, event 4,711\n");
  ASSERT_THAT(records_.erasures, SizeIs(1));
  EXPECT_EQ(records_.erasures[0].ground(), v1::COURT_ORDER);
  EXPECT_EQ(records_.erasures[0].record_id(), absl::HexStringToBytes(kId));
  EXPECT_EQ(records_.erasures[0].request_id().size(), 16u);

  EXPECT_EQ(Run({"records", "erase", kId, "--ground", "subject-right", "--yes", "--json"}), 0);
  EXPECT_EQ(records_.erasures[1].ground(), v1::SUBJECT_RIGHT);
  EXPECT_THAT(out_, HasSubstr("\"sequence\": 4711"));
}

TEST_F(RecordsCommandsTest, ReportsWhatTheHubRefuses) {
  EXPECT_EQ(Run({"records", "show", kId}), 1);
  EXPECT_EQ(err_, "error: not found: record_id: no such record\n");
  records_.refusal = grpc::Status(grpc::StatusCode::PERMISSION_DENIED,
                                  "ground: a coordinator erases another's record on a COURT_ORDER");
  EXPECT_EQ(Run({"records", "erase", kId, "--ground", "withdrawn", "--yes"}), 1);
  EXPECT_THAT(err_, HasSubstr("error: permission denied: ground: "));
  EXPECT_THAT(records_.erasures, SizeIs(1)) << "a refusal is not tried again";
  EXPECT_EQ(Run({"records", "list"}), 1);
  records_.refusal = grpc::Status(grpc::StatusCode::UNAVAILABLE, "shutting down");
  EXPECT_EQ(Run({"records", "list"}), 3);
  EXPECT_THAT(out_, IsEmpty());
}

TEST_F(RecordsCommandsTest, RefusesWrongArgumentsBeforeItCalls) {
  for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{
           {"records", "show"},
           {"records", "show", "0192f3a4"},
           {"records", "show", std::string(32, 'g')},
           {"records", "show", std::string(34, '0')},
           {"records", "list", "--need", "help"},
           {"records", "list", "--limit", "0"},
           {"records", "list", "--limit", "1000001"},
           {"records", "erase", kId, "--yes"},
           {"records", "erase", kId, "--ground", "boredom", "--yes"},
           {"records", "erase", "0192", "--ground", "court-order", "--yes"}}) {
    EXPECT_EQ(Run(wrong), 2) << wrong.back();
    EXPECT_THAT(err_, HasSubstr("error: "));
  }
  EXPECT_EQ(Run({"records", "show", std::string(33, '0')}), 2);
  EXPECT_THAT(err_, HasSubstr("records show: RECORD: must be the record's id, 32 hexadecimal"));
  EXPECT_THAT(records_.lists, IsEmpty());
  EXPECT_THAT(records_.erasures, IsEmpty());
}

TEST_F(RecordsCommandsTest, EveryCommandHasAPageWithItsExitCodes) {
  for (const char* command : {"show", "list", "erase"}) {
    EXPECT_EQ(Run({"records", command, "--help"}), 0) << command;
    EXPECT_THAT(out_, HasSubstr("Exit codes\n")) << command;
    EXPECT_THAT(out_, HasSubstr("Examples\n")) << command;
  }
}

}  // namespace
}  // namespace vervet::coordinator_cli
