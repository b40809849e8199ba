#include "hub/engine/records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/wire_limits.h"
#include "hub/engine/lookup.h"
#include "hub/engine/records_query.h"
#include "hub/views/sync_positions.h"
#include "tests/hub/engine/engine_fixture.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
using State = views::OffenderRecords::State;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kDenied = absl::StatusCode::kPermissionDenied;
constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;
constexpr auto kNotFound = absl::StatusCode::kNotFound;

// A record of member/market in the group "coalition", to which "social" and `extra` members belong.
class RecordsTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    const auto published = Publish("member/market", GoodRequest());
    ASSERT_TRUE(published.ok()) << published.status();
    record_id_ = published->record_id;
    published_ = published->sequence;
  }

  void AddMembers(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string party = absl::StrCat("member/extra-", i);
      Admit(party);
      Join(party, "coalition");
    }
  }

  void Leave(const std::string& party, const std::string& group) {
    v1::LeaveGroupRequest request;
    request.set_request_id(NewRequestId());
    request.set_party(party);
    request.set_group(group);
    ASSERT_TRUE(Run(LeaveGroupCommand("coordinator/anna", request)).ok());
  }

  v1::OpineRequest Opinion(v1::Stance stance) {
    v1::OpineRequest request;
    request.set_request_id(NewRequestId());
    request.set_record_id(record_id_);
    request.set_stance(stance);
    if (stance != v1::AGREE) request.set_reason("our photographs show a replica");
    return request;
  }
  absl::StatusOr<RequestOutcome> Opine(const std::string& party, v1::Stance stance) {
    return Run(OpineCommand(party, Opinion(stance), policy_));
  }
  v1::AnswerDisputesRequest Answer() {
    v1::AnswerDisputesRequest request;
    request.set_request_id(NewRequestId());
    request.set_record_id(record_id_);
    request.set_answer("checked again by two reviewers");
    return request;
  }
  v1::ReportSightingRequest Sighting(uint32_t subjects = 2) {
    v1::ReportSightingRequest request;
    request.set_request_id(NewRequestId());
    request.set_record_id(record_id_);
    request.set_subjects(subjects);
    request.set_first_matched_us(absl::ToUnixMicros(env_.Now()));
    return request;
  }
  v1::AcknowledgeRemedyRequest Acknowledgement(uint64_t ended,
                                               v1::RemedyOutcome outcome = v1::REVERSED) {
    v1::AcknowledgeRemedyRequest request;
    request.set_request_id(NewRequestId());
    request.set_record_id(record_id_);
    request.set_ended_sequence(ended);
    request.set_outcome(outcome);
    if (outcome != v1::NONE) request.set_subjects(1);
    return request;
  }
  v1::EraseRequest Erasure(v1::ErasureGround ground = v1::SUBJECT_RIGHT) {
    v1::EraseRequest request;
    request.set_request_id(NewRequestId());
    request.set_record_id(record_id_);
    request.set_ground(ground);
    return request;
  }
  v1::RecordStatus Show(const std::string& party) { return ShowIn(state_, party); }
  v1::RecordStatus ShowIn(const SharedState& state, const std::string& party) {
    v1::ShowRecordRequest request;
    request.set_record_id(record_id_);
    v1::RecordStatus response;
    const absl::Status status =
        ShowRecord(party, request, state, positions_, env_.Now(), &response);
    EXPECT_TRUE(status.ok()) << status;
    return response;
  }
  v1::ListRecordsResponse List(const std::string& party, v1::ListRecordsRequest::Need need) {
    v1::ListRecordsRequest request;
    request.set_need(need);
    v1::ListRecordsResponse response;
    EXPECT_TRUE(ListRecords(party, request, state_, positions_, env_.Now(), &response).ok());
    return response;
  }
  bool Matches() {
    const oprf::Token token = TokenOf(v1::PHONE, "+353861234567");
    return state_.Read(
        [&](const HubState& state) { return !state.Match(token, env_.Now()).empty(); });
  }

  RemedyPolicy policy_;
  SyncPositions positions_;
  std::string record_id_;
  uint64_t published_ = 0;
};

TEST_F(RecordsTest, TellsEveryMemberThatHasTheRecordOfAnOpinion) {
  const auto outcome = Opine("member/social", v1::AGREE);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  const auto event = EventAt(outcome->sequence);
  EXPECT_EQ(AudienceOf(*event), "roles= groups=coalition party=member/market");
  EXPECT_EQ(event->parsed.body.opinion_given().party(), "member/social");
  const v1::RecordStatus status = Show("member/market");
  ASSERT_EQ(status.opinions_size(), 1);
  EXPECT_EQ(status.opinions(0).stance(), v1::AGREE);
  EXPECT_EQ(status.state(), v1::IN_FORCE);
}

