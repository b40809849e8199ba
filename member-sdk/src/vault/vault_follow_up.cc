// What follows from matches: who was ever matched, what was done about it, and what the coalition
// was told of it.
#include "core/base/status_macros.h"
#include "core/storage/transaction.h"
#include "member-sdk/src/vault/vault.h"

namespace vervet::vault {
namespace {

RemedyRow ReadRemedy(const storage::Statement& select) {
  RemedyRow row;
  row.record_id = std::string(select.ColumnBlobAsString(0));
  row.ended_sequence = static_cast<uint64_t>(select.ColumnInt64(1));
  row.erased = select.ColumnInt64(2) != 0;
  row.told = select.ColumnInt64(3) != 0;
  row.state = static_cast<RemedyState>(select.ColumnInt64(4));
  row.outcome = static_cast<int>(select.ColumnInt64(5));
  row.subjects = static_cast<uint32_t>(select.ColumnInt64(6));
  row.request_id = std::string(select.ColumnBlobAsString(7));
  row.refusal = std::string(select.ColumnText(8));
  return row;
}

}  // namespace

absl::Status Vault::InsertMatched(const ReportMark& mark) {
  static constexpr char kInsert[] =
      "INSERT OR IGNORE INTO matched (record_id, reference, first_us, image) "
      "VALUES (?1, ?2, ?3, ?4)";
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const insert, Prepared(kInsert));
  return insert->BindBlob(1, mark.record_id)
      .BindText(2, mark.reference)
      .BindInt64(3, absl::ToUnixMicros(env_->Now()))
      .BindBlob(4, mark.image)
      .Run();
}

absl::Status Vault::NoteMatched(absl::Span<const ReportMark> marks) {
  static constexpr char kFind[] = "SELECT 1 FROM matched WHERE record_id = ?1 AND reference = ?2";
  MutexLock lock(mutex_);
  std::vector<const ReportMark*> missing;
  for (const ReportMark& mark : marks) {
    if (erased_references_.count(mark.reference) != 0) continue;
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const find, Prepared(kFind));
    storage::StatementReset reset(*find);
    VERVET_ASSIGN_OR_RETURN(const bool known,
                            find->BindBlob(1, mark.record_id).BindText(2, mark.reference).Step());
    if (!known) missing.push_back(&mark);
  }
  if (missing.empty()) return absl::OkStatus();
  VERVET_ASSIGN_OR_RETURN(auto transaction, storage::Transaction::Begin(*database_));
  for (const ReportMark* mark : missing) VERVET_RETURN_IF_ERROR(InsertMatched(*mark));
  return transaction.Commit();
}

absl::Status Vault::NoteAction(const std::string& record_id, const AffectedRow& action) {
  static constexpr char kInsert[] =
      "INSERT OR IGNORE INTO actions (record_id, reference, action, noted_us) "
      "VALUES (?1, ?2, ?3, ?4)";
  // Without the request: its answer may still be on its way, and settles nothing any more.
  static constexpr char kReopen[] =
      "UPDATE remedies SET told = 0, state = 0, request_id = x'' WHERE record_id = ?1";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(auto transaction, storage::Transaction::Begin(*database_));
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const insert, Prepared(kInsert));
  VERVET_RETURN_IF_ERROR(insert->BindBlob(1, record_id)
                             .BindText(2, action.reference)
                             .BindText(3, action.action)
                             .BindInt64(4, action.when_us)
                             .Run());
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const reopen, Prepared(kReopen));
  VERVET_RETURN_IF_ERROR(reopen->BindBlob(1, record_id).Run());
  return transaction.Commit();
}

