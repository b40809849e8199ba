// One person: what is held of them, and its deletion.
#include <algorithm>
#include <map>

#include "core/base/status_macros.h"
#include "core/storage/transaction.h"
#include "member-sdk/src/vault/vault.h"

namespace vervet::vault {
namespace {

using TokenIds = std::set<int64_t>;

absl::Status AppendIds(storage::Statement& select, TokenIds* ids) {
  while (true) {
    VERVET_ASSIGN_OR_RETURN(const bool more, select.Step());
    if (!more) return absl::OkStatus();
    ids->insert(select.ColumnInt64(0));
  }
}

}  // namespace

absl::StatusOr<SubjectTokens> Vault::TokensOf(absl::Span<const CacheKey> keys,
                                              const std::string& reference) {
  static constexpr char kByKey[] = "SELECT id FROM tokens WHERE cache_key = ?1";
  // A scan: a person asks seldom, and an index would cost every check.
  static constexpr char kByReference[] =
      "SELECT token_id FROM subject_references WHERE reference = ?1";
  static constexpr char kToken[] =
      "SELECT cache_key, type, rules_version, epoch, token, cached_us FROM tokens WHERE id = ?1";
  static constexpr char kReferences[] =
      "SELECT reference FROM subject_references WHERE token_id = ?1 ORDER BY reference";
  MutexLock lock(mutex_);
  TokenIds ids;
  for (const CacheKey& key : keys) {
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kByKey));
    storage::StatementReset reset(*select);
    select->BindBlob(1, key);
    VERVET_RETURN_IF_ERROR(AppendIds(*select, &ids));
  }
  if (!reference.empty()) {
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kByReference));
    storage::StatementReset reset(*select);
    select->BindText(1, reference);
    VERVET_RETURN_IF_ERROR(AppendIds(*select, &ids));
  }
  SubjectTokens tokens;
  for (const int64_t id : ids) {
    SubjectTokens::Row row;
    {
      VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kToken));
      storage::StatementReset reset(*select);
      VERVET_ASSIGN_OR_RETURN(const bool found, select->BindInt64(1, id).Step());
      if (!found) continue;
      const auto key = select->ColumnBlob(0);
      if (key.size() != row.token.key.size()) {
        return absl::DataLossError("the vault's token cache is damaged: restore a backup");
      }
      row.token.id = id;
      std::copy(key.begin(), key.end(), row.token.key.begin());
      row.token.type = static_cast<v1::SignatureType>(select->ColumnInt64(1));
      row.token.rules_version = static_cast<uint32_t>(select->ColumnInt64(2));
      row.token.epoch = static_cast<uint32_t>(select->ColumnInt64(3));
      VERVET_ASSIGN_OR_RETURN(row.token.token, oprf::Token::Decode(select->ColumnBlob(4)));
      row.since_us = select->ColumnInt64(5);
    }
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kReferences));
    storage::StatementReset reset(*select);
    select->BindInt64(1, id);
    while (true) {
      VERVET_ASSIGN_OR_RETURN(const bool more, select->Step());
      if (!more) break;
      row.references.emplace_back(select->ColumnText(0));
    }
    tokens.rows.push_back(std::move(row));
  }
  return tokens;
}

absl::StatusOr<std::vector<SubjectMatch>> Vault::MatchesOf(const std::string& reference) {
  static constexpr char kSelect[] =
      "SELECT record_id, reference, first_us FROM matched WHERE reference = ?1 ORDER BY first_us";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
  storage::StatementReset reset(*select);
  select->BindText(1, reference);
  std::vector<SubjectMatch> matches;
  while (true) {
    VERVET_ASSIGN_OR_RETURN(const bool more, select->Step());
    if (!more) return matches;
    matches.push_back({std::string(select->ColumnBlobAsString(0)),
                       std::string(select->ColumnText(1)), select->ColumnInt64(2)});
  }
}

absl::StatusOr<std::vector<SubjectAction>> Vault::ActionsOf(const std::string& reference) {
  static constexpr char kSelect[] =
      "SELECT record_id, reference, action, noted_us FROM actions WHERE reference = ?1 "
      "ORDER BY noted_us";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
  storage::StatementReset reset(*select);
  select->BindText(1, reference);
  std::vector<SubjectAction> actions;
  while (true) {
    VERVET_ASSIGN_OR_RETURN(const bool more, select->Step());
    if (!more) return actions;
    actions.push_back({std::string(select->ColumnBlobAsString(0)),
                       std::string(select->ColumnText(1)), std::string(select->ColumnText(2)),
                       select->ColumnInt64(3)});
  }
}

absl::StatusOr<std::vector<ObjectionRow>> Vault::ObjectionsOf(const std::string& reference) {
  static constexpr char kSelect[] =
      "SELECT id, record_id, reference, request_id, filed_us, sequence, answer_due_us, refused, "
      "refusal, state FROM objections WHERE reference = ?1 ORDER BY id";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
  storage::StatementReset reset(*select);
  select->BindText(1, reference);
  return ReadObjections(*select);
}

