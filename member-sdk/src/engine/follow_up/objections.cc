#include "member-sdk/src/engine/follow_up/objections.h"

#include <algorithm>

#include "core/base/status_macros.h"
#include "member-sdk/src/engine/facts.h"

namespace vervet::engine {
namespace {

using State = views::OffenderRecords::State;

struct Outcome {
  ObjectionState state = ObjectionState::kOpen;
  absl::Time decided = absl::InfinitePast();  // InfinitePast: not known, or nothing was decided
  std::string answer;
};

// InfiniteFuture: not known yet. The hub's answer says it, and so does the opinion's event.
absl::Time AnswerDue(const vault::ObjectionRow& row, const RecordFate& fate) {
  if (row.answer_due_us != 0) return absl::FromUnixMicros(row.answer_due_us);
  const bool standing = row.sequence != 0 && fate.own_opinion == row.sequence;
  return standing ? fate.own_answer_due : absl::InfiniteFuture();
}

Outcome OutcomeOf(const vault::ObjectionRow& row, const RecordFate& fate, absl::Time now) {
  const bool delivered = row.sequence != 0;
  // What the person wanted, whether the objection got there or not.
  if (fate.known && fate.state == State::kErased) return {ObjectionState::kErased, fate.ended, ""};
  if (fate.known && fate.state == State::kRetracted) {
    return {ObjectionState::kWithdrawn, fate.ended, fate.end_reason};
  }
  if (row.refused) return {ObjectionState::kRefused, absl::InfinitePast(), row.refusal};
  if (!fate.known) {
    if (!delivered) return {};
    return {ObjectionState::kNoLongerShared, absl::InfinitePast(), ""};
  }
  if (delivered && fate.answered_through >= row.sequence) {
    return {ObjectionState::kKept, fate.last_answered, fate.last_answer};
  }
  if (fate.state == State::kExpired) return {ObjectionState::kExpired, fate.ended, ""};
  if (delivered && fate.own_opinion > row.sequence && !fate.own_dispute) {
    return {ObjectionState::kTakenBack, absl::InfinitePast(), ""};
  }
  const absl::Time due = AnswerDue(row, fate);
  if (delivered && due <= now) return {ObjectionState::kDeadlinePassed, due, ""};
  return {};
}

}  // namespace

Objection ToObjection(const vault::ObjectionRow& row, const RecordFate& fate, absl::Time now) {
  const Outcome outcome = OutcomeOf(row, fate, now);
  Objection objection;
  objection.record_id = ToHex(row.record_id);
  objection.publisher = fate.publisher;
  objection.subject_reference = row.reference;
  objection.request_id = ToHex(row.request_id);
  objection.filed = absl::ToChronoTime(absl::FromUnixMicros(row.filed_us));
  const absl::Time due = AnswerDue(row, fate);
  if (due != absl::InfiniteFuture()) objection.answer_due = absl::ToChronoTime(due);
  objection.state = outcome.state;
  if (outcome.decided != absl::InfinitePast()) {
    objection.decided = absl::ToChronoTime(outcome.decided);
  }
  objection.answer = outcome.answer;
  return objection;
}

absl::StatusOr<absl::Time> Objections::Look(const std::string& record_id, const RecordFate& fate) {
  VERVET_ASSIGN_OR_RETURN(const auto rows, vault_->ObjectionsTo(record_id));
  absl::Time next = absl::InfiniteFuture();
  for (const vault::ObjectionRow& row : rows) {
    const absl::Time now = env_->Now();
    const Outcome outcome = OutcomeOf(row, fate, now);
    if (outcome.state == ObjectionState::kOpen && row.sequence != 0) {
      next = std::min(next, AnswerDue(row, fate));
    }
    const int state = static_cast<int>(outcome.state);
    if (state == row.state) continue;
    if (outcome.state != ObjectionState::kOpen && on_outcome_ != nullptr) {
      on_outcome_(ToObjection(row, fate, now));
    }
    VERVET_RETURN_IF_ERROR(vault_->ObjectionTold(row.id, state));
  }
  return next;
}

}  // namespace vervet::engine