TEST_F(RecordsTest, LetsASecondOpinionReplaceTheFirstAndKeepsBothInTheLog) {
  AddMembers(9);
  const auto first = Opine("member/social", v1::DISAGREE);
  const auto second = Opine("member/social", v1::AGREE);
  ASSERT_TRUE(first.ok() && second.ok()) << second.status();
  const v1::RecordStatus status = Show("member/social");
  ASSERT_EQ(status.opinions_size(), 1);
  EXPECT_EQ(status.opinions(0).stance(), v1::AGREE);
  EXPECT_EQ(EventAt(first->sequence)->parsed.body.opinion_given().stance(), v1::DISAGREE);
}

TEST_F(RecordsTest, GivesARetriedOpinionTheFirstAnswer) {
  const v1::OpineRequest request = Opinion(v1::AGREE);
  const auto first = Run(OpineCommand("member/social", request, policy_));
  const uint64_t size = LogSize();
  const auto again = Run(OpineCommand("member/social", request, policy_));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->sequence, first->sequence);
  EXPECT_EQ(LogSize(), size);
}

TEST_F(RecordsTest, StopsMatchingAboveTheConfiguredShareOfDisputesAndNotAtIt) {
  AddMembers(9);  // with social, ten members have the record: 20% is two of them
  ASSERT_TRUE(Opine("member/social", v1::DISPUTE).ok());
  ASSERT_TRUE(Opine("member/extra-0", v1::DISPUTE).ok());
  EXPECT_TRUE(Matches()) << "two of ten is the share itself";
  const uint64_t before = LogSize();
  ASSERT_TRUE(Opine("member/extra-1", v1::DISPUTE).ok());
  EXPECT_FALSE(Matches());
  EXPECT_EQ(Show("member/market").state(), v1::PAUSED);
  // The pause was committed with the dispute, for those who have the record.
  ASSERT_EQ(LogSize(), before + 2);
  const auto pause = EventAt(before + 2);
  EXPECT_EQ(pause->parsed.body.record_paused().disputes(), 3u);
  EXPECT_EQ(pause->parsed.body.record_paused().members(), 10u);
  EXPECT_EQ(AudienceOf(*pause), "roles= groups=coalition party=member/market");
}

TEST_F(RecordsTest, MatchesAgainOnceThePublisherAnswers) {
  ASSERT_TRUE(Opine("member/social", v1::DISPUTE).ok());
  ASSERT_FALSE(Matches());
  ASSERT_TRUE(Run(AnswerDisputesCommand("member/market", Answer())).ok());
  EXPECT_TRUE(Matches());
  const v1::RecordStatus status = Show("member/social");
  EXPECT_EQ(status.unanswered_disputes(), 0u);
  EXPECT_TRUE(status.opinions(0).answered());
  EXPECT_EQ(status.last_answer(), "checked again by two reviewers");
  // A dispute after the answer counts anew.
  ASSERT_TRUE(Opine("member/social", v1::DISPUTE).ok());
  EXPECT_FALSE(Matches());
}

TEST_F(RecordsTest, MatchesAgainWhenEnoughDisputesAreTakenBack) {
  ASSERT_TRUE(Opine("member/social", v1::DISPUTE).ok());
  ASSERT_FALSE(Matches());
  ASSERT_TRUE(Opine("member/social", v1::AGREE).ok());
  EXPECT_TRUE(Matches());
  EXPECT_TRUE(EventAt(LogSize())->parsed.body.has_record_resumed());
}

TEST_F(RecordsTest, DoesNotCountTheDisputesOfASuspendedMember) {
  AddMembers(3);  // four have the record; suspended ones are no holders either
  policy_.dispute_share_percent = 40;
  ASSERT_TRUE(Opine("member/social", v1::DISPUTE).ok());
  Suspend("member/social");
  ASSERT_TRUE(Opine("member/extra-0", v1::DISPUTE).ok());
  EXPECT_TRUE(Matches()) << "one of three";
}