absl::StatusOr<std::vector<AffectedRow>> Vault::AffectedBy(const std::string& record_id) {
  static constexpr char kSelect[] =
      "SELECT reference, action, noted_us, (SELECT image FROM matched WHERE "
      "matched.record_id = ?1 AND matched.reference = actions.reference) "
      "FROM actions WHERE record_id = ?1 "
      "UNION ALL SELECT reference, '', first_us, image FROM matched "
      "WHERE record_id = ?1 AND NOT EXISTS "
      "(SELECT 1 FROM actions WHERE actions.record_id = ?1 AND "
      "actions.reference = matched.reference) ORDER BY 1, 3";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
  storage::StatementReset reset(*select);
  select->BindBlob(1, record_id);
  std::vector<AffectedRow> rows;
  while (true) {
    VERVET_ASSIGN_OR_RETURN(const bool more, select->Step());
    if (!more) return rows;
    rows.push_back({std::string(select->ColumnText(0)), std::string(select->ColumnText(1)),
                    select->ColumnInt64(2), std::string(select->ColumnBlobAsString(3))});
  }
}

absl::StatusOr<std::vector<std::string>> Vault::RecordsWithSubjects() {
  static constexpr char kSelect[] =
      "SELECT record_id FROM matched UNION SELECT record_id FROM actions UNION "
      "SELECT record_id FROM objections";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
  storage::StatementReset reset(*select);
  std::vector<std::string> records;
  while (true) {
    VERVET_ASSIGN_OR_RETURN(const bool more, select->Step());
    if (!more) return records;
    records.emplace_back(select->ColumnBlobAsString(0));
  }
}

absl::StatusOr<SightingRow> Vault::SightingOf(const std::string& record_id) {
  static constexpr char kMatched[] =
      "SELECT count(*), min(first_us) FROM matched WHERE record_id = ?1";
  static constexpr char kReported[] =
      "SELECT subjects, reported_us FROM sightings WHERE record_id = ?1";
  MutexLock lock(mutex_);
  SightingRow row;
  {
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const matched, Prepared(kMatched));
    storage::StatementReset reset(*matched);
    VERVET_ASSIGN_OR_RETURN(const bool found, matched->BindBlob(1, record_id).Step());
    if (!found || matched->ColumnInt64(0) == 0) return row;
    row.matched = static_cast<uint32_t>(matched->ColumnInt64(0));
    row.first_us = matched->ColumnInt64(1);
  }
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const reported, Prepared(kReported));
  storage::StatementReset reset(*reported);
  VERVET_ASSIGN_OR_RETURN(const bool found, reported->BindBlob(1, record_id).Step());
  if (found) {
    row.reported = static_cast<uint32_t>(reported->ColumnInt64(0));
    row.reported_us = reported->ColumnInt64(1);
  }
  return row;
}

absl::StatusOr<std::optional<RemedyRow>> Vault::FindRemedy(const std::string& record_id) {
  static constexpr char kSelect[] =
      "SELECT record_id, ended_sequence, erased, told, state, outcome, subjects, request_id, "
      "refusal FROM remedies WHERE record_id = ?1";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
  storage::StatementReset reset(*select);
  VERVET_ASSIGN_OR_RETURN(const bool found, select->BindBlob(1, record_id).Step());
  if (!found) return std::optional<RemedyRow>();
  return std::optional<RemedyRow>(ReadRemedy(*select));
}

absl::StatusOr<std::vector<RemedyRow>> Vault::Remedies() {
  static constexpr char kSelect[] =
      "SELECT record_id, ended_sequence, erased, told, state, outcome, subjects, request_id, "
      "refusal FROM remedies ORDER BY ended_sequence";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
  storage::StatementReset reset(*select);
  std::vector<RemedyRow> rows;
  while (true) {
    VERVET_ASSIGN_OR_RETURN(const bool more, select->Step());
    if (!more) return rows;
    rows.push_back(ReadRemedy(*select));
  }
}

// Makes the row, or moves it on to a later end of the record: which is to be told again.
absl::Status Vault::UpdateEnd(const std::string& record_id, uint64_t ended_sequence, bool erased) {
  static constexpr char kInsert[] =
      "INSERT OR IGNORE INTO remedies (record_id, ended_sequence, erased, told, state, outcome, "
      "subjects, request_id, refusal) VALUES (?1, ?2, ?3, 0, 0, 0, 0, x'', '')";
  static constexpr char kUpdate[] =
      "UPDATE remedies SET ended_sequence = ?2, erased = ?3, told = 0, state = 0, outcome = 0, "
      "subjects = 0, request_id = x'', refusal = '' WHERE record_id = ?1 AND ended_sequence < ?2";
  for (const char* sql : {kInsert, kUpdate}) {
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const statement, Prepared(sql));
    VERVET_RETURN_IF_ERROR(statement->BindBlob(1, record_id)
                               .BindInt64(2, static_cast<int64_t>(ended_sequence))
                               .BindInt64(3, erased ? 1 : 0)
                               .Run());
  }
  return absl::OkStatus();
}

