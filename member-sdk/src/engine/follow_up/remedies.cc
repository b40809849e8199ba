#include "member-sdk/src/engine/follow_up/remedies.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "member-sdk/src/engine/facts.h"
#include "member-sdk/src/engine/images/evidence.h"
#include "member-sdk/src/engine/outbox/record_requests.h"

namespace vervet::engine {
namespace {

using State = views::OffenderRecords::State;

const char* ReasonOf(const RecordFate& fate) {
  return fate.state == State::kErased ? "erased" : "retracted";
}

}  // namespace

std::vector<std::string> ReferencesOf(const std::vector<vault::AffectedRow>& affected) {
  std::set<std::string> references;
  for (const vault::AffectedRow& row : affected) references.insert(row.reference);
  return {references.begin(), references.end()};
}

std::vector<AffectedSubject> ToAffected(const std::vector<vault::AffectedRow>& affected) {
  std::vector<AffectedSubject> subjects;
  for (const vault::AffectedRow& row : affected) {
    subjects.push_back({row.reference, row.action,
                        absl::ToChronoTime(absl::FromUnixMicros(row.when_us)),
                        UnpackEvidence(row.image)});
  }
  return subjects;
}

void Remedies::AddAcknowledgement(const std::string& record_id, const RecordFate& fate,
                                  RemedyOutcome outcome, uint32_t subjects,
                                  vault::FollowUp* batch) {
  vault::OutboxEntry entry =
      BuildAcknowledgement(record_id, fate.ended_sequence, outcome, subjects, TimeOrderedId(*env_));
  vault::FollowUp::Acknowledgement queued;
  queued.record_id = record_id;
  queued.ended_sequence = fate.ended_sequence;
  queued.erased = fate.state == State::kErased;
  queued.outcome = static_cast<int>(outcome);
  queued.subjects = subjects;
  queued.request_id = entry.request_id;
  batch->acknowledgements.push_back(std::move(queued));
  batch->entries.push_back(std::move(entry));
}

void Remedies::Tell(const std::string& record_id, const RecordFate& fate,
                    const std::vector<vault::AffectedRow>& affected) {
  if (on_match_ended_ == nullptr) return;
  MatchEndedEvent event;
  event.record_id = ToHex(record_id);
  event.publisher = fate.publisher;
  event.reason = ReasonOf(fate);
  event.subject_references = ReferencesOf(affected);
  event.affected = ToAffected(affected);
  event.remedy_due = absl::ToChronoTime(fate.remedy_due);
  event.ended_sequence = fate.ended_sequence;
  event.detail = fate.end_reason;
  on_match_ended_(event);
}

absl::Status Remedies::Look(const std::string& record_id, const RecordFate& fate, bool has_marks,
                            vault::FollowUp* batch, uint64_t* added) {
  VERVET_ASSIGN_OR_RETURN(const auto row, vault_->FindRemedy(record_id));
  const bool noted = row && row->ended_sequence >= fate.ended_sequence;
  if (noted && row->told) {
    return has_marks ? vault_->RemedyTold(record_id, fate.ended_sequence) : absl::OkStatus();
  }
  VERVET_ASSIGN_OR_RETURN(const auto affected, vault_->AffectedBy(record_id));
  if (affected.empty()) {
    const bool due = fate.held && fate.ended_sequence > first_met_;
    if (!noted && due && acknowledge_unaffected_ && gathered_.insert(record_id).second) {
      AddAcknowledgement(record_id, fate, RemedyOutcome::kNone, 0, batch);
    }
    return absl::OkStatus();
  }
  if (!noted) {
    // An erasure after a retraction asks again what was answered already.
    const bool answered = row && (row->state == vault::RemedyState::kQueued ||
                                  row->state == vault::RemedyState::kDelivered);
    if (answered && row->outcome != 0) {
      vault::FollowUp repeated;
      AddAcknowledgement(record_id, fate, static_cast<RemedyOutcome>(row->outcome), row->subjects,
                         &repeated);
      VERVET_RETURN_IF_ERROR(vault_->QueueFollowUp(repeated));
      ++*added;
    } else {
      VERVET_RETURN_IF_ERROR(
          vault_->OpenRemedy(record_id, fate.ended_sequence, fate.state == State::kErased));
    }
  }
  Tell(record_id, fate, affected);
  return vault_->RemedyTold(record_id, fate.ended_sequence);
}

absl::StatusOr<std::vector<OpenRemedy>> Remedies::Open() {
  VERVET_ASSIGN_OR_RETURN(const auto rows, vault_->Remedies());
  std::vector<OpenRemedy> open;
  for (const vault::RemedyRow& row : rows) {
    if (row.state != vault::RemedyState::kOpen && row.state != vault::RemedyState::kRefused) {
      continue;
    }
    const RecordFate fate = state_->FateOf(row.record_id);
    // Left with its group: the hub would take no acknowledgement any more.
    if (!fate.NeedsRemedy()) continue;
    VERVET_ASSIGN_OR_RETURN(const auto affected, vault_->AffectedBy(row.record_id));
    OpenRemedy remedy;
    remedy.record_id = ToHex(row.record_id);
    remedy.publisher = fate.publisher;
    remedy.reason = ReasonOf(fate);
    remedy.detail = fate.end_reason;
    remedy.ended = absl::ToChronoTime(fate.ended);
    remedy.due = absl::ToChronoTime(fate.remedy_due);
    remedy.ended_sequence = fate.ended_sequence;
    remedy.affected = ToAffected(affected);
    if (row.state == vault::RemedyState::kRefused) {
      remedy.refusal = absl::FailedPreconditionError(row.refusal);
    }
    open.push_back(std::move(remedy));
  }
  return open;
}

absl::StatusOr<vault::FollowUp> Remedies::Acknowledge(const std::string& record_id,
                                                      RemedyOutcome outcome) {
  if (outcome < RemedyOutcome::kReversed || outcome > RemedyOutcome::kNone) {
    return absl::InvalidArgumentError("outcome: is not one of reversed, kept, none");
  }
  const RecordFate fate = state_->FateOf(record_id);
  if (!fate.known) return absl::NotFoundError("record_id: no such record here");
  if (fate.own) {
    return absl::FailedPreconditionError(
        "record_id: this member's own record; acknowledgements come from the other members");
  }
  if (!fate.NeedsRemedy()) {
    return absl::FailedPreconditionError(
        "record_id: the record was neither retracted nor erased; there is nothing to remedy");
  }
  VERVET_ASSIGN_OR_RETURN(const auto affected, vault_->AffectedBy(record_id));
  const size_t subjects = ReferencesOf(affected).size();
  if (subjects == 0 && outcome != RemedyOutcome::kNone) {
    return absl::InvalidArgumentError(
        "outcome: nobody here is known to have matched the record, so it can only be none; note "
        "an action first");
  }
  vault::FollowUp follow_up;
  AddAcknowledgement(record_id, fate, outcome,
                     outcome == RemedyOutcome::kNone ? 0 : static_cast<uint32_t>(subjects),
                     &follow_up);
  return follow_up;
}

}  // namespace vervet::engine