TEST_F(RecordsTest, DoesNotCountTheDisputesOfAMemberThatLeft) {
  AddMembers(9);
  ASSERT_TRUE(Opine("member/extra-0", v1::DISPUTE).ok());
  ASSERT_TRUE(Opine("member/extra-1", v1::DISPUTE).ok());
  Leave("member/extra-0", "coalition");
  Leave("member/extra-1", "coalition");
  ASSERT_TRUE(Opine("member/extra-2", v1::AGREE).ok());
  EXPECT_TRUE(Matches()) << "an AGREE paused it";
  ASSERT_TRUE(Opine("member/extra-2", v1::DISPUTE).ok());
  EXPECT_TRUE(Matches()) << "one of eight";
}

TEST_F(RecordsTest, IsResumedByADisputeTakenBackAndByNoOtherOpinion) {
  ASSERT_TRUE(Opine("member/social", v1::DISPUTE).ok());
  ASSERT_FALSE(Matches());
  AddMembers(9);  // one of ten by now
  ASSERT_TRUE(Opine("member/extra-0", v1::AGREE).ok());
  EXPECT_FALSE(Matches()) << "nobody has answered";
  ASSERT_TRUE(Opine("member/social", v1::DISAGREE).ok());
  EXPECT_TRUE(Matches());
}

TEST_F(RecordsTest, TakesAnAcknowledgementOfAMemberThatHasLeftSince) {
  const auto retracted = Retract("member/market", record_id_);
  ASSERT_TRUE(retracted.ok());
  Leave("member/social", "coalition");
  ASSERT_TRUE(
      Run(AcknowledgeRemedyCommand("member/social", Acknowledgement(retracted->sequence))).ok());
  EXPECT_EQ(Show("member/market").remedies(0).outcome(), v1::REVERSED);
}

TEST_F(RecordsTest, LetsACoordinatorStandInForASuspendedPublisherWhereAPersonHasTheRight) {
  EXPECT_THAT(Run(EraseCommand("coordinator/anna", Erasure(v1::SUBJECT_RIGHT), policy_)),
              FailsWith(kDenied, "who is active"));
  Suspend("member/market");
  const auto erased = Run(EraseCommand("coordinator/anna", Erasure(v1::SUBJECT_RIGHT), policy_));
  EXPECT_TRUE(erased.ok()) << erased.status();
}

TEST_F(RecordsTest, TakesOpinionsUpToTheLimitAndNotOneMore) {
  for (size_t i = 0; i < kMaxEventsAboutRecord; ++i) {
    // Without the disk: the state alone counts.
    auto event = std::make_shared<StoredEvent>();
    event->parsed.header.set_sequence(1'000'000 + i);
    event->parsed.body.mutable_sightings_counted()->set_record_id(record_id_);
    state_.Apply({event});
    if (i + 2 == kMaxEventsAboutRecord) {
      EXPECT_TRUE(Opine("member/social", v1::AGREE).ok());
      break;
    }
  }
  EXPECT_THAT(Opine("member/social", v1::DISAGREE), FailsWith(kPrecondition, "10000 events"));
  EXPECT_THAT(Run(ReportSightingCommand("member/social", Sighting())),
              FailsWith(kPrecondition, "10000 events"));
  EXPECT_TRUE(Retract("member/market", record_id_).ok()) << "its end is never refused for that";
}

TEST_F(RecordsTest, TakesSoManyEventsOfOneMemberAndThoseOfTheOthersStill) {
  const auto add = [this](size_t count) {
    for (size_t i = 0; i < count; ++i) {
      auto event = std::make_shared<StoredEvent>();
      event->parsed.header.set_sequence(1'000'000 + i);
      auto& sighting = *event->parsed.body.mutable_sighting_reported();
      sighting.set_record_id(record_id_);
      sighting.set_party("member/social");
      sighting.set_subjects(1);
      state_.Apply({event});
    }
  };
  AddMembers(1);
  add(kMaxEventsAboutRecordByMember - 1);
  ASSERT_TRUE(Opine("member/social", v1::AGREE).ok()) << "the last one";
  const uint64_t size = LogSize();
  EXPECT_THAT(Opine("member/social", v1::DISAGREE),
              FailsWith(kPrecondition, "record_id: the log holds 1000 events of the caller's"));
  EXPECT_THAT(Run(ReportSightingCommand("member/social", Sighting())),
              FailsWith(kPrecondition, "1000 events of the caller's"));
  EXPECT_EQ(LogSize(), size);
  EXPECT_EQ(Show("member/market").opinions(0).stance(), v1::AGREE) << "the last one stands";
  EXPECT_TRUE(Opine("member/extra-0", v1::DISAGREE).ok());

  const auto retracted = Retract("member/market", record_id_);
  ASSERT_TRUE(retracted.ok());
  const auto acknowledge = [&] {
    return Run(AcknowledgeRemedyCommand("member/social", Acknowledgement(retracted->sequence)));
  };
  EXPECT_TRUE(acknowledge().ok()) << "room is kept for what it did about the end";
  add(kMaxAcknowledgementsByMember - 2);
  EXPECT_TRUE(acknowledge().ok());
  EXPECT_THAT(acknowledge(), FailsWith(kPrecondition, "1100 events of the caller's"));
}