absl::Status Vault::OpenRemedy(const std::string& record_id, uint64_t ended_sequence, bool erased) {
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(auto transaction, storage::Transaction::Begin(*database_));
  VERVET_RETURN_IF_ERROR(UpdateEnd(record_id, ended_sequence, erased));
  return transaction.Commit();
}

absl::Status Vault::RemedyTold(const std::string& record_id, uint64_t ended_sequence) {
  static constexpr char kTold[] =
      "UPDATE remedies SET told = 1 WHERE record_id = ?1 AND ended_sequence = ?2";
  static constexpr char kClear[] = "DELETE FROM reported WHERE record_id = ?1";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(auto transaction, storage::Transaction::Begin(*database_));
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const told, Prepared(kTold));
  VERVET_RETURN_IF_ERROR(
      told->BindBlob(1, record_id).BindInt64(2, static_cast<int64_t>(ended_sequence)).Run());
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const clear, Prepared(kClear));
  VERVET_RETURN_IF_ERROR(clear->BindBlob(1, record_id).Run());
  VERVET_RETURN_IF_ERROR(ForgetRemedied(record_id));
  return transaction.Commit();
}

// Of an erased record whose remedy is acknowledged nothing is left to do: nor is a reason to keep
// whom it had matched.
absl::Status Vault::ForgetRemedied(const std::string& record_id) {
  static constexpr char kMatched[] =
      "DELETE FROM matched WHERE record_id IN (SELECT record_id FROM remedies "
      "WHERE record_id = ?1 AND erased = 1 AND told = 1 AND state = 2)";
  static constexpr char kActions[] =
      "DELETE FROM actions WHERE record_id IN (SELECT record_id FROM remedies "
      "WHERE record_id = ?1 AND erased = 1 AND told = 1 AND state = 2)";
  for (const char* sql : {kMatched, kActions}) {
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const forget, Prepared(sql));
    VERVET_RETURN_IF_ERROR(forget->BindBlob(1, record_id).Run());
  }
  return absl::OkStatus();
}

absl::Status Vault::QueueFollowUp(const FollowUp& follow_up) {
  static constexpr char kQueued[] =
      "UPDATE remedies SET state = 1, outcome = ?2, subjects = ?3, request_id = ?4, refusal = '' "
      "WHERE record_id = ?1";
  static constexpr char kSighting[] =
      "INSERT OR REPLACE INTO sightings (record_id, subjects, reported_us) VALUES (?1, ?2, ?3)";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(auto transaction, storage::Transaction::Begin(*database_));
  for (const OutboxEntry& entry : follow_up.entries) {
    VERVET_RETURN_IF_ERROR(InsertOutboxEntry(entry));
  }
  for (const FollowUp::Acknowledgement& queued : follow_up.acknowledgements) {
    VERVET_RETURN_IF_ERROR(UpdateEnd(queued.record_id, queued.ended_sequence, queued.erased));
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const update, Prepared(kQueued));
    VERVET_RETURN_IF_ERROR(update->BindBlob(1, queued.record_id)
                               .BindInt64(2, queued.outcome)
                               .BindInt64(3, queued.subjects)
                               .BindBlob(4, queued.request_id)
                               .Run());
  }
  for (const FollowUp::Sighting& sighting : follow_up.sightings) {
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const replace, Prepared(kSighting));
    VERVET_RETURN_IF_ERROR(replace->BindBlob(1, sighting.record_id)
                               .BindInt64(2, sighting.subjects)
                               .BindInt64(3, absl::ToUnixMicros(env_->Now()))
                               .Run());
  }
  return transaction.Commit();
}

