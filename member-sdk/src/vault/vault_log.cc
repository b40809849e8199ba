// The member's copy of the log: position, pinned keys, and what is committed together.
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/transaction.h"
#include "member-sdk/src/vault/vault.h"

namespace vervet::vault {
namespace {

std::string Number(uint64_t value) { return absl::StrCat(value); }

uint64_t ParseNumber(const std::string& text) {
  return text.empty() ? 0 : std::strtoull(text.c_str(), nullptr, 10);
}

}  // namespace

absl::StatusOr<LogPosition> Vault::Position() {
  MutexLock lock(mutex_);
  LogPosition position;
  VERVET_ASSIGN_OR_RETURN(const std::string frontier, GetMeta("frontier"));
  if (!frontier.empty()) {
    VERVET_ASSIGN_OR_RETURN(position.frontier, log::MerkleFrontier::Parse(frontier));
  }
  VERVET_ASSIGN_OR_RETURN(position.last_head, GetMeta("last_head"));
  VERVET_ASSIGN_OR_RETURN(const std::string until, GetMeta("rewind_until"));
  position.rewind_until = ParseNumber(until);
  VERVET_ASSIGN_OR_RETURN(position.rewind_root, GetMeta("rewind_root"));
  VERVET_ASSIGN_OR_RETURN(const std::string floor, GetMeta("visibility_floor"));
  position.visibility_floor = ParseNumber(floor);
  VERVET_ASSIGN_OR_RETURN(const std::string purge_due, GetMeta("purge_due"));
  position.purge_due = !purge_due.empty();
  VERVET_ASSIGN_OR_RETURN(const std::string scrub_due, GetMeta("scrub_due"));
  position.scrub_due = !scrub_due.empty();
  VERVET_ASSIGN_OR_RETURN(const std::string first_met, GetMeta("first_met"));
  if (!first_met.empty()) position.first_met = ParseNumber(first_met);
  return position;
}

absl::StatusOr<std::vector<PinnedKey>> Vault::PinnedKeys() {
  MutexLock lock(mutex_);
  static constexpr char kSelect[] = "SELECT type, epoch, public_key FROM pinned_keys";
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
  storage::StatementReset reset(*select);
  std::vector<PinnedKey> pins;
  while (true) {
    VERVET_ASSIGN_OR_RETURN(const bool more, select->Step());
    if (!more) return pins;
    pins.push_back({static_cast<v1::SignatureType>(select->ColumnInt64(0)),
                    static_cast<uint32_t>(select->ColumnInt64(1)),
                    std::string(select->ColumnBlobAsString(2))});
  }
}

absl::Status Vault::Commit(const LogBatch& batch) {
  static constexpr char kInsertPin[] =
      "INSERT OR IGNORE INTO pinned_keys (type, epoch, public_key) VALUES (?1, ?2, ?3)";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(auto transaction, storage::Transaction::Begin(*database_));
  VERVET_RETURN_IF_ERROR(StoreEvents(batch.events));
  for (const PinnedKey& pin : batch.pins) {
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const insert, Prepared(kInsertPin));
    VERVET_RETURN_IF_ERROR(
        insert->BindInt64(1, pin.type).BindInt64(2, pin.epoch).BindBlob(3, pin.public_key).Run());
  }
  for (const ErasedRecord& erased : batch.erased) VERVET_RETURN_IF_ERROR(EraseRecord(erased));
  if (!batch.erased.empty()) VERVET_RETURN_IF_ERROR(SetMeta("scrub_due", "1"));
  VERVET_RETURN_IF_ERROR(SetMeta("visibility_floor", Number(batch.visibility_floor)));
  if (batch.purge_due) VERVET_RETURN_IF_ERROR(SetMeta("purge_due", "1"));
  if (batch.end_rewind) {
    VERVET_RETURN_IF_ERROR(SetMeta("rewind_until", ""));
    VERVET_RETURN_IF_ERROR(SetMeta("rewind_root", ""));
  }
  if (batch.begin_rewind) {
    VERVET_RETURN_IF_ERROR(SetMeta("rewind_until", Number(batch.frontier.size())));
    VERVET_RETURN_IF_ERROR(SetMeta("rewind_root", log::AsBytes(batch.frontier.Root())));
    VERVET_RETURN_IF_ERROR(SetMeta("frontier", log::MerkleFrontier().Serialize()));
  } else {
    VERVET_RETURN_IF_ERROR(SetMeta("frontier", batch.frontier.Serialize()));
  }
  return transaction.Commit();
}

// Of whom it matched and what was done to them, the references stay: they are owed a remedy. So do
// the marks of whom the platform was told of: it is still to be told of the end.
absl::Status Vault::EraseRecord(const ErasedRecord& erased) {
  static constexpr char kDeleteSightings[] = "DELETE FROM sightings WHERE record_id = ?1";
  static constexpr char kDeleteHits[] = "DELETE FROM image_hits WHERE record_id = ?1";
  static constexpr char kDeleteQuarantines[] = "DELETE FROM image_quarantines WHERE record_id = ?1";
  static constexpr char kBlankOutbox[] =
      "UPDATE outbox SET request = x'', subject_reference = '', status_message = '' "
      "WHERE record_id = ?1 AND state >= 2";
  VERVET_RETURN_IF_ERROR(EraseEvents(erased.sequences));
  for (const char* sql : {kDeleteSightings, kDeleteHits, kDeleteQuarantines, kBlankOutbox}) {
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const erase, Prepared(sql));
    VERVET_RETURN_IF_ERROR(erase->BindBlob(1, erased.record_id).Run());
  }
  return absl::OkStatus();
}

absl::Status Vault::NoteFirstMet(uint64_t size) {
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(const std::string first_met, GetMeta("first_met"));
  if (!first_met.empty()) return absl::OkStatus();
  return SetMeta("first_met", Number(size));
}

absl::Status Vault::CommitHead(absl::string_view serialised_head) {
  MutexLock lock(mutex_);
  return SetMeta("last_head", serialised_head);
}

absl::Status Vault::Purge(absl::Span<const uint64_t> sequences) {
  {
    MutexLock lock(mutex_);
    VERVET_ASSIGN_OR_RETURN(auto transaction, storage::Transaction::Begin(*database_));
    VERVET_RETURN_IF_ERROR(EraseEvents(sequences));
    VERVET_RETURN_IF_ERROR(SetMeta("purge_due", ""));
    VERVET_RETURN_IF_ERROR(transaction.Commit());
  }
  return Scrub();
}

}  // namespace vervet::vault