TEST_F(RecordsTest, SaysUntilWhenADisputeIsToBeAnswered) {
  AddMembers(9);
  const auto due = [this](const RequestOutcome& outcome) {
    return state_.Read([&](const HubState& state) {
      return AnswerDueUs(state, record_id_, "member/social", outcome.sequence);
    });
  };
  const absl::Time given = env_.Now();
  const v1::OpineRequest request = Opinion(v1::DISPUTE);
  const auto first = Run(OpineCommand("member/social", request, policy_));
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(due(*first), absl::ToUnixMicros(given + policy_.answer_deadline));
  env_.Advance(absl::Hours(1));
  const auto retried = Run(OpineCommand("member/social", request, policy_));
  EXPECT_EQ(due(*retried), due(*first)) << "of the first time";
  const auto second = Opine("member/social", v1::DISPUTE);
  EXPECT_EQ(due(*second), absl::ToUnixMicros(env_.Now() + policy_.answer_deadline));
  EXPECT_EQ(due(*first), 0) << "it no longer stands";
}

TEST_F(RecordsTest, AppendsOneEventForASightingOfACanaryAsForAnyOther) {
  auto event = std::make_shared<StoredEvent>();
  event->parsed.body.mutable_canary_marked()->set_record_id(record_id_);
  state_.Apply({event});
  const uint64_t before = LogSize();
  ASSERT_TRUE(Run(ReportSightingCommand("member/social", Sighting())).ok());
  EXPECT_EQ(LogSize(), before + 1) << "two hidden events would tell the prober";
}

TEST_F(RecordsTest, GivesAnObjectionOfAPersonItsOwnDeadline) {
  v1::OpineRequest request = Opinion(v1::DISPUTE);
  request.set_for_subject(true);
  ASSERT_TRUE(Run(OpineCommand("member/social", request, policy_)).ok());
  const v1::RecordStatus status = Show("member/market");
  EXPECT_TRUE(status.opinions(0).for_subject());
  EXPECT_EQ(status.answer_due_us(),
            absl::ToUnixMicros(env_.Now() + policy_.subject_answer_deadline));
}

TEST_F(RecordsTest, RefusesOpinionsThatCannotStand) {
  struct Refusal {
    const char* what;
    std::string party;
    std::function<void(v1::OpineRequest&)> change;
    absl::StatusCode code;
    const char* words;
  };
  const auto as_is = [](v1::OpineRequest&) {};
  const std::vector<Refusal> cases = {
      {"no request id", "member/social", [](auto& r) { r.clear_request_id(); }, kInvalid,
       "request_id: has 0"},
      {"a short record id", "member/social", [](auto& r) { r.set_record_id("short"); }, kInvalid,
       "record_id: has 5"},
      {"no stance", "member/social", [](auto& r) { r.clear_stance(); }, kInvalid, "stance: "},
      {"an unknown stance", "member/social",
       [](auto& r) { r.set_stance(static_cast<v1::Stance>(99)); }, kInvalid, "stance: "},
      {"a dispute without a reason", "member/social", [](auto& r) { r.clear_reason(); }, kInvalid,
       "reason: is empty"},
      {"a reason too long", "member/social",
       [](auto& r) { r.set_reason(std::string(kMaxReasonBytes + 1, 'x')); }, kInvalid,
       "reason: has 513"},
      {"a person's objection that is no dispute", "member/social",
       [](auto& r) {
         r.set_stance(v1::AGREE);
         r.set_for_subject(true);
       },
       kInvalid, "for_subject: "},
      {"an unknown record", "member/social", [](auto& r) { r.set_record_id(std::string(16, 'z')); },
       kNotFound, "no such record"},
      {"a record of a group that the caller is not in", "member/search", as_is, kNotFound,
       "no such record"},
      {"the caller's own record", "member/market", as_is, kDenied, "own record"},
  };
  for (const Refusal& refusal : cases) {
    SCOPED_TRACE(refusal.what);
    v1::OpineRequest request = Opinion(v1::DISPUTE);
    refusal.change(request);
    const uint64_t size = LogSize();
    EXPECT_THAT(Run(OpineCommand(refusal.party, request, policy_)),
                FailsWith(refusal.code, refusal.words));
    EXPECT_EQ(LogSize(), size);
  }
  v1::OpineRequest longest = Opinion(v1::DISPUTE);
  longest.set_reason(std::string(kMaxReasonBytes, 'x'));
  EXPECT_TRUE(Run(OpineCommand("member/social", longest, policy_)).ok());
}

