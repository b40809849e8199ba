// The outbox: what Publish and Retract promised to deliver.
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/transaction.h"
#include "member-sdk/src/vault/vault.h"

namespace vervet::vault {

absl::Status Vault::AddToOutbox(absl::Span<const OutboxEntry> entries) {
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(auto transaction, storage::Transaction::Begin(*database_));
  for (const OutboxEntry& entry : entries) VERVET_RETURN_IF_ERROR(InsertOutboxEntry(entry));
  return transaction.Commit();
}

absl::Status Vault::InsertOutboxEntry(const OutboxEntry& entry) {
  static constexpr char kInsert[] =
      "INSERT INTO outbox (request_id, kind, state, request, lifetime_s, subject_reference, "
      "record_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
  static constexpr char kInsertIdentifier[] =
      "INSERT INTO outbox_identifiers (outbox_id, position, type, rules_version, canonical) "
      "VALUES (?1, ?2, ?3, ?4, ?5)";
  static constexpr char kFind[] = "SELECT id FROM outbox WHERE request_id = ?1";
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const insert, Prepared(kInsert));
  insert->BindBlob(1, entry.request_id)
      .BindInt64(2, static_cast<int64_t>(entry.kind))
      .BindInt64(3, static_cast<int64_t>(entry.state))
      .BindBlob(4, entry.request)
      .BindText(6, entry.subject_reference)
      .BindBlob(7, entry.record_id);
  entry.lifetime_s ? insert->BindInt64(5, *entry.lifetime_s) : insert->BindNull(5);
  VERVET_RETURN_IF_ERROR(insert->Run());
  int64_t id = 0;
  {
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const find, Prepared(kFind));
    storage::StatementReset reset(*find);
    VERVET_ASSIGN_OR_RETURN(const bool found, find->BindBlob(1, entry.request_id).Step());
    if (!found) return absl::InternalError("an outbox entry that was stored cannot be found");
    id = find->ColumnInt64(0);
  }
  for (size_t i = 0; i < entry.identifiers.size(); ++i) {
    const OutboxIdentifier& identifier = entry.identifiers[i];
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const add, Prepared(kInsertIdentifier));
    VERVET_RETURN_IF_ERROR(add->BindInt64(1, id)
                               .BindInt64(2, static_cast<int64_t>(i))
                               .BindInt64(3, identifier.type)
                               .BindInt64(4, identifier.rules_version)
                               .BindText(5, identifier.canonical)
                               .Run());
  }
  return absl::OkStatus();
}

absl::Status Vault::ReadIdentifiers(OutboxEntry* entry) {
  static constexpr char kSelect[] =
      "SELECT type, rules_version, canonical FROM outbox_identifiers WHERE outbox_id = ?1 "
      "ORDER BY position";
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
  storage::StatementReset reset(*select);
  select->BindInt64(1, entry->id);
  while (true) {
    VERVET_ASSIGN_OR_RETURN(const bool more, select->Step());
    if (!more) return absl::OkStatus();
    entry->identifiers.push_back({static_cast<v1::SignatureType>(select->ColumnInt64(0)),
                                  static_cast<uint32_t>(select->ColumnInt64(1)),
                                  std::string(select->ColumnText(2))});
  }
}

absl::StatusOr<std::vector<OutboxEntry>> Vault::OutboxEntries(OutboxState state, int64_t after_id,
                                                              size_t limit) {
  static constexpr char kSelect[] =
      "SELECT id, request_id, kind, request, lifetime_s, subject_reference, record_id FROM outbox "
      "WHERE state = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
  MutexLock lock(mutex_);
  std::vector<OutboxEntry> entries;
  {
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
    storage::StatementReset reset(*select);
    select->BindInt64(1, static_cast<int64_t>(state))
        .BindInt64(2, after_id)
        .BindInt64(3, static_cast<int64_t>(limit));
    while (true) {
      VERVET_ASSIGN_OR_RETURN(const bool more, select->Step());
      if (!more) break;
      OutboxEntry entry;
      entry.state = state;
      entry.id = select->ColumnInt64(0);
      entry.request_id = std::string(select->ColumnBlobAsString(1));
      entry.kind = static_cast<OutboxKind>(select->ColumnInt64(2));
      entry.request = std::string(select->ColumnBlobAsString(3));
      if (!select->ColumnIsNull(4)) entry.lifetime_s = select->ColumnInt64(4);
      entry.subject_reference = std::string(select->ColumnText(5));
      entry.record_id = std::string(select->ColumnBlobAsString(6));
      entries.push_back(std::move(entry));
    }
  }
  if (state == OutboxState::kDraft) {
    for (OutboxEntry& entry : entries) VERVET_RETURN_IF_ERROR(ReadIdentifiers(&entry));
  }
  return entries;
}

