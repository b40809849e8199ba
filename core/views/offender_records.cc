#include "core/views/offender_records.h"

#include <algorithm>

#include "core/oprf/hash.h"

namespace vervet::views {
namespace {

// A signature whose token has the wrong length cannot match; the hub never writes one.
template <typename Visit>
void ForEachToken(const OffenderRecords::Record& record, Visit&& visit) {
  for (const v1::Signature& signature : record.signatures) {
    const auto token = oprf::Token::Decode(oprf::AsBytes(signature.token()));
    if (token.ok()) visit(*token);
  }
}

}  // namespace

uint32_t OffenderRecords::Aftermath::CountStance(v1::Stance stance) const {
  return static_cast<uint32_t>(
      std::count_if(opinions.begin(), opinions.end(),
                    [stance](const Opinion& opinion) { return opinion.stance == stance; }));
}

uint32_t OffenderRecords::Aftermath::UnansweredDisputes() const {
  return static_cast<uint32_t>(
      std::count_if(opinions.begin(), opinions.end(),
                    [this](const Opinion& opinion) { return IsUnanswered(opinion); }));
}

void OffenderRecords::Apply(const log::ParsedEvent& event) {
  const v1::EventBody& body = event.body;
  switch (body.body_case()) {
    case v1::EventBody::kRecordPublished:
      return Publish(event);
    case v1::EventBody::kRecordRetracted:
      return End(event, body.record_retracted().record_id(), State::kRetracted);
    case v1::EventBody::kRecordExpired:
      return End(event, body.record_expired().record_id(), State::kExpired);
    case v1::EventBody::kRecordErased:
      return Erase(event);
    case v1::EventBody::kOpinionGiven:
      return Opine(event);
    case v1::EventBody::kDisputeAnswered:
      return Answer(event);
    case v1::EventBody::kRecordPaused:
      if (auto* it = Note(event, body.record_paused().record_id())) it->paused = true;
      return;
    case v1::EventBody::kRecordResumed:
      if (auto* it = Note(event, body.record_resumed().record_id())) it->paused = false;
      return;
    case v1::EventBody::kSightingReported:
      Note(event, body.sighting_reported().record_id());
      return;
    case v1::EventBody::kSightingsCounted:
      if (auto* it = Note(event, body.sightings_counted().record_id())) {
        it->sighted_by = body.sightings_counted().members();
        it->sighted_subjects = body.sightings_counted().subjects();
      }
      return;
    case v1::EventBody::kRemedyAcknowledged:
      return Acknowledge(event);
    case v1::EventBody::kCanaryMarked:
      Note(event, body.canary_marked().record_id());
      return;
    default:
      return;
  }
}

OffenderRecords::Aftermath* OffenderRecords::Note(const log::ParsedEvent& event,
                                                  absl::string_view record_id) {
  const Record* record = Find(record_id);
  if (record == nullptr) return nullptr;
  Aftermath& aftermath = aftermaths_[record->record_id];
  // What came before an erasure is gone already; what comes after it names no more than the
  // record's id.
  if (record->state != State::kErased) aftermath.sequences.push_back(event.header.sequence());
  return &aftermath;
}

void OffenderRecords::Opine(const log::ParsedEvent& event) {
  const auto& given = event.body.opinion_given();
  Aftermath* aftermath = Note(event, given.record_id());
  if (aftermath == nullptr) return;
  auto& opinions = aftermath->opinions;
  opinions.erase(
      std::remove_if(opinions.begin(), opinions.end(),
                     [&](const Opinion& opinion) { return opinion.party == given.party(); }),
      opinions.end());
  opinions.push_back({given.party(), given.stance(), given.reason(), given.for_subject(),
                      absl::FromUnixMicros(event.header.time_us()), event.header.sequence(),
                      absl::FromUnixMicros(given.answer_due_us())});
}

void OffenderRecords::Answer(const log::ParsedEvent& event) {
  const auto& answered = event.body.dispute_answered();
  Aftermath* aftermath = Note(event, answered.record_id());
  if (aftermath == nullptr) return;
  aftermath->answered_through = event.header.sequence();
  aftermath->last_answer = answered.answer();
  aftermath->last_answered = absl::FromUnixMicros(event.header.time_us());
  aftermath->paused = false;
}

void OffenderRecords::Acknowledge(const log::ParsedEvent& event) {
  const auto& acknowledged = event.body.remedy_acknowledged();
  Aftermath* aftermath = Note(event, acknowledged.record_id());
  if (aftermath == nullptr) return;
  auto& remedies = aftermath->remedies;
  remedies.erase(
      std::remove_if(remedies.begin(), remedies.end(),
                     [&](const Remedy& remedy) { return remedy.party == acknowledged.party(); }),
      remedies.end());
  remedies.push_back({acknowledged.party(), acknowledged.outcome(), acknowledged.subjects(),
                      absl::FromUnixMicros(event.header.time_us())});
}

void OffenderRecords::Publish(const log::ParsedEvent& event) {
  const auto& published = event.body.record_published();
  const auto handle = static_cast<index::RecordHandle>(records_.size());
  if (!by_id_.try_emplace(published.record_id(), handle).second) return;
  Record record;
  record.record_id = published.record_id();
  record.publisher = published.publisher();
  record.facts = published.facts();
  record.published = absl::FromUnixMicros(event.header.time_us());
  record.sequence = event.header.sequence();
  record.signatures = {published.signatures().begin(), published.signatures().end()};
  record.last_expiry = absl::InfinitePast();
  for (const v1::Signature& signature : record.signatures) {
    record.last_expiry = std::max(record.last_expiry, absl::FromUnixMicros(signature.expires_us()));
  }
  ForEachToken(record, [&](const oprf::Token& token) { index_.Add(token, handle); });
  by_expiry_.emplace(record.last_expiry, handle);
  ++live_by_publisher_[record.publisher];
  ++live_records_;
  records_.push_back(std::move(record));
}

void OffenderRecords::End(const log::ParsedEvent& event, absl::string_view record_id, State state) {
  const auto it = by_id_.find(std::string(record_id));
  if (it == by_id_.end() || records_[it->second].state != State::kLive) return;
  Aftermath& aftermath = *Note(event, record_id);
  aftermath.ended = absl::FromUnixMicros(event.header.time_us());
  if (state == State::kRetracted) {
    aftermath.end_reason = event.body.record_retracted().reason();
    aftermath.remedy_due = absl::FromUnixMicros(event.body.record_retracted().remedy_due_us());
  }
  Record& record = records_[it->second];
  Unindex(it->second);
  record.state = state;
  record.ended_sequence = event.header.sequence();
  record.signatures.clear();
  record.signatures.shrink_to_fit();
}

void OffenderRecords::Erase(const log::ParsedEvent& event) {
  const auto& erased = event.body.record_erased();
  const auto [it, is_new] =
      by_id_.try_emplace(erased.record_id(), static_cast<index::RecordHandle>(records_.size()));
  if (is_new) records_.emplace_back();
  Record& record = records_[it->second];
  if (record.state == State::kErased) return;
  if (!is_new && record.state == State::kLive) Unindex(it->second);
  // The same whether the publication was folded or had been deleted before: who published it and
  // for whom stands in this event's own header.
  record = Record{};
  record.record_id = erased.record_id();
  record.publisher = event.header.audience().party();
  *record.facts.mutable_groups() = event.header.audience().groups();
  if (!erased.sequences().empty()) record.sequence = erased.sequences(0);
  record.state = State::kErased;
  record.ended_sequence = event.header.sequence();
  Aftermath aftermath;
  aftermath.ended = absl::FromUnixMicros(event.header.time_us());
  aftermath.remedy_due = absl::FromUnixMicros(erased.remedy_due_us());
  aftermaths_[record.record_id] = std::move(aftermath);
}

void OffenderRecords::SetHolders(absl::string_view record_id, std::vector<std::string> holders) {
  const auto it = aftermaths_.find(record_id);
  if (it != aftermaths_.end()) it->second.holders = std::move(holders);
}

void OffenderRecords::Unindex(index::RecordHandle handle) {
  Record& record = records_[handle];
  ForEachToken(record, [&](const oprf::Token& token) { index_.Remove(token, handle); });
  by_expiry_.erase({record.last_expiry, handle});
  --live_by_publisher_[record.publisher];
  --live_records_;
}

const OffenderRecords::Record* OffenderRecords::Find(absl::string_view record_id) const {
  const auto it = by_id_.find(std::string(record_id));
  return it == by_id_.end() ? nullptr : &records_[it->second];
}

const OffenderRecords::Aftermath& OffenderRecords::AftermathOf(const Record& record) const {
  static const auto* const kNone = new Aftermath;
  const auto it = aftermaths_.find(record.record_id);
  return it == aftermaths_.end() ? *kNone : it->second;
}

std::vector<uint64_t> OffenderRecords::SequencesAbout(const Record& record) const {
  std::vector<uint64_t> sequences = {record.sequence};
  const auto& later = AftermathOf(record).sequences;
  sequences.insert(sequences.end(), later.begin(), later.end());
  return sequences;
}

void OffenderRecords::FindMatches(const oprf::Token& token, absl::Time now,
                                  std::vector<Match>* out) const {
  const int64_t now_us = absl::ToUnixMicros(now);
  const absl::string_view wanted(reinterpret_cast<const char*>(token.bytes().data()),
                                 token.bytes().size());
  index_.ForEach(token, [&](index::RecordHandle handle) {
    const Record& record = records_[handle];
    if (AftermathOf(record).paused) return;
    for (const v1::Signature& signature : record.signatures) {
      if (signature.expires_us() > now_us && signature.token() == wanted) {
        out->push_back({&record, &signature});
        return;
      }
    }
  });
}

std::vector<std::string> OffenderRecords::DueForExpiry(absl::Time now, size_t limit) const {
  std::vector<std::string> due;
  for (const auto& [expiry, handle] : by_expiry_) {
    if (expiry > now || due.size() >= limit) break;
    due.push_back(records_[handle].record_id);
  }
  return due;
}

void OffenderRecords::DropUnless(const std::function<bool(const Record&)>& keep) {
  for (index::RecordHandle handle = 0; handle < records_.size(); ++handle) {
    Record& record = records_[handle];
    if (record.record_id.empty() || keep(record)) continue;
    if (record.state == State::kLive) Unindex(handle);
    by_id_.erase(record.record_id);
    aftermaths_.erase(record.record_id);
    record = Record{};
    record.state = State::kExpired;
  }
}

uint64_t OffenderRecords::LiveRecordsOf(absl::string_view publisher) const {
  const auto it = live_by_publisher_.find(std::string(publisher));
  return it == live_by_publisher_.end() ? 0 : it->second;
}

}  // namespace vervet::views