TEST_F(RecordsTest, RefusesAnOpinionOnARecordThatHasEnded) {
  env_.Advance(kPhoneLife);  // the hub's own event of the expiry has not come yet
  EXPECT_THAT(Opine("member/social", v1::DISPUTE), FailsWith(kPrecondition, "expired"));
  ASSERT_TRUE(Run(ExpireCommand(record_id_)).ok());
  EXPECT_THAT(Opine("member/social", v1::DISPUTE), FailsWith(kPrecondition, "expired"));
}

TEST_F(RecordsTest, RefusesAnAnswerThatNobodyWaitsForOrThatIsNotThePublishers) {
  EXPECT_THAT(Run(AnswerDisputesCommand("member/market", Answer())),
              FailsWith(kPrecondition, "no dispute"));
  ASSERT_TRUE(Opine("member/social", v1::DISPUTE).ok());
  EXPECT_THAT(Run(AnswerDisputesCommand("member/social", Answer())),
              FailsWith(kDenied, "only its publisher"));
  v1::AnswerDisputesRequest empty = Answer();
  empty.clear_answer();
  EXPECT_THAT(Run(AnswerDisputesCommand("member/market", empty)),
              FailsWith(kInvalid, "answer: is empty"));
}

TEST_F(RecordsTest, NamesASightingToNobodyAndCountsItForEveryone) {
  AddMembers(1);
  const auto outcome = Run(ReportSightingCommand("member/social", Sighting(2)));
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(AudienceOf(*EventAt(outcome->sequence)), "roles= groups= party=");
  EXPECT_EQ(Show("member/market").sighted_by(), 0u) << "counted from time to time only";
  ASSERT_TRUE(Run(ReportSightingCommand("member/extra-0", Sighting(3))).ok());
  ASSERT_TRUE(Run(ReportSightingCommand("member/social", Sighting(5))).ok());
  EXPECT_THAT(state_.Read([](const HubState& s) { return s.sightings.Unannounced(10); }),
              ElementsAre(record_id_));
  ASSERT_TRUE(Run(CountSightingsCommand(record_id_)).ok());
  const v1::RecordStatus status = Show("member/social");
  EXPECT_EQ(status.sighted_by(), 2u);
  EXPECT_EQ(status.sighted_subjects(), 8u) << "the newest of each member";
  EXPECT_EQ(AudienceOf(*EventAt(LogSize())), "roles= groups=coalition party=member/market");
  EXPECT_TRUE(state_.Read([](const HubState& s) { return s.sightings.Unannounced(10); }).empty());
}

TEST_F(RecordsTest, RefusesSightingsThatCannotBe) {
  v1::ReportSightingRequest request = Sighting(0);
  EXPECT_THAT(Run(ReportSightingCommand("member/social", request)),
              FailsWith(kInvalid, "subjects: is 0"));
  request = Sighting(kMaxSubjects + 1);
  EXPECT_THAT(Run(ReportSightingCommand("member/social", request)),
              FailsWith(kInvalid, "subjects: is 1000001"));
  request = Sighting();
  request.clear_first_matched_us();
  EXPECT_THAT(Run(ReportSightingCommand("member/social", request)),
              FailsWith(kInvalid, "first_matched_us: is missing"));
  request = Sighting();
  request.set_first_matched_us(absl::ToUnixMicros(env_.Now() + absl::Hours(1)));
  EXPECT_THAT(Run(ReportSightingCommand("member/social", request)),
              FailsWith(kInvalid, "first_matched_us: is in the future"));
  EXPECT_THAT(Run(ReportSightingCommand("member/market", Sighting())),
              FailsWith(kDenied, "own record"));
  EXPECT_TRUE(Run(ReportSightingCommand("member/social", Sighting(kMaxSubjects))).ok());
}