absl::Status Vault::QueueObjection(const OutboxEntry& entry, const std::string& reference) {
  static constexpr char kInsert[] =
      "INSERT INTO objections (record_id, reference, request_id, filed_us, sequence, "
      "answer_due_us, refused, refusal, state) VALUES (?1, ?2, ?3, ?4, 0, 0, 0, '', 0)";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(auto transaction, storage::Transaction::Begin(*database_));
  VERVET_RETURN_IF_ERROR(InsertOutboxEntry(entry));
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const insert, Prepared(kInsert));
  VERVET_RETURN_IF_ERROR(insert->BindBlob(1, entry.record_id)
                             .BindText(2, reference)
                             .BindBlob(3, entry.request_id)
                             .BindInt64(4, absl::ToUnixMicros(env_->Now()))
                             .Run());
  return transaction.Commit();
}

absl::StatusOr<std::vector<ObjectionRow>> Vault::ReadObjections(storage::Statement& select) {
  std::vector<ObjectionRow> rows;
  while (true) {
    VERVET_ASSIGN_OR_RETURN(const bool more, select.Step());
    if (!more) return rows;
    ObjectionRow row;
    row.id = select.ColumnInt64(0);
    row.record_id = std::string(select.ColumnBlobAsString(1));
    row.reference = std::string(select.ColumnText(2));
    row.request_id = std::string(select.ColumnBlobAsString(3));
    row.filed_us = select.ColumnInt64(4);
    row.sequence = static_cast<uint64_t>(select.ColumnInt64(5));
    row.answer_due_us = select.ColumnInt64(6);
    row.refused = select.ColumnInt64(7) != 0;
    row.refusal = std::string(select.ColumnText(8));
    row.state = static_cast<int>(select.ColumnInt64(9));
    rows.push_back(std::move(row));
  }
}

absl::StatusOr<std::vector<ObjectionRow>> Vault::ObjectionsTo(const std::string& record_id) {
  static constexpr char kSelect[] =
      "SELECT id, record_id, reference, request_id, filed_us, sequence, answer_due_us, refused, "
      "refusal, state FROM objections WHERE record_id = ?1 ORDER BY id";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
  storage::StatementReset reset(*select);
  select->BindBlob(1, record_id);
  return ReadObjections(*select);
}

absl::Status Vault::ObjectionTold(int64_t id, int state) {
  static constexpr char kUpdate[] = "UPDATE objections SET state = ?2 WHERE id = ?1";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const update, Prepared(kUpdate));
  return update->BindInt64(1, id).BindInt64(2, state).Run();
}

absl::Status Vault::NoteAnswer(const OutboxEntry& entry) {
  static constexpr char kRemedy[] =
      "UPDATE remedies SET state = ?2, refusal = ?3 WHERE request_id = ?1";
  static constexpr char kObjection[] =
      "UPDATE objections SET sequence = ?2, answer_due_us = ?3, refused = ?4, refusal = ?5 "
      "WHERE request_id = ?1";
  const bool delivered = entry.state == OutboxState::kDelivered;
  if (entry.kind == OutboxKind::kAcknowledge) {
    const RemedyState state = delivered ? RemedyState::kDelivered : RemedyState::kRefused;
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const update, Prepared(kRemedy));
    VERVET_RETURN_IF_ERROR(update->BindBlob(1, entry.request_id)
                               .BindInt64(2, static_cast<int64_t>(state))
                               .BindText(3, entry.status.message())
                               .Run());
    return ForgetRemedied(entry.record_id);
  }
  if (entry.kind == OutboxKind::kOpine) {
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const update, Prepared(kObjection));
    return update->BindBlob(1, entry.request_id)
        .BindInt64(2, static_cast<int64_t>(entry.sequence))
        .BindInt64(3, entry.answer_due_us)
        .BindInt64(4, delivered ? 0 : 1)
        .BindText(5, entry.status.message())
        .Run();
  }
  return absl::OkStatus();
}

}  // namespace vervet::vault
