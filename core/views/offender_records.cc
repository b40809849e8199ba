#include "core/views/offender_records.h"

#include <algorithm>

namespace vervet::views {

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
      return SetPaused(Note(event, body.record_paused().record_id()),
                       body.record_paused().record_id(), true);
    case v1::EventBody::kRecordResumed:
      return SetPaused(Note(event, body.record_resumed().record_id()),
                       body.record_resumed().record_id(), false);
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
  const index::RecordHandle handle = store_.Find(record_id);
  if (handle == RecordStore::kNone) return nullptr;
  Aftermath& aftermath = aftermaths_[std::string(record_id)];
  // What came before an erasure is gone already; what comes after it names no more than the
  // record's id.
  if (store_.StateOf(handle) != State::kErased) {
    aftermath.sequences.push_back(event.header.sequence());
  }
  return &aftermath;
}

void OffenderRecords::SetPaused(Aftermath* aftermath, absl::string_view record_id, bool paused) {
  if (aftermath == nullptr) return;
  aftermath->paused = paused;
  store_.SetPaused(store_.Find(record_id), paused);  // again, where FindMatches need not search
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
  SetPaused(aftermath, answered.record_id(), false);
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
  const index::RecordHandle handle =
      store_.Add({published.record_id(), &published.publisher(), &published.facts(),
                  event.header.time_us(), event.header.sequence()},
                 published.signatures(), published.images());
  if (handle == RecordStore::kNone) return;
  store_.ForEachToken(handle, [&](const oprf::Token& token) { index_.Add(token, handle); });
  store_.ForEachImage(handle, [&](const ImageSignature& image) {
    ++live_images_;
    if (image_indexer_ != nullptr) image_indexer_->OnImage(handle, image);
  });
  by_expiry_.Add(store_.LastExpiryUs(handle), handle);
  ++live_by_publisher_[published.publisher()];
  ++live_records_;
}

void OffenderRecords::End(const log::ParsedEvent& event, absl::string_view record_id, State state) {
  const index::RecordHandle handle = store_.Find(record_id);
  if (handle == RecordStore::kNone || !IsLive(handle)) return;
  Aftermath& aftermath = *Note(event, record_id);
  aftermath.ended = absl::FromUnixMicros(event.header.time_us());
  if (state == State::kRetracted) {
    aftermath.end_reason = event.body.record_retracted().reason();
    aftermath.remedy_due = absl::FromUnixMicros(event.body.record_retracted().remedy_due_us());
  }
  Unlist(handle, [&] { store_.End(handle, state, event.header.sequence()); });
}

void OffenderRecords::Erase(const log::ParsedEvent& event) {
  const auto& erased = event.body.record_erased();
  // The same whether the publication was folded or had been deleted before: who published it and
  // for whom stands in this event's own header.
  v1::RecordFacts groups;
  *groups.mutable_groups() = event.header.audience().groups();
  const std::string& publisher = event.header.audience().party();
  index::RecordHandle handle = store_.Find(erased.record_id());
  const bool is_new = handle == RecordStore::kNone;
  if (is_new) handle = store_.Add({erased.record_id(), &publisher, &groups}, {}, {});
  if (handle == RecordStore::kNone || store_.StateOf(handle) == State::kErased) return;
  const auto erase = [&] {
    store_.Erase(handle, publisher, groups, erased.sequences().empty() ? 0 : erased.sequences(0),
                 event.header.sequence());
  };
  if (!is_new && IsLive(handle)) {
    Unlist(handle, erase);
  } else {
    erase();
  }
  Aftermath aftermath;
  aftermath.ended = absl::FromUnixMicros(event.header.time_us());
  aftermath.remedy_due = absl::FromUnixMicros(erased.remedy_due_us());
  aftermaths_[erased.record_id()] = std::move(aftermath);
}

void OffenderRecords::SetHolders(absl::string_view record_id, std::vector<std::string> holders) {
  const auto it = aftermaths_.find(record_id);
  if (it != aftermaths_.end()) it->second.holders = std::move(holders);
}

template <typename Change>
void OffenderRecords::Unlist(index::RecordHandle handle, const Change& change) {
  const std::string publisher = store_.PublisherOf(handle);
  const int64_t last_expiry_us = store_.LastExpiryUs(handle);
  store_.ForEachToken(handle, [&](const oprf::Token& token) { index_.Remove(token, handle); });
  store_.ForEachImage(handle, [&](const ImageSignature& image) {
    --live_images_;
    if (image_indexer_ != nullptr) image_indexer_->OnImageGone(handle, image);
  });
  change();
  by_expiry_.Remove(last_expiry_us, [this](index::RecordHandle other) { return IsLive(other); });
  --live_by_publisher_[publisher];
  --live_records_;
}

RecordPtr OffenderRecords::Find(absl::string_view record_id) const {
  const index::RecordHandle handle = store_.Find(record_id);
  if (handle == RecordStore::kNone) return nullptr;
  return std::make_shared<const Record>(store_.Read(handle));
}

index::RecordHandle OffenderRecords::LiveHandleOf(absl::string_view record_id) const {
  const index::RecordHandle handle = store_.Find(record_id);
  return handle != RecordStore::kNone && IsLive(handle) ? handle : index::kNoRecord;
}

RecordPtr OffenderRecords::FindLive(index::RecordHandle handle) const {
  if (handle >= store_.end() || !IsLive(handle)) return nullptr;
  return std::make_shared<const Record>(store_.Read(handle));
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
  index_.ForEach(token, [&](index::RecordHandle handle) {
    if (store_.IsPaused(handle)) return;
    const std::optional<Signature> signature = store_.FindSignature(handle, token, now_us);
    if (!signature) return;
    out->push_back({std::make_shared<const Record>(store_.Read(handle)), *signature});
  });
}

std::vector<std::string> OffenderRecords::DueForExpiry(absl::Time now, size_t limit) const {
  const int64_t now_us = absl::ToUnixMicros(now);
  std::vector<std::pair<int64_t, index::RecordHandle>> due;
  by_expiry_.ForEachSpan(now_us, [&](const auto& handles) {
    const auto first = static_cast<ptrdiff_t>(due.size());
    for (const index::RecordHandle handle : handles) {
      if (!IsLive(handle) || store_.LastExpiryUs(handle) > now_us) continue;
      due.emplace_back(store_.LastExpiryUs(handle), handle);
    }
    std::sort(due.begin() + first, due.end());
    return due.size() < limit;
  });
  due.resize(std::min(due.size(), limit));
  std::vector<std::string> ids;
  ids.reserve(due.size());
  for (const auto& [expiry, handle] : due) ids.emplace_back(store_.IdOf(handle));
  return ids;
}

void OffenderRecords::DropUnless(const std::function<bool(const Record&)>& keep) {
  for (index::RecordHandle handle = 0; handle < store_.end(); ++handle) {
    if (!store_.Has(handle) || keep(store_.Read(handle))) continue;
    aftermaths_.erase(std::string(store_.IdOf(handle)));
    const auto forget = [&] { store_.Forget(handle); };
    if (IsLive(handle)) {
      Unlist(handle, forget);
    } else {
      forget();
    }
  }
}

uint64_t OffenderRecords::LiveRecordsOf(absl::string_view publisher) const {
  const auto it = live_by_publisher_.find(std::string(publisher));
  return it == live_by_publisher_.end() ? 0 : it->second;
}

}  // namespace vervet::views
