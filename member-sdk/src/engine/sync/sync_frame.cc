#include "member-sdk/src/engine/sync/sync_frame.h"

#include <cstdint>

namespace vervet::engine {
namespace {

// Of a field of bytes or of a message: its number and wire type 2, in one byte (Protocol Buffers,
// Encoding).
constexpr uint8_t Tag(int field) { return static_cast<uint8_t>(field << 3 | 2); }

constexpr uint8_t kEntries = Tag(v1::SyncResponse::kEntriesFieldNumber);
constexpr uint8_t kEntry = Tag(v1::SyncEntries::kEntriesFieldNumber);
constexpr uint8_t kEvent = Tag(v1::SyncEntry::kEventFieldNumber);
constexpr uint8_t kLeafHash = Tag(v1::SyncEntry::kLeafHashFieldNumber);
constexpr uint8_t kHeader = Tag(v1::Event::kHeaderFieldNumber);
constexpr uint8_t kBody = Tag(v1::Event::kBodyFieldNumber);
constexpr uint8_t kRandom = Tag(v1::Event::kRandomFieldNumber);

// Takes the field from the front of `bytes`. False where something else is there, or a length of
// more than four bytes.
bool Take(uint8_t tag, absl::string_view* bytes, absl::string_view* field) {
  if (bytes->empty() || static_cast<uint8_t>(bytes->front()) != tag) return false;
  uint32_t size = 0;
  for (size_t at = 1; at <= 4 && at < bytes->size(); ++at) {
    const auto byte = static_cast<uint8_t>((*bytes)[at]);
    size |= static_cast<uint32_t>(byte & 0x7f) << (7 * (at - 1));
    if (byte >= 0x80) continue;
    if (size > bytes->size() - at - 1) return false;
    *field = bytes->substr(at + 1, size);
    bytes->remove_prefix(at + 1 + size);
    return true;
  }
  return false;
}

bool ReadEntry(absl::string_view bytes, SyncFrame::Entry* entry) {
  entry->is_hash = Take(kLeafHash, &bytes, &entry->leaf_hash);
  if (entry->is_hash) return bytes.empty();
  absl::string_view event;
  entry->is_event = Take(kEvent, &bytes, &event) && bytes.empty();
  return entry->is_event && Take(kHeader, &event, &entry->header) &&
         Take(kBody, &event, &entry->body) && Take(kRandom, &event, &entry->random) &&
         event.empty();
}

}  // namespace

std::string& SyncFrame::NewBytes() {
  entries_.clear();
  message_.Clear();
  has_entries_ = false;
  bytes_.clear();
  return bytes_;
}

bool SyncFrame::ReadInPlace() {
  absl::string_view bytes = bytes_;
  absl::string_view entries;
  if (!Take(kEntries, &bytes, &entries) || !bytes.empty()) return false;
  while (!entries.empty()) {
    absl::string_view entry;
    if (!Take(kEntry, &entries, &entry) || !ReadEntry(entry, &entries_.emplace_back())) {
      return false;
    }
  }
  has_entries_ = true;
  return true;
}

void SyncFrame::ReadMessage() {
  entries_.clear();
  has_entries_ = message_.has_entries();
  for (const v1::SyncEntry& entry : message_.entries().entries()) {
    Entry& read = entries_.emplace_back();
    read.is_event = entry.has_event();
    read.is_hash = entry.entry_case() == v1::SyncEntry::kLeafHash;
    if (read.is_event) {
      read.header = entry.event().header();
      read.body = entry.event().body();
      read.random = entry.event().random();
    }
    if (read.is_hash) read.leaf_hash = entry.leaf_hash();
  }
}

bool SyncFrame::Parse() {
  if (ReadInPlace()) return true;
  const bool parsed = message_.ParseFromString(bytes_);
  if (!parsed) message_.Clear();
  ReadMessage();
  return parsed;
}

void SyncFrame::Set(const v1::SyncResponse& message) {
  message.SerializeToString(&NewBytes());
  Parse();
}

}  // namespace vervet::engine
