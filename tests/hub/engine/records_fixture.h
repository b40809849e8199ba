// A record that is published, and what members and coordinators do about it.
#ifndef VERVET_TESTS_HUB_ENGINE_RECORDS_FIXTURE_H_
#define VERVET_TESTS_HUB_ENGINE_RECORDS_FIXTURE_H_

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "hub/engine/lookup.h"
#include "hub/engine/records.h"
#include "hub/engine/records_query.h"
#include "hub/views/sync_positions.h"
#include "tests/hub/engine/engine_fixture.h"

namespace vervet::hub {

inline constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
inline constexpr auto kDenied = absl::StatusCode::kPermissionDenied;
inline constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;
inline constexpr auto kNotFound = absl::StatusCode::kNotFound;

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

}  // namespace vervet::hub

#endif  // VERVET_TESTS_HUB_ENGINE_RECORDS_FIXTURE_H_