TEST_F(RecordsTest, ShowsMemberByMemberWhatWasAppliedAndWhoIsLate) {
  AddMembers(2);
  Suspend("member/extra-1");
  const auto retracted = Retract("member/market", record_id_);
  ASSERT_TRUE(retracted.ok()) << retracted.status();
  positions_.Applied("member/social", retracted->sequence, env_.Now());
  positions_.LookedUp("member/extra-0", env_.Now());
  ASSERT_TRUE(
      Run(AcknowledgeRemedyCommand("member/social", Acknowledgement(retracted->sequence))).ok());
  EXPECT_EQ(AudienceOf(*EventAt(LogSize())), "roles=COORDINATOR groups= party=member/market");

  v1::RecordStatus status = Show("coordinator/anna");
  EXPECT_EQ(status.state(), v1::RETRACTED);
  ASSERT_EQ(status.remedies_size(), 3) << "what the suspended member had, it has";
  EXPECT_EQ(status.remedies(0).party(), "member/extra-0");
  EXPECT_FALSE(status.remedies(0).applied());
  EXPECT_FALSE(status.remedies(0).late());
  EXPECT_EQ(status.remedies(0).last_lookup_us(), absl::ToUnixMicros(env_.Now()));
  EXPECT_EQ(status.remedies(1).party(), "member/extra-1");
  EXPECT_EQ(status.remedies(2).party(), "member/social");
  EXPECT_TRUE(status.remedies(2).applied());
  EXPECT_EQ(status.remedies(2).outcome(), v1::REVERSED);
  EXPECT_EQ(Show("member/market").remedies_size(), 3);
  EXPECT_EQ(Show("member/social").remedies_size(), 0) << "another member's remedies";

  EXPECT_EQ(List("coordinator/anna", v1::ListRecordsRequest::REMEDIES_DUE).records_size(), 1);
  EXPECT_EQ(List("coordinator/anna", v1::ListRecordsRequest::LATE).records_size(), 0);
  env_.Advance(policy_.remedy_deadline + absl::Microseconds(1));
  status = Show("member/market");
  EXPECT_TRUE(status.remedies(0).late());
  EXPECT_TRUE(status.remedies(1).late());
  EXPECT_FALSE(status.remedies(2).late());
  EXPECT_EQ(List("coordinator/anna", v1::ListRecordsRequest::LATE).records_size(), 1);
  EXPECT_EQ(List("member/social", v1::ListRecordsRequest::ANY).records_size(), 0)
      << "members list their own records";
}

TEST_F(RecordsTest, KeepsTheFactsFromACoordinatorWhereNoGroupPermitsThem) {
  ASSERT_NO_FATAL_FAILURE(Admit("coordinator/abroad", "US"));
  EXPECT_TRUE(Show("coordinator/abroad").has_facts()) << "the group permits every region";
  ASSERT_NO_FATAL_FAILURE(CreateGroup("european", {"IE", "DE"}));
  ASSERT_NO_FATAL_FAILURE(Join("member/market", "european"));
  v1::PublishRequest request = GoodRequest();
  request.mutable_facts()->set_groups(0, "european");
  const auto published = Publish("member/market", request);
  ASSERT_TRUE(published.ok()) << published.status();
  record_id_ = published->record_id;
  EXPECT_TRUE(Show("coordinator/anna").has_facts());
  EXPECT_FALSE(Show("coordinator/abroad").has_facts());
  EXPECT_EQ(Show("coordinator/abroad").publisher(), "member/market") << "it may still chase";
  ASSERT_TRUE(Retract("member/market", record_id_).ok());
  const auto list = List("coordinator/abroad", v1::ListRecordsRequest::ANY);
  ASSERT_EQ(list.records_size(), 1);
  EXPECT_FALSE(list.records(0).has_facts());
}

TEST_F(RecordsTest, ListsDisputesThatWaitForAnAnswer) {
  policy_.answer_deadline = absl::Hours(1);
  EXPECT_EQ(List("member/market", v1::ListRecordsRequest::OPEN_DISPUTES).records_size(), 0);
  ASSERT_TRUE(Opine("member/social", v1::DISPUTE).ok());
  EXPECT_EQ(List("member/market", v1::ListRecordsRequest::OPEN_DISPUTES).records_size(), 1);
  env_.Advance(policy_.answer_deadline + absl::Microseconds(1));
  EXPECT_EQ(List("coordinator/anna", v1::ListRecordsRequest::LATE).records_size(), 1);
  ASSERT_TRUE(Run(AnswerDisputesCommand("member/market", Answer())).ok());
  EXPECT_EQ(List("coordinator/anna", v1::ListRecordsRequest::LATE).records_size(), 0);
}