absl::Status Vault::StoreBuilt(absl::Span<const OutboxEntry> entries) {
  static constexpr char kUpdate[] = "UPDATE outbox SET state = 1, request = ?2 WHERE id = ?1";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(auto transaction, storage::Transaction::Begin(*database_));
  for (const OutboxEntry& entry : entries) {
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const update, Prepared(kUpdate));
    VERVET_RETURN_IF_ERROR(update->BindInt64(1, entry.id).BindBlob(2, entry.request).Run());
  }
  return transaction.Commit();
}

absl::Status Vault::StoreDone(absl::Span<const OutboxEntry> entries) {
  static constexpr char kUpdate[] =
      "UPDATE outbox SET state = ?2, request = x'', subject_reference = '', record_id = ?3, "
      "sequence = ?4, status_code = ?5, status_message = ?6, done_us = ?7, answer_due_us = ?8 "
      "WHERE id = ?1";
  static constexpr char kErase[] = "DELETE FROM outbox_identifiers WHERE outbox_id = ?1";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(auto transaction, storage::Transaction::Begin(*database_));
  for (const OutboxEntry& entry : entries) {
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const update, Prepared(kUpdate));
    VERVET_RETURN_IF_ERROR(update->BindInt64(1, entry.id)
                               .BindInt64(2, static_cast<int64_t>(entry.state))
                               .BindBlob(3, entry.record_id)
                               .BindInt64(4, static_cast<int64_t>(entry.sequence))
                               .BindInt64(5, static_cast<int64_t>(entry.status.code()))
                               .BindText(6, entry.status.message())
                               .BindInt64(7, absl::ToUnixMicros(env_->Now()))
                               .BindInt64(8, entry.answer_due_us)
                               .Run());
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const erase, Prepared(kErase));
    VERVET_RETURN_IF_ERROR(erase->BindInt64(1, entry.id).Run());
    VERVET_RETURN_IF_ERROR(NoteAnswer(entry));
  }
  return transaction.Commit();
}

absl::StatusOr<OutboxEntry> Vault::FindInOutbox(const std::string& request_id) {
  static constexpr char kSelect[] =
      "SELECT id, kind, state, record_id, sequence, status_code, status_message, answer_due_us "
      "FROM outbox WHERE request_id = ?1";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
  storage::StatementReset reset(*select);
  VERVET_ASSIGN_OR_RETURN(const bool found, select->BindBlob(1, request_id).Step());
  if (!found) {
    return absl::NotFoundError(
        "request_id: no such ticket in this vault; delivered ones are kept for 30 days");
  }
  OutboxEntry entry;
  entry.id = select->ColumnInt64(0);
  entry.request_id = request_id;
  entry.kind = static_cast<OutboxKind>(select->ColumnInt64(1));
  entry.state = static_cast<OutboxState>(select->ColumnInt64(2));
  entry.record_id = std::string(select->ColumnBlobAsString(3));
  entry.sequence = static_cast<uint64_t>(select->ColumnInt64(4));
  entry.status =
      absl::Status(static_cast<absl::StatusCode>(select->ColumnInt64(5)), select->ColumnText(6));
  entry.answer_due_us = select->ColumnInt64(7);
  return entry;
}

absl::StatusOr<OutboxCounts> Vault::CountOutbox() {
  static constexpr char kCount[] =
      "SELECT (SELECT count(*) FROM outbox WHERE state = 0) + "
      "(SELECT count(*) FROM outbox WHERE state = 1), "
      "(SELECT count(*) FROM outbox WHERE state = 3)";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const count, Prepared(kCount));
  storage::StatementReset reset(*count);
  VERVET_ASSIGN_OR_RETURN(const bool found, count->Step());
  if (!found) return absl::InternalError("count(*) gave no row");
  return OutboxCounts{static_cast<uint64_t>(count->ColumnInt64(0)),
                      static_cast<uint64_t>(count->ColumnInt64(1))};
}

absl::Status Vault::ForgetDone(absl::Time before) {
  static constexpr char kDelete[] = "DELETE FROM outbox WHERE state >= 2 AND done_us < ?1";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const erase, Prepared(kDelete));
  return erase->BindInt64(1, absl::ToUnixMicros(before)).Run();
}

}  // namespace vervet::vault
