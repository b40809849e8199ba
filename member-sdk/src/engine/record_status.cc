#include "member-sdk/src/engine/record_status.h"

#include "absl/time/time.h"
#include "member-sdk/src/engine/facts.h"

namespace vervet::engine {
namespace {

static_assert(static_cast<int>(RecordState::kErased) == v1::ERASED);

TimePoint ToTime(int64_t micros) { return absl::ToChronoTime(absl::FromUnixMicros(micros)); }

// 0 stands for "never" on the wire.
std::optional<TimePoint> ToTimeOrNone(int64_t micros) {
  if (micros == 0) return std::nullopt;
  return ToTime(micros);
}

MemberRemedy FromProto(const v1::MemberRemedy& line) {
  MemberRemedy out;
  out.party = line.party();
  out.party_name = line.display_name();
  out.applied = line.applied();
  out.applied_at = ToTimeOrNone(line.applied_us());
  if (line.outcome() >= v1::REVERSED && line.outcome() <= v1::NONE) {
    out.outcome = static_cast<RemedyOutcome>(line.outcome());
  }
  out.subjects = line.subjects();
  out.acknowledged = ToTimeOrNone(line.acknowledged_us());
  out.late = line.late();
  return out;
}

}  // namespace

RecordStatus FromProto(const v1::RecordStatus& status) {
  RecordStatus out;
  out.record_id = ToHex(status.record_id());
  out.publisher = status.publisher();
  if (status.state() >= v1::IN_FORCE && status.state() <= v1::ERASED) {
    out.state = static_cast<RecordState>(status.state());
  }
  if (status.has_facts()) out.facts = FromProto(status.facts());
  out.sequence = status.sequence();
  out.published = ToTimeOrNone(status.published_us());
  out.expires = ToTimeOrNone(status.expires_us());
  out.ended = ToTimeOrNone(status.ended_us());
  out.ended_sequence = status.ended_sequence();
  out.end_reason = status.end_reason();
  out.remedy_due = ToTimeOrNone(status.remedy_due_us());
  for (const v1::StandingOpinion& standing : status.opinions()) {
    Opinion opinion;
    opinion.party = standing.party();
    opinion.stance = FromProto(standing.stance());
    opinion.reason = standing.reason();
    opinion.for_subject = standing.for_subject();
    opinion.given = ToTime(standing.given_us());
    opinion.answered = standing.answered();
    opinion.answer_due = ToTime(standing.answer_due_us());
    out.opinions.push_back(std::move(opinion));
  }
  out.unanswered_disputes = status.unanswered_disputes();
  out.answer_due = ToTimeOrNone(status.answer_due_us());
  out.last_answer = status.last_answer();
  out.last_answered = ToTimeOrNone(status.last_answer_us());
  out.sighted_by = status.sighted_by();
  out.sighted_subjects = status.sighted_subjects();
  for (const v1::MemberRemedy& line : status.remedies()) out.remedies.push_back(FromProto(line));
  return out;
}

}  // namespace vervet::engine