TEST_F(RecordsTest, RefusesAcknowledgementsThatFitNoEnd) {
  EXPECT_THAT(Run(AcknowledgeRemedyCommand("member/social", Acknowledgement(published_))),
              FailsWith(kPrecondition, "neither retracted nor erased"));
  const auto retracted = Retract("member/market", record_id_);
  const uint64_t end = retracted->sequence;
  EXPECT_THAT(Run(AcknowledgeRemedyCommand("member/social", Acknowledgement(end + 1'000))),
              FailsWith(kInvalid, "ended_sequence: is"));
  EXPECT_THAT(Run(AcknowledgeRemedyCommand("member/market", Acknowledgement(end))),
              FailsWith(kDenied, "own record"));
  EXPECT_THAT(Run(AcknowledgeRemedyCommand("member/search", Acknowledgement(end))),
              FailsWith(kNotFound, "no such record"));
  v1::AcknowledgeRemedyRequest request = Acknowledgement(end, v1::NONE);
  request.set_subjects(1);
  EXPECT_THAT(Run(AcknowledgeRemedyCommand("member/social", request)),
              FailsWith(kInvalid, "subjects: must be 0"));
  request = Acknowledgement(end);
  request.set_subjects(0);
  EXPECT_THAT(Run(AcknowledgeRemedyCommand("member/social", request)),
              FailsWith(kInvalid, "subjects: is 0"));
  request.clear_outcome();
  EXPECT_THAT(Run(AcknowledgeRemedyCommand("member/social", request)),
              FailsWith(kInvalid, "outcome: "));
  ASSERT_TRUE(Run(AcknowledgeRemedyCommand("member/social", Acknowledgement(end, v1::NONE))).ok());
  ASSERT_TRUE(Run(AcknowledgeRemedyCommand("member/social", Acknowledgement(end))).ok());
  EXPECT_EQ(Show("member/market").remedies(0).outcome(), v1::REVERSED) << "the later one stands";
}

std::string FileBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(RecordsTest, ErasesBodyRandomBytesElementsAndViewsAndStillVerifies) {
  ASSERT_TRUE(Opine("member/social", v1::DISAGREE).ok());
  const uint64_t opinion = LogSize();
  const std::string leaf(log::AsBytes(EventAt(published_)->leaf_hash));
  const auto erased = Run(EraseCommand("member/market", Erasure(), policy_));
  ASSERT_TRUE(erased.ok()) << erased.status();

  EXPECT_FALSE(Matches());
  for (const uint64_t sequence : {published_, opinion}) {
    const auto event = EventAt(sequence);
    EXPECT_TRUE(event->erased);
    EXPECT_TRUE(event->event.body().empty());
    EXPECT_TRUE(event->event.random().empty());
  }
  EXPECT_EQ(log::AsBytes(EventAt(published_)->leaf_hash), leaf);
  EXPECT_THAT(EventAt(erased->sequence)->parsed.body.record_erased().sequences(),
              ElementsAre(published_, opinion));
  const v1::RecordStatus status = Show("member/market");
  EXPECT_EQ(status.state(), v1::ERASED);
  EXPECT_FALSE(status.has_facts());
  EXPECT_EQ(status.opinions_size(), 0);
  EXPECT_TRUE(FileBytes(folder_.File("log-wal")).empty())
      << "the write-ahead log still holds what was erased";

  // The same state from the log alone, and the same root.
  const LogPosition before = log_->Position();
  appender_.reset();
  log_.reset();
  SharedState folded_anew;
  const auto reopened = SqlcipherEventLog::Open(
      folder_.File("log"), storage::TestKey(), kCoalition, &env_,
      [&](const StoredEvent& event) { folded_anew.Apply({std::make_shared<StoredEvent>(event)}); });
  ASSERT_TRUE(reopened.ok()) << reopened.status();
  EXPECT_EQ((*reopened)->Position().root, before.root);
  EXPECT_EQ(ShowIn(folded_anew, "member/market").SerializeAsString(), status.SerializeAsString());
}

TEST_F(RecordsTest, GivesTheFirstAnswerToARetriedPublicationOfAnErasedRecord) {
  const v1::PublishRequest request = GoodRequest();
  v1::PublishRequest with_id = request;
  with_id.set_request_id(NewRequestId());
  const auto first = Run(PublishCommand("member/market", with_id, env_));
  ASSERT_TRUE(first.ok()) << first.status();
  record_id_ = first->record_id;
  ASSERT_TRUE(Run(EraseCommand("member/market", Erasure(), policy_)).ok());
  const uint64_t size = LogSize();
  const auto again = Run(PublishCommand("member/market", with_id, env_));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->sequence, first->sequence);
  EXPECT_EQ(LogSize(), size) << "a late retry must not publish an erased record again";
}

TEST_F(RecordsTest, LetsNobodyEraseAnothersRecordButACoordinatorOnACourtOrder) {
  EXPECT_THAT(Run(EraseCommand("member/social", Erasure(), policy_)),
              FailsWith(kDenied, "another member's record"));
  EXPECT_THAT(Run(EraseCommand("member/search", Erasure(), policy_)),
              FailsWith(kNotFound, "no such record"));
  EXPECT_THAT(Run(EraseCommand("coordinator/anna", Erasure(v1::WITHDRAWN), policy_)),
              FailsWith(kDenied, "COURT_ORDER"));
  EXPECT_THAT(Run(EraseCommand("coordinator/anna", Erasure(v1::SUBJECT_RIGHT), policy_)),
              FailsWith(kDenied, "COURT_ORDER"));
  v1::EraseRequest groundless = Erasure();
  groundless.clear_ground();
  EXPECT_THAT(Run(EraseCommand("member/market", groundless, policy_)),
              FailsWith(kInvalid, "ground: "));
  EXPECT_TRUE(Matches());
  const auto erased = Run(EraseCommand("coordinator/anna", Erasure(v1::COURT_ORDER), policy_));
  ASSERT_TRUE(erased.ok()) << erased.status();
  const auto again = Run(EraseCommand("member/market", Erasure(), policy_));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->sequence, erased->sequence);
}

TEST_F(RecordsTest, ErasesARecordThatHadEnded) {
  const auto retracted = Retract("member/market", record_id_);
  ASSERT_TRUE(retracted.ok());
  const auto erased = Run(EraseCommand("member/market", Erasure(), policy_));
  ASSERT_TRUE(erased.ok()) << erased.status();
  EXPECT_TRUE(EventAt(retracted->sequence)->erased) << "its reason is gone, too";
  ASSERT_TRUE(
      Run(AcknowledgeRemedyCommand("member/social", Acknowledgement(erased->sequence))).ok());
}

TEST_F(RecordsTest, RefusesToListMoreThanTheLimit) {
  v1::ListRecordsRequest request;
  v1::ListRecordsResponse response;
  request.set_limit(kMaxListedRecords + 1);
  EXPECT_THAT(ListRecords("coordinator/anna", request, state_, positions_, env_.Now(), &response),
              FailsWith(kInvalid, "limit: is 1001"));
  request.set_limit(kMaxListedRecords);
  EXPECT_TRUE(
      ListRecords("coordinator/anna", request, state_, positions_, env_.Now(), &response).ok());
  request.set_after_record_id("short");
  EXPECT_THAT(ListRecords("coordinator/anna", request, state_, positions_, env_.Now(), &response),
              FailsWith(kInvalid, "after_record_id: has 5"));
}

TEST_F(RecordsTest, PagesThroughAList) {
  std::vector<std::string> ids = {record_id_};
  for (int i = 0; i < 2; ++i) ids.push_back(Publish("member/market", GoodRequest())->record_id);
  for (const std::string& id : ids) {
    record_id_ = id;
    ASSERT_TRUE(Opine("member/social", v1::AGREE).ok());
  }
  std::sort(ids.begin(), ids.end());
  v1::ListRecordsRequest request;
  request.set_limit(2);
  v1::ListRecordsResponse page;
  ASSERT_TRUE(ListRecords("coordinator/anna", request, state_, positions_, env_.Now(), &page).ok());
  ASSERT_EQ(page.records_size(), 2);
  EXPECT_TRUE(page.more());
  request.set_after_record_id(page.records(1).record_id());
  page.Clear();
  ASSERT_TRUE(ListRecords("coordinator/anna", request, state_, positions_, env_.Now(), &page).ok());
  ASSERT_EQ(page.records_size(), 1);
  EXPECT_EQ(page.records(0).record_id(), ids[2]);
  EXPECT_FALSE(page.more());
}

}  // namespace
}  // namespace vervet::hub
