#include "member-sdk/src/engine/outbox/record_requests.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/base/wire_limits.h"
#include "member-sdk/src/engine/facts.h"
#include "member-sdk/src/engine/outbox/record_rules.h"
#include "vervet/v1/records.pb.h"

namespace vervet::engine {
namespace {

// The public enumerations have the wire's numbers.
static_assert(static_cast<int>(RemedyOutcome::kNone) == v1::NONE);
static_assert(static_cast<int>(ErasureGround::kCourtOrder) == v1::COURT_ORDER);

constexpr size_t kMaxActionBytes = 256;

template <typename Request>
vault::OutboxEntry Draft(vault::OutboxKind kind, const std::string& record_id,
                         std::string request_id, Request request) {
  request.set_request_id(request_id);
  request.set_record_id(record_id);
  vault::OutboxEntry entry;
  entry.kind = kind;
  entry.record_id = record_id;
  entry.request = request.SerializeAsString();
  entry.request_id = std::move(request_id);
  return entry;
}

}  // namespace

absl::StatusOr<std::string> RecordIdFrom(const std::string& record_id) {
  std::string id = FromHex(record_id, kRecordIdBytes);
  if (id.empty()) {
    return absl::InvalidArgumentError("record_id: is not 32 hexadecimal digits");
  }
  return id;
}

absl::Status CheckReference(const std::string& reference) {
  return CheckText("subject_reference", reference, kMaxReferenceBytes,
                   "give your own opaque reference of the person");
}

absl::Status CheckAction(const std::string& action) {
  return CheckText("action", action, kMaxActionBytes,
                   "say what was done because of the record, such as \"account suspended\"");
}

absl::StatusOr<vault::OutboxEntry> BuildOpinion(const std::string& record_id, Stance stance,
                                                const std::string& reason, bool for_subject,
                                                std::string request_id) {
  if (stance < Stance::kAgree || stance > Stance::kDispute) {
    return absl::InvalidArgumentError("stance: is not one of agree, disagree, dispute");
  }
  if (stance != Stance::kAgree || !reason.empty()) {
    VERVET_RETURN_IF_ERROR(
        CheckText("reason", reason, kMaxReasonBytes, "say why, without data of any person"));
  }
  v1::OpineRequest request;
  request.set_stance(static_cast<v1::Stance>(stance));
  request.set_reason(reason);
  request.set_for_subject(for_subject);
  return Draft(vault::OutboxKind::kOpine, record_id, std::move(request_id), std::move(request));
}

absl::StatusOr<vault::OutboxEntry> BuildAnswer(const std::string& record_id,
                                               const std::string& answer, std::string request_id) {
  VERVET_RETURN_IF_ERROR(CheckText("answer", answer, kMaxReasonBytes,
                                   "say why the record stays, without data of any person"));
  v1::AnswerDisputesRequest request;
  request.set_answer(answer);
  return Draft(vault::OutboxKind::kAnswer, record_id, std::move(request_id), std::move(request));
}

absl::StatusOr<vault::OutboxEntry> BuildErasure(const std::string& record_id, ErasureGround ground,
                                                std::string request_id) {
  if (ground < ErasureGround::kWithdrawn || ground > ErasureGround::kCourtOrder) {
    return absl::InvalidArgumentError(
        "ground: is not one of withdrawn, subject-right, court-order");
  }
  v1::EraseRequest request;
  request.set_ground(static_cast<v1::ErasureGround>(ground));
  return Draft(vault::OutboxKind::kErase, record_id, std::move(request_id), std::move(request));
}

vault::OutboxEntry BuildSighting(const std::string& record_id, uint32_t subjects,
                                 int64_t first_matched_us, std::string request_id) {
  v1::ReportSightingRequest request;
  request.set_subjects(std::min(subjects, kMaxSubjects));
  request.set_first_matched_us(std::max<int64_t>(first_matched_us, 1));
  return Draft(vault::OutboxKind::kSighting, record_id, std::move(request_id), std::move(request));
}

vault::OutboxEntry BuildQuarantine(const std::string& record_id, const std::string& hash,
                                   uint32_t matches, uint32_t window_s, std::string request_id) {
  v1::ReportQuarantineRequest request;
  request.set_hash(hash);
  request.set_matches(std::clamp(matches, uint32_t{1}, kMaxSubjects));
  request.set_window_s(window_s);
  return Draft(vault::OutboxKind::kQuarantine, record_id, std::move(request_id),
               std::move(request));
}

vault::OutboxEntry BuildAcknowledgement(const std::string& record_id, uint64_t ended_sequence,
                                        RemedyOutcome outcome, uint32_t subjects,
                                        std::string request_id) {
  v1::AcknowledgeRemedyRequest request;
  request.set_ended_sequence(ended_sequence);
  request.set_outcome(static_cast<v1::RemedyOutcome>(outcome));
  if (outcome != RemedyOutcome::kNone) request.set_subjects(std::min(subjects, kMaxSubjects));
  return Draft(vault::OutboxKind::kAcknowledge, record_id, std::move(request_id),
               std::move(request));
}

}  // namespace vervet::engine
