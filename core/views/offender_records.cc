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

void OffenderRecords::Apply(const log::ParsedEvent& event) {
  switch (event.body.body_case()) {
    case v1::EventBody::kRecordPublished:
      Publish(event);
      break;
    case v1::EventBody::kRecordRetracted:
      End(event.body.record_retracted().record_id(), State::kRetracted, event.header.sequence());
      break;
    case v1::EventBody::kRecordExpired:
      End(event.body.record_expired().record_id(), State::kExpired, event.header.sequence());
      break;
    default:
      break;
  }
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

void OffenderRecords::End(absl::string_view record_id, State state, uint64_t sequence) {
  const auto it = by_id_.find(std::string(record_id));
  if (it == by_id_.end()) return;
  Record& record = records_[it->second];
  if (record.state != State::kLive) return;
  Unindex(it->second);
  record.state = state;
  record.ended_sequence = sequence;
  record.signatures.clear();
  record.signatures.shrink_to_fit();
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

void OffenderRecords::FindMatches(const oprf::Token& token, absl::Time now,
                                  std::vector<Match>* out) const {
  const int64_t now_us = absl::ToUnixMicros(now);
  const absl::string_view wanted(reinterpret_cast<const char*>(token.bytes().data()),
                                 token.bytes().size());
  index_.ForEach(token, [&](index::RecordHandle handle) {
    const Record& record = records_[handle];
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
    record = Record{};
    record.state = State::kExpired;
  }
}

uint64_t OffenderRecords::LiveRecordsOf(absl::string_view publisher) const {
  const auto it = live_by_publisher_.find(std::string(publisher));
  return it == live_by_publisher_.end() ? 0 : it->second;
}

}  // namespace vervet::views