absl::StatusOr<std::vector<std::string>> Vault::PendingAbout(absl::Span<const CacheKey> keys,
                                                             const std::string& reference) {
  static constexpr char kByReference[] =
      "SELECT request_id FROM outbox WHERE state < 2 AND subject_reference = ?1";
  static constexpr char kIdentifiers[] =
      "SELECT request_id, outbox_identifiers.type, rules_version, canonical FROM outbox "
      "JOIN outbox_identifiers ON outbox_id = outbox.id WHERE state < 2";
  MutexLock lock(mutex_);
  std::set<std::string> pending;
  if (!reference.empty()) {
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kByReference));
    storage::StatementReset reset(*select);
    select->BindText(1, reference);
    while (true) {
      VERVET_ASSIGN_OR_RETURN(const bool more, select->Step());
      if (!more) break;
      pending.emplace(select->ColumnBlobAsString(0));
    }
  }
  const std::set<CacheKey> wanted(keys.begin(), keys.end());
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kIdentifiers));
  storage::StatementReset reset(*select);
  while (!wanted.empty()) {
    VERVET_ASSIGN_OR_RETURN(const bool more, select->Step());
    if (!more) break;
    const CacheKey key =
        KeyOf(static_cast<v1::SignatureType>(select->ColumnInt64(1)),
              static_cast<uint32_t>(select->ColumnInt64(2)), select->ColumnText(3));
    if (wanted.count(key) != 0) pending.emplace(select->ColumnBlobAsString(0));
  }
  return std::vector<std::string>(pending.begin(), pending.end());
}

absl::Status Vault::DeleteWhere(const char* sql, absl::string_view text, uint64_t* count) {
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const erase, Prepared(sql));
  VERVET_RETURN_IF_ERROR(erase->BindText(1, text).Run());
  *count += static_cast<uint64_t>(database_->ChangedRows());
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> Vault::RecordsMatchedBy(const std::string& reference) {
  static constexpr char kSelect[] = "SELECT record_id FROM matched WHERE reference = ?1";
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
  storage::StatementReset reset(*select);
  select->BindText(1, reference);
  std::vector<std::string> records;
  while (true) {
    VERVET_ASSIGN_OR_RETURN(const bool more, select->Step());
    if (!more) return records;
    records.emplace_back(select->ColumnBlobAsString(0));
  }
}

absl::StatusOr<ErasedSubject> Vault::EraseSubject(absl::Span<const CacheKey> keys,
                                                  const std::string& reference) {
  static constexpr char kReferences[] = "DELETE FROM subject_references WHERE reference = ?1";
  static constexpr char kReported[] = "DELETE FROM reported WHERE reference = ?1";
  static constexpr char kMatched[] = "DELETE FROM matched WHERE reference = ?1";
  static constexpr char kActions[] = "DELETE FROM actions WHERE reference = ?1";
  static constexpr char kObjections[] = "DELETE FROM objections WHERE reference = ?1";
  static constexpr char kShared[] = "SELECT 1 FROM subject_references WHERE token_id = ?1 LIMIT 1";
  static constexpr char kToken[] = "DELETE FROM tokens WHERE id = ?1";
  VERVET_ASSIGN_OR_RETURN(const SubjectTokens tokens, TokensOf(keys, reference));
  std::vector<KeptImage> images;
  if (!reference.empty()) {
    VERVET_ASSIGN_OR_RETURN(images, ImagesOf(reference));
  }
  MutexLock lock(mutex_);
  ErasedSubject erased;
  stored_references_.clear();
  VERVET_ASSIGN_OR_RETURN(auto transaction, storage::Transaction::Begin(*database_));
  if (!reference.empty()) {
    VERVET_ASSIGN_OR_RETURN(erased.records, RecordsMatchedBy(reference));
    uint64_t reported = 0;
    VERVET_RETURN_IF_ERROR(DeleteWhere(kReferences, reference, &erased.references));
    VERVET_RETURN_IF_ERROR(DeleteWhere(kReported, reference, &reported));
    VERVET_RETURN_IF_ERROR(DeleteWhere(kMatched, reference, &erased.matches));
    VERVET_RETURN_IF_ERROR(DeleteWhere(kActions, reference, &erased.actions));
    VERVET_RETURN_IF_ERROR(DeleteWhere(kObjections, reference, &erased.objections));
    VERVET_ASSIGN_OR_RETURN(erased.deleted_images, EraseImagesOf(reference, images));
    erased.references += images.size();
  }
  for (const SubjectTokens::Row& row : tokens.rows) {
    {
      VERVET_ASSIGN_OR_RETURN(storage::Statement* const find, Prepared(kShared));
      storage::StatementReset reset(*find);
      VERVET_ASSIGN_OR_RETURN(const bool shared, find->BindInt64(1, row.token.id).Step());
      if (shared) {
        ++erased.shared_tokens;
        continue;
      }
    }
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const erase, Prepared(kToken));
    VERVET_RETURN_IF_ERROR(erase->BindInt64(1, row.token.id).Run());
    erased.deleted_tokens.push_back(row.token.key);
  }
  VERVET_RETURN_IF_ERROR(transaction.Commit());
  if (!reference.empty()) erased_references_.insert(reference);
  return erased;
}

}  // namespace vervet::vault
