// What the client does about records that are published already, and about one person.
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "member-sdk/src/engine/engine.h"
#include "member-sdk/src/engine/facts.h"
#include "member-sdk/src/engine/outbox/record_requests.h"
#include "member-sdk/src/engine/own_status.h"
#include "member-sdk/src/engine/record_status.h"

namespace vervet::engine {

absl::Status Engine::CheckWhose(const std::string& record_id, bool own,
                                absl::string_view remedy) const {
  const RecordFate fate = state_.FateOf(record_id);
  if (!fate.known || fate.own == own) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "record_id: ", own ? "another member's record" : "this member's own record", "; ", remedy));
}

std::optional<TimePoint> Engine::AnswerDueOf(const vault::OutboxEntry& entry) const {
  if (entry.kind != vault::OutboxKind::kOpine) return std::nullopt;
  if (entry.answer_due_us != 0) {
    return absl::ToChronoTime(absl::FromUnixMicros(entry.answer_due_us));
  }
  const RecordFate fate = state_.FateOf(entry.record_id);
  if (fate.own_opinion != entry.sequence || !fate.own_dispute) return std::nullopt;
  return absl::ToChronoTime(fate.own_answer_due);
}

void Engine::TouchMatched(std::vector<std::string> records) {
  // Without background work nobody takes them from the queue; the next opening looks at all.
  if (options_.background) reporter_.Touch(std::move(records));
}

absl::StatusOr<Ticket> Engine::Opine(const std::string& record_id, Stance stance,
                                     const std::string& reason) {
  VERVET_ASSIGN_OR_RETURN(const std::string id, RecordIdFrom(record_id));
  VERVET_RETURN_IF_ERROR(CheckWhose(id, false, "retract it, or answer its disputes"));
  VERVET_ASSIGN_OR_RETURN(const vault::OutboxEntry entry,
                          BuildOpinion(id, stance, reason, false, TimeOrderedId(*env_)));
  return Enqueue(entry);
}

absl::StatusOr<Ticket> Engine::ObjectForSubject(const std::string& record_id,
                                                const std::string& subject_reference,
                                                const std::string& reason) {
  VERVET_ASSIGN_OR_RETURN(const std::string id, RecordIdFrom(record_id));
  VERVET_RETURN_IF_ERROR(CheckReference(subject_reference));
  VERVET_RETURN_IF_ERROR(CheckWhose(id, false, "retract or erase it where the person is right"));
  VERVET_ASSIGN_OR_RETURN(const vault::OutboxEntry entry,
                          BuildOpinion(id, Stance::kDispute, reason, true, TimeOrderedId(*env_)));
  VERVET_RETURN_IF_ERROR(vault_->QueueObjection(entry, subject_reference));
  outbox_.Added(1);
  return Ticket{ToHex(entry.request_id)};
}

absl::StatusOr<Ticket> Engine::AnswerDisputes(const std::string& record_id,
                                              const std::string& answer) {
  VERVET_ASSIGN_OR_RETURN(const std::string id, RecordIdFrom(record_id));
  VERVET_RETURN_IF_ERROR(CheckWhose(id, true, "only its publisher can answer"));
  VERVET_ASSIGN_OR_RETURN(const vault::OutboxEntry entry,
                          BuildAnswer(id, answer, TimeOrderedId(*env_)));
  return Enqueue(entry);
}

absl::StatusOr<Ticket> Engine::Erase(const std::string& record_id, ErasureGround ground) {
  VERVET_ASSIGN_OR_RETURN(const std::string id, RecordIdFrom(record_id));
  VERVET_RETURN_IF_ERROR(
      CheckWhose(id, true,
                 "only its publisher can erase it, or a coordinator on a court order; dispute it "
                 "instead"));
  VERVET_ASSIGN_OR_RETURN(const vault::OutboxEntry entry,
                          BuildErasure(id, ground, TimeOrderedId(*env_)));
  return Enqueue(entry);
}

absl::Status Engine::NoteAction(const std::string& record_id, const std::string& subject_reference,
                                const std::string& action) {
  VERVET_ASSIGN_OR_RETURN(const std::string id, RecordIdFrom(record_id));
  VERVET_RETURN_IF_ERROR(CheckReference(subject_reference));
  VERVET_RETURN_IF_ERROR(CheckAction(action));
  VERVET_RETURN_IF_ERROR(
      CheckWhose(id, false, "only what rests on another's record is noted here"));
  if (!state_.FateOf(id).known) return absl::NotFoundError("record_id: no such record here");
  VERVET_RETURN_IF_ERROR(
      vault_->NoteAction(id, {subject_reference, action, absl::ToUnixMicros(env_->Now())}));
  // Asked now, and not before: it may have ended meanwhile.
  if (state_.FateOf(id).NeedsRemedy()) TouchMatched({id});
  return absl::OkStatus();
}

absl::StatusOr<std::vector<OpenRemedy>> Engine::OpenRemedies() {
  return reporter_.remedies().Open();
}

absl::StatusOr<Ticket> Engine::AcknowledgeRemedy(const std::string& record_id,
                                                 RemedyOutcome outcome) {
  VERVET_ASSIGN_OR_RETURN(const std::string id, RecordIdFrom(record_id));
  VERVET_ASSIGN_OR_RETURN(const vault::FollowUp follow_up,
                          reporter_.remedies().Acknowledge(id, outcome));
  VERVET_RETURN_IF_ERROR(vault_->QueueFollowUp(follow_up));
  outbox_.Added(follow_up.entries.size());
  return Ticket{ToHex(follow_up.entries.front().request_id)};
}

absl::StatusOr<RecordStatus> Engine::ShowRecord(const std::string& record_id) {
  VERVET_ASSIGN_OR_RETURN(const std::string id, RecordIdFrom(record_id));
  v1::ShowRecordRequest request;
  request.set_record_id(id);
  const auto status = transport_->ShowRecord(request, absl::FromChrono(options_.rpc_deadline));
  if (!status.ok()) return OwnStatus(status.status());
  return FromProto(*status);
}

absl::StatusOr<SubjectHoldings> Engine::ShowSubject(const Subject& subject) {
  return subjects_.Show(subject);
}

absl::StatusOr<SubjectErasure> Engine::EraseSubject(const Subject& subject) {
  VERVET_ASSIGN_OR_RETURN(SubjectDesk::Erased erased, subjects_.Erase(subject));
  TouchMatched(std::move(erased.records));
  return std::move(erased.erasure);
}

}  // namespace vervet::engine
