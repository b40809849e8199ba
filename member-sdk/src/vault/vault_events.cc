// The events of the member's copy of the log, in rows of many (packed_events.h).
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/base/status_macros.h"
#include "member-sdk/src/vault/vault.h"

namespace vervet::vault {
namespace {

int64_t ToColumn(uint64_t sequence) { return static_cast<int64_t>(sequence); }

}  // namespace

Vault::EventRow Vault::ReadEventRow(const storage::Statement& row) {
  EventRow out;
  out.first = static_cast<uint64_t>(row.ColumnInt64(0));
  out.packed = !row.ColumnIsNull(3);
  out.last = out.packed ? static_cast<uint64_t>(row.ColumnInt64(3)) : out.first;
  out.header = std::string(row.ColumnBlobAsString(1));
  out.body = std::string(row.ColumnBlobAsString(2));
  return out;
}

absl::Status Vault::ForEachIn(const EventRow& row,
                              const std::function<absl::Status(const EventView&)>& visit) {
  if (row.packed) return ForEachPacked(row.first, row.last, row.body, visit);
  return visit({row.first, row.header, row.body});
}

absl::Status Vault::ForEachEvent(const std::function<absl::Status(const EventView&)>& visit) {
  MutexLock lock(mutex_);
  static constexpr char kSelect[] =
      "SELECT sequence, header, body, last FROM events ORDER BY sequence";
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
  storage::StatementReset reset(*select);
  while (true) {
    VERVET_ASSIGN_OR_RETURN(const bool more, select->Step());
    if (!more) return absl::OkStatus();
    VERVET_RETURN_IF_ERROR(ForEachIn(ReadEventRow(*select), visit));
  }
}

absl::StatusOr<std::optional<Vault::EventRow>> Vault::FindEventRow(uint64_t sequence) {
  static constexpr char kSelect[] =
      "SELECT sequence, header, body, last FROM events WHERE sequence <= ?1 "
      "ORDER BY sequence DESC LIMIT 1";
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
  storage::StatementReset reset(*select);
  VERVET_ASSIGN_OR_RETURN(const bool found, select->BindInt64(1, ToColumn(sequence)).Step());
  if (!found) return std::optional<EventRow>();
  EventRow row = ReadEventRow(*select);
  if (row.last < sequence) return std::optional<EventRow>();
  return std::optional<EventRow>(std::move(row));
}

absl::StatusOr<std::optional<StoredEvent>> Vault::FindEvent(uint64_t sequence) {
  MutexLock lock(mutex_);
  std::optional<StoredEvent> found;
  VERVET_ASSIGN_OR_RETURN(const auto row, FindEventRow(sequence));
  if (!row) return found;
  VERVET_RETURN_IF_ERROR(ForEachIn(*row, [&](const EventView& event) {
    if (event.sequence == sequence) {
      found = {sequence, std::string(event.header), std::string(event.body)};
    }
    return absl::OkStatus();
  }));
  return found;
}

absl::Status Vault::InsertEvents(const PackedEvents& events) {
  static constexpr char kInsert[] =
      "INSERT INTO events (sequence, header, body, last) VALUES (?1, x'', ?2, ?3)";
  for (const PackedEvents::Block& block : events.blocks()) {
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const insert, Prepared(kInsert));
    VERVET_RETURN_IF_ERROR(insert->BindInt64(1, ToColumn(block.first))
                               .BindBlob(2, events.BytesOf(block))
                               .BindInt64(3, ToColumn(block.last))
                               .Run());
  }
  return absl::OkStatus();
}

absl::Status Vault::DeleteEventRows(uint64_t from, uint64_t to) {
  static constexpr char kDelete[] = "DELETE FROM events WHERE sequence >= ?1 AND sequence <= ?2";
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const erase, Prepared(kDelete));
  return erase->BindInt64(1, ToColumn(from)).BindInt64(2, ToColumn(to)).Run();
}

absl::Status Vault::StoreEvents(const PackedEvents& events) {
  static constexpr char kSelectLast[] =
      "SELECT ifnull(last, sequence) FROM events ORDER BY sequence DESC LIMIT 1";
  if (events.empty()) return absl::OkStatus();
  uint64_t last = 0;
  {
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelectLast));
    storage::StatementReset reset(*select);
    VERVET_ASSIGN_OR_RETURN(const bool found, select->Step());
    if (found) last = static_cast<uint64_t>(select->ColumnInt64(0));
  }
  return events.blocks().front().first > last ? InsertEvents(events) : MergeEvents(events);
}

// While the log is read again: its messages need not begin and end where those of the first time
// did, and a row must not lie across another.
absl::Status Vault::MergeEvents(const PackedEvents& events) {
  static constexpr char kSelect[] =
      "SELECT sequence, header, body, last FROM events WHERE sequence <= ?2 AND sequence >= "
      "ifnull((SELECT max(sequence) FROM events WHERE sequence <= ?1), 0) ORDER BY sequence";
  const uint64_t first = events.blocks().front().first;
  const uint64_t last = events.blocks().back().last;
  std::map<uint64_t, std::pair<std::string, std::string>> merged;
  const auto add = [&merged](const EventView& event) {
    merged[event.sequence] = {std::string(event.header), std::string(event.body)};
    return absl::OkStatus();
  };
  uint64_t from = first;
  {
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
    storage::StatementReset reset(*select);
    select->BindInt64(1, ToColumn(first)).BindInt64(2, ToColumn(last));
    while (true) {
      VERVET_ASSIGN_OR_RETURN(const bool more, select->Step());
      if (!more) break;
      const EventRow row = ReadEventRow(*select);
      if (row.last < first) continue;  // the one before, which ends in time
      from = std::min(from, row.first);
      VERVET_RETURN_IF_ERROR(ForEachIn(row, add));
    }
  }
  for (const PackedEvents::Block& block : events.blocks()) {
    VERVET_RETURN_IF_ERROR(ForEachPacked(block.first, block.last, events.BytesOf(block), add));
  }
  PackedEvents packed;
  for (const auto& [sequence, bytes] : merged) packed.Add(sequence, bytes.first, bytes.second);
  VERVET_RETURN_IF_ERROR(DeleteEventRows(from, last));
  return InsertEvents(packed);
}

// secure_delete overwrites the row's pages, so that the others of the row are written anew.
absl::Status Vault::EraseEvents(absl::Span<const uint64_t> sequences) {
  std::set<uint64_t> left(sequences.begin(), sequences.end());
  while (!left.empty()) {
    VERVET_ASSIGN_OR_RETURN(const auto row, FindEventRow(*left.begin()));
    if (!row) {
      left.erase(left.begin());
      continue;
    }
    PackedEvents kept;
    bool erases = false;
    VERVET_RETURN_IF_ERROR(ForEachIn(*row, [&](const EventView& event) {
      if (left.count(event.sequence) != 0) {
        erases = true;
      } else {
        kept.Add(event.sequence, event.header, event.body);
      }
      return absl::OkStatus();
    }));
    left.erase(left.begin(), left.upper_bound(row->last));
    if (!erases) continue;
    VERVET_RETURN_IF_ERROR(DeleteEventRows(row->first, row->first));
    VERVET_RETURN_IF_ERROR(InsertEvents(kept));
  }
  return absl::OkStatus();
}

}  // namespace vervet::vault
