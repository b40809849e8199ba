// What becomes of records: the part of the fake hub that the real one keeps in
// hub/engine/records.cc.
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/net/refusal.h"
#include "tests/member-sdk/fake_hub.h"

namespace vervet::testing {
namespace {

using Record = views::OffenderRecords::Record;
using State = views::OffenderRecords::State;

constexpr absl::Duration kRemedyDeadline = absl::Hours(7 * 24);
constexpr absl::Duration kAnswerDeadline = absl::Hours(7 * 24);
constexpr absl::Duration kSubjectAnswerDeadline = absl::Hours(30 * 24);

v1::Audience AudienceOf(const Record& record) {
  v1::Audience audience;
  *audience.mutable_groups() = record.facts.groups();
  audience.set_party(record.publisher);
  return audience;
}

absl::Status OwnRecord() {
  return net::WithRequestRefused(absl::PermissionDeniedError("record_id: the caller's own record"));
}

}  // namespace

absl::Status FakeHub::Begin(const std::string& party, const std::string& request_id,
                            const std::string& bytes, uint64_t* answered) {
  received_ += bytes;
  absl::Status refused = MayCall(party);
  refused.Update(TakeFault());
  if (!refused.ok()) return refused;
  const auto known = answered_sequences_.find(request_id);
  *answered = known == answered_sequences_.end() ? 0 : known->second;
  return absl::OkStatus();
}

absl::StatusOr<views::RecordPtr> FakeHub::FindVisible(const std::string& party,
                                                      const std::string& record_id) {
  const views::RecordPtr record = state_.records.Find(record_id);
  if (record == nullptr ||
      (record->publisher != party && !state_.roster.InAny(party, record->facts.groups()))) {
    return absl::NotFoundError("record_id: no such record");
  }
  return record;
}

absl::StatusOr<uint64_t> FakeHub::Conclude(const std::string& request_id, uint64_t sequence) {
  answered_sequences_[request_id] = sequence;
  if (lose_answers_ > 0) {
    --lose_answers_;
    return absl::UnavailableError("the connection broke before the answer");
  }
  return sequence;
}

absl::StatusOr<v1::OpineResponse> FakeHub::Opine(const std::string& party,
                                                 const v1::OpineRequest& request) {
  MutexLock lock(mutex_);
  uint64_t sequence = 0;
  const absl::Status begun =
      Begin(party, request.request_id(), request.SerializeAsString(), &sequence);
  if (!begun.ok()) return begun;
  const absl::Time due =
      env_->Now() + (request.for_subject() ? kSubjectAnswerDeadline : kAnswerDeadline);
  if (sequence == 0) {
    const auto found = FindVisible(party, request.record_id());
    if (!found.ok()) return found.status();
    const Record record = **found;
    if (record.publisher == party) return OwnRecord();
    if (record.state != State::kLive) {
      return absl::FailedPreconditionError("record_id: the record has ended");
    }
    opinions_.push_back(request);
    v1::EventBody body;
    auto* const given = body.mutable_opinion_given();
    given->set_record_id(request.record_id());
    given->set_party(party);
    given->set_stance(request.stance());
    given->set_reason(request.reason());
    given->set_for_subject(request.for_subject());
    if (request.stance() == v1::DISPUTE) given->set_answer_due_us(absl::ToUnixMicros(due));
    sequence = AppendLocked(std::move(body), AudienceOf(record));
    const auto& aftermath = state_.records.AftermathOf(record);
    const size_t holders = state_.HoldersOf(record).size();
    const bool too_many = aftermath.UnansweredDisputes() * 100 >
                          static_cast<size_t>(dispute_share_percent_) * holders;
    if (too_many != aftermath.paused) {
      v1::EventBody follows;
      if (too_many) {
        follows.mutable_record_paused()->set_record_id(request.record_id());
      } else {
        follows.mutable_record_resumed()->set_record_id(request.record_id());
      }
      AppendLocked(std::move(follows), AudienceOf(record));
    }
  }
  const auto concluded = Conclude(request.request_id(), sequence);
  if (!concluded.ok()) return concluded.status();
  v1::OpineResponse response;
  response.set_sequence(*concluded);
  if (request.stance() == v1::DISPUTE) response.set_answer_due_us(absl::ToUnixMicros(due));
  return response;
}

absl::StatusOr<v1::AnswerDisputesResponse> FakeHub::AnswerDisputes(
    const std::string& party, const v1::AnswerDisputesRequest& request) {
  MutexLock lock(mutex_);
  uint64_t sequence = 0;
  const absl::Status begun =
      Begin(party, request.request_id(), request.SerializeAsString(), &sequence);
  if (!begun.ok()) return begun;
  if (sequence == 0) {
    const auto found = FindVisible(party, request.record_id());
    if (!found.ok()) return found.status();
    const Record record = **found;
    if (record.publisher != party) {
      return net::WithRequestRefused(
          absl::PermissionDeniedError("record_id: another member's record"));
    }
    if (state_.records.AftermathOf(record).UnansweredDisputes() == 0) {
      return absl::FailedPreconditionError("record_id: no dispute of it is waiting for an answer");
    }
    v1::EventBody body;
    body.mutable_dispute_answered()->set_record_id(request.record_id());
    body.mutable_dispute_answered()->set_answered_by(party);
    body.mutable_dispute_answered()->set_answer(request.answer());
    sequence = AppendLocked(std::move(body), AudienceOf(record));
  }
  const auto concluded = Conclude(request.request_id(), sequence);
  if (!concluded.ok()) return concluded.status();
  v1::AnswerDisputesResponse response;
  response.set_sequence(*concluded);
  return response;
}

absl::StatusOr<v1::ReportSightingResponse> FakeHub::ReportSighting(
    const std::string& party, const v1::ReportSightingRequest& request) {
  MutexLock lock(mutex_);
  uint64_t sequence = 0;
  const absl::Status begun =
      Begin(party, request.request_id(), request.SerializeAsString(), &sequence);
  if (!begun.ok()) return begun;
  if (sequence == 0) {
    const auto found = FindVisible(party, request.record_id());
    if (!found.ok()) return found.status();
    const Record record = **found;
    if (record.publisher == party) return OwnRecord();
    if (record.state != State::kLive) {
      return absl::FailedPreconditionError("record_id: the record has ended");
    }
    sightings_.push_back(request);
    v1::EventBody body;
    body.mutable_sighting_reported()->set_record_id(request.record_id());
    body.mutable_sighting_reported()->set_party(party);
    body.mutable_sighting_reported()->set_subjects(request.subjects());
    sequence = AppendLocked(std::move(body), v1::Audience());
  }
  const auto concluded = Conclude(request.request_id(), sequence);
  if (!concluded.ok()) return concluded.status();
  v1::ReportSightingResponse response;
  response.set_sequence(*concluded);
  return response;
}

absl::StatusOr<v1::ReportQuarantineResponse> FakeHub::ReportQuarantine(
    const std::string& party, const v1::ReportQuarantineRequest& request) {
  MutexLock lock(mutex_);
  uint64_t sequence = 0;
  const absl::Status begun =
      Begin(party, request.request_id(), request.SerializeAsString(), &sequence);
  if (!begun.ok()) return begun;
  if (sequence == 0) {
    const auto found = FindVisible(party, request.record_id());
    if (!found.ok()) return found.status();
    v1::EventBody body;
    body.mutable_alert_raised()->set_party(party);
    body.mutable_alert_raised()->set_kind(v1::IMAGE_FLOOD);
    sequence = AppendLocked(std::move(body), v1::Audience());
    quarantines_.push_back(request);
  }
  const auto concluded = Conclude(request.request_id(), sequence);
  if (!concluded.ok()) return concluded.status();
  v1::ReportQuarantineResponse response;
  response.set_sequence(*concluded);
  return response;
}

absl::StatusOr<v1::AcknowledgeRemedyResponse> FakeHub::AcknowledgeRemedy(
    const std::string& party, const v1::AcknowledgeRemedyRequest& request) {
  MutexLock lock(mutex_);
  uint64_t sequence = 0;
  const absl::Status begun =
      Begin(party, request.request_id(), request.SerializeAsString(), &sequence);
  if (!begun.ok()) return begun;
  if (sequence == 0) {
    const auto found = FindVisible(party, request.record_id());
    if (!found.ok()) return found.status();
    const Record record = **found;
    if (record.state != State::kRetracted && record.state != State::kErased) {
      return absl::FailedPreconditionError("record_id: there is nothing to remedy");
    }
    if (request.ended_sequence() != record.ended_sequence) {
      return absl::InvalidArgumentError("ended_sequence: did not end this record");
    }
    acknowledgements_.push_back(request);
    v1::EventBody body;
    auto* const acknowledged = body.mutable_remedy_acknowledged();
    acknowledged->set_record_id(request.record_id());
    acknowledged->set_party(party);
    acknowledged->set_ended_sequence(request.ended_sequence());
    acknowledged->set_outcome(request.outcome());
    acknowledged->set_subjects(request.subjects());
    v1::Audience audience;
    audience.add_roles(v1::COORDINATOR);
    audience.set_party(record.publisher);
    sequence = AppendLocked(std::move(body), std::move(audience));
  }
  const auto concluded = Conclude(request.request_id(), sequence);
  if (!concluded.ok()) return concluded.status();
  v1::AcknowledgeRemedyResponse response;
  response.set_sequence(*concluded);
  return response;
}

uint64_t FakeHub::EraseLocked(const Record& record, const std::string& party,
                              v1::ErasureGround ground) {
  const v1::Audience audience = AudienceOf(record);
  v1::EventBody body;
  auto* const erased = body.mutable_record_erased();
  erased->set_record_id(record.record_id);
  for (const uint64_t sequence : state_.records.SequencesAbout(record)) {
    erased->add_sequences(sequence);
    erased_.insert(sequence);
  }
  erased->set_ground(ground);
  erased->set_erased_by(party);
  erased->set_remedy_due_us(absl::ToUnixMicros(env_->Now() + kRemedyDeadline));
  return AppendLocked(std::move(body), audience);
}

uint64_t FakeHub::EraseByOrder(const std::string& record_id) {
  MutexLock lock(mutex_);
  const Record record = *state_.records.Find(record_id);
  return EraseLocked(record, "coordinator/office", v1::COURT_ORDER);
}

absl::StatusOr<v1::EraseResponse> FakeHub::Erase(const std::string& party,
                                                 const v1::EraseRequest& request) {
  MutexLock lock(mutex_);
  uint64_t sequence = 0;
  const absl::Status begun =
      Begin(party, request.request_id(), request.SerializeAsString(), &sequence);
  if (!begun.ok()) return begun;
  if (sequence == 0) {
    const auto found = FindVisible(party, request.record_id());
    if (!found.ok()) return found.status();
    const Record record = **found;
    if (record.publisher != party) {
      return net::WithRequestRefused(
          absl::PermissionDeniedError("record_id: another member's record"));
    }
    sequence = record.state == State::kErased ? record.ended_sequence
                                              : EraseLocked(record, party, request.ground());
  }
  const auto concluded = Conclude(request.request_id(), sequence);
  if (!concluded.ok()) return concluded.status();
  v1::EraseResponse response;
  response.set_sequence(*concluded);
  return response;
}

absl::StatusOr<v1::RecordStatus> FakeHub::ShowRecord(const std::string& party,
                                                     const v1::ShowRecordRequest& request) {
  MutexLock lock(mutex_);
  const absl::Status allowed = MayCall(party);
  if (!allowed.ok()) return allowed;
  const auto found = FindVisible(party, request.record_id());
  if (!found.ok()) return found.status();
  const Record& record = **found;
  const auto& aftermath = state_.records.AftermathOf(record);
  v1::RecordStatus response;
  response.set_record_id(record.record_id);
  response.set_publisher(record.publisher);
  response.set_state(record.state == State::kErased      ? v1::ERASED
                     : record.state == State::kRetracted ? v1::RETRACTED
                     : aftermath.paused                  ? v1::PAUSED
                                                         : v1::IN_FORCE);
  if (record.state != State::kErased) *response.mutable_facts() = record.facts;
  for (const auto& opinion : aftermath.opinions) {
    auto* const standing = response.add_opinions();
    standing->set_party(opinion.party);
    standing->set_stance(opinion.stance);
    standing->set_reason(opinion.reason);
    standing->set_given_us(absl::ToUnixMicros(opinion.given));
  }
  for (const auto& remedy : aftermath.remedies) {
    auto* const line = response.add_remedies();
    line->set_party(remedy.party);
    line->set_outcome(remedy.outcome);
    line->set_subjects(remedy.subjects);
    line->set_acknowledged_us(absl::ToUnixMicros(remedy.acknowledged));
  }
  return response;
}

uint64_t FakeHub::CountSightings(const std::string& record_id, uint32_t members,
                                 uint64_t subjects) {
  MutexLock lock(mutex_);
  const Record record = *state_.records.Find(record_id);
  v1::EventBody body;
  body.mutable_sightings_counted()->set_record_id(record_id);
  body.mutable_sightings_counted()->set_members(members);
  body.mutable_sightings_counted()->set_subjects(subjects);
  return AppendLocked(std::move(body), AudienceOf(record));
}

views::OffenderRecords::Aftermath FakeHub::AftermathOf(const std::string& record_id) {
  MutexLock lock(mutex_);
  const views::RecordPtr record = state_.records.Find(record_id);
  return record == nullptr ? views::OffenderRecords::Aftermath()
                           : state_.records.AftermathOf(*record);
}

std::vector<v1::ReportSightingRequest> FakeHub::sightings() {
  MutexLock lock(mutex_);
  return sightings_;
}

std::vector<v1::ReportQuarantineRequest> FakeHub::quarantines() {
  MutexLock lock(mutex_);
  return quarantines_;
}

std::vector<v1::AcknowledgeRemedyRequest> FakeHub::acknowledgements() {
  MutexLock lock(mutex_);
  return acknowledgements_;
}

std::vector<v1::OpineRequest> FakeHub::opinions() {
  MutexLock lock(mutex_);
  return opinions_;
}

}  // namespace vervet::testing
