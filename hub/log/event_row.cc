#include "hub/log/event_row.h"

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace vervet::hub {
namespace {

void Assign(absl::string_view bytes, std::string* to) { to->assign(bytes.data(), bytes.size()); }

absl::Status Parse(StoredEvent* event) {
  if (!event->erased) return log::ParseEvent(event->event, &event->parsed);
  auto parsed = log::ParseErasedEvent(event->event.header());
  if (parsed.ok()) event->parsed = *std::move(parsed);
  return parsed.status();
}

}  // namespace

absl::Status DamagedAt(uint64_t sequence, absl::string_view what) {
  return absl::DataLossError(
      absl::StrCat("the log is damaged at event ", sequence, ": ", what,
                   "; nothing was changed: restore the store from its backup"));
}

absl::Status ReadEventRow(const storage::Statement& row, StoredEvent* event) {
  const auto sequence = static_cast<uint64_t>(row.ColumnInt64(0));
  Assign(row.ColumnBlobAsString(1), event->event.mutable_header());
  event->erased = row.ColumnIsNull(2) && row.ColumnIsNull(3);
  Assign(row.ColumnBlobAsString(2), event->event.mutable_body());
  Assign(row.ColumnBlobAsString(3), event->event.mutable_random());
  const absl::string_view leaf = row.ColumnBlobAsString(4);
  if (leaf.size() != log::kHashBytes) {
    return DamagedAt(sequence, absl::StrCat("its leaf hash has ", leaf.size(), " bytes"));
  }
  std::memcpy(event->leaf_hash.data(), leaf.data(), leaf.size());
  const absl::Status parsed = Parse(event);
  if (!parsed.ok()) return DamagedAt(sequence, parsed.message());
  if (!event->erased && log::IsOfNewerKind(event->parsed)) {
    return absl::FailedPreconditionError(
        absl::StrCat("event ", sequence,
                     " of the log was written by a newer version: upgrade the "
                     "program; nothing was changed"));
  }
  if (event->sequence() != sequence) {
    return DamagedAt(sequence, "its header has another sequence number");
  }
  return absl::OkStatus();
}

}  // namespace vervet::hub
