#include "tests/fuzz/memory_log.h"

#include <algorithm>
#include <memory>

#include "core/base/status_macros.h"
#include "tests/fuzz/check.h"

namespace vervet::fuzz {

absl::StatusOr<std::vector<hub::StoredEventPtr>> MemoryLog::Append(
    absl::Span<const hub::AppendEntry> batch) {
  std::vector<hub::StoredEventPtr> appended;
  for (const hub::AppendEntry& entry : batch) {
    last_time_ = std::max(last_time_, env_->Now());
    auto stored = std::make_shared<hub::StoredEvent>();
    stored->event = log::SealEvent(entry.draft, events_.size() + 1, last_time_, *env_);
    VERVET_ASSIGN_OR_RETURN(stored->parsed, log::ParseEvent(stored->event));
    stored->leaf_hash = log::LeafHash(stored->event);
    last_time_ = absl::FromUnixMicros(stored->parsed.header.time_us());
    frontier_.Append(stored->leaf_hash);
    events_.push_back(stored);
    appended.push_back(stored);
    if (entry.request) {
      const auto [at, is_new] =
          requests_.try_emplace({entry.request->party, entry.request->request_id});
      VERVET_FUZZ_CHECK(is_new, "a request id of a party is answered once");
      at->second = {entry.request->fingerprint, {stored->sequence(), entry.record_id}};
    }
    for (const uint64_t sequence : entry.erases) {
      VERVET_FUZZ_CHECK(sequence >= 1 && sequence < stored->sequence(),
                        "an erasure names earlier events");
      const hub::StoredEvent& old = *events_[sequence - 1];
      auto erased = std::make_shared<hub::StoredEvent>();
      erased->event.set_header(old.event.header());
      erased->parsed.header = old.parsed.header;
      erased->leaf_hash = old.leaf_hash;
      erased->erased = true;
      events_[sequence - 1] = std::move(erased);
      for (auto& [key, answered] : requests_) {
        if (answered.outcome.sequence == sequence) answered.fingerprint.clear();
      }
    }
  }
  return appended;
}

absl::StatusOr<std::vector<hub::StoredEventPtr>> MemoryLog::Read(uint64_t from, size_t limit,
                                                                 size_t max_bytes) {
  std::vector<hub::StoredEventPtr> read;
  size_t bytes = 0;
  for (uint64_t at = std::max<uint64_t>(from, 1); at <= events_.size() && read.size() < limit;
       ++at) {
    bytes += events_[at - 1]->event.ByteSizeLong();
    if (!read.empty() && bytes > max_bytes) break;
    read.push_back(events_[at - 1]);
  }
  return read;
}

absl::StatusOr<std::optional<hub::RequestOutcome>> MemoryLog::FindRequest(
    const hub::RequestKey& key) {
  const auto found = requests_.find({key.party, key.request_id});
  if (found == requests_.end()) return std::optional<hub::RequestOutcome>();
  if (!found->second.fingerprint.empty() && found->second.fingerprint != key.fingerprint) {
    return absl::AlreadyExistsError("request_id: used before for another request");
  }
  return std::optional<hub::RequestOutcome>(found->second.outcome);
}

hub::LogPosition MemoryLog::Position() { return {events_.size(), frontier_.Root()}; }

absl::StatusOr<log::Hash> MemoryLog::RootAt(uint64_t size) { return RangeRoot({0, size}); }

absl::StatusOr<log::Hash> MemoryLog::RangeRoot(const log::LeafRange& range) {
  if (range.end > events_.size()) return absl::OutOfRangeError("the log is not so long");
  log::MerkleFrontier frontier;
  for (uint64_t at = range.first; at < range.end; ++at) frontier.Append(events_[at]->leaf_hash);
  return frontier.Root();
}

}  // namespace vervet::fuzz
