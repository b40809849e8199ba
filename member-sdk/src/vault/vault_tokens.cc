// The token cache, the platform's own references, and which matches were reported.
#include <sodium.h>

#include <algorithm>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/transaction.h"
#include "member-sdk/src/vault/vault.h"

namespace vervet::vault {
namespace {

// Of references known to be stored: about 100 MB at most.
constexpr size_t kMaxFingerprints = 4'000'000;

// Their places in the order of the keys: neighbours in the tree of keys share pages, and come to
// each while it is still in memory.
std::vector<size_t> ByKey(absl::Span<const NewToken> tokens) {
  std::vector<size_t> order(tokens.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [tokens](size_t a, size_t b) { return tokens[a].token.key < tokens[b].token.key; });
  return order;
}

}  // namespace

absl::Status Vault::ForEachToken(const std::function<void(const CachedToken&)>& visit) {
  static constexpr char kSelect[] =
      "SELECT id, cache_key, type, rules_version, epoch, token FROM tokens";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
  storage::StatementReset reset(*select);
  while (true) {
    VERVET_ASSIGN_OR_RETURN(const bool more, select->Step());
    if (!more) return absl::OkStatus();
    CachedToken row;
    row.id = select->ColumnInt64(0);
    const auto key = select->ColumnBlob(1);
    row.type = static_cast<v1::SignatureType>(select->ColumnInt64(2));
    row.rules_version = static_cast<uint32_t>(select->ColumnInt64(3));
    row.epoch = static_cast<uint32_t>(select->ColumnInt64(4));
    VERVET_ASSIGN_OR_RETURN(row.token, oprf::Token::Decode(select->ColumnBlob(5)));
    if (key.size() != row.key.size()) {
      return absl::DataLossError("the vault's token cache is damaged: restore a backup");
    }
    std::copy(key.begin(), key.end(), row.key.begin());
    visit(row);
  }
}

// Nearly every token is new, and a new one costs one way down the tree of keys.
absl::StatusOr<int64_t> Vault::UpsertToken(const NewToken& row) {
  static constexpr char kInsert[] =
      "INSERT OR IGNORE INTO tokens (cache_key, epoch, element, token, type, rules_version, "
      "cached_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
  static constexpr char kInserted[] = "SELECT last_insert_rowid()";
  static constexpr char kUpdate[] =
      "UPDATE tokens SET epoch = ?2, element = ?3, token = ?4 WHERE cache_key = ?1";
  static constexpr char kFind[] = "SELECT id FROM tokens WHERE cache_key = ?1";
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const insert, Prepared(kInsert));
  VERVET_RETURN_IF_ERROR(insert->BindBlob(1, row.token.key)
                             .BindInt64(2, row.token.epoch)
                             .BindBlob(3, row.element)
                             .BindBlob(4, row.token.token.bytes())
                             .BindInt64(5, row.token.type)
                             .BindInt64(6, row.token.rules_version)
                             .BindInt64(7, absl::ToUnixMicros(env_->Now()))
                             .Run());
  const bool is_new = database_->ChangedRows() != 0;
  if (!is_new) {
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const update, Prepared(kUpdate));
    VERVET_RETURN_IF_ERROR(update->BindBlob(1, row.token.key)
                               .BindInt64(2, row.token.epoch)
                               .BindBlob(3, row.element)
                               .BindBlob(4, row.token.token.bytes())
                               .Run());
  }
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const find, Prepared(is_new ? kInserted : kFind));
  storage::StatementReset reset(*find);
  if (!is_new) find->BindBlob(1, row.token.key);
  VERVET_ASSIGN_OR_RETURN(const bool found, find->Step());
  if (!found) return absl::InternalError("a token that was stored cannot be found");
  return find->ColumnInt64(0);
}

absl::StatusOr<bool> Vault::HasReference(int64_t token_id, const std::string& reference) {
  static constexpr char kFind[] =
      "SELECT 1 FROM subject_references WHERE token_id = ?1 AND reference = ?2";
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const find, Prepared(kFind));
  storage::StatementReset reset(*find);
  return find->BindInt64(1, token_id).BindText(2, reference).Step();
}

absl::Status Vault::InsertReference(int64_t token_id, const std::string& reference) {
  static constexpr char kInsert[] =
      "INSERT OR IGNORE INTO subject_references (token_id, reference) VALUES (?1, ?2)";
  erased_references_.erase(reference);
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const insert, Prepared(kInsert));
  return insert->BindInt64(1, token_id).BindText(2, reference).Run();
}

Vault::Fingerprint Vault::FingerprintOf(int64_t token_id, const std::string& reference) const {
  std::string message(reinterpret_cast<const char*>(&token_id), sizeof(token_id));
  message += reference;
  Fingerprint fingerprint;
  static_assert(sizeof(fingerprint) == crypto_shorthash_siphashx24_BYTES);
  crypto_shorthash_siphashx24(reinterpret_cast<uint8_t*>(fingerprint.data()),
                              reinterpret_cast<const uint8_t*>(message.data()), message.size(),
                              fingerprint_key_.RevealSecret().data());
  return fingerprint;
}

void Vault::NoteStored(const std::vector<Fingerprint>& references) {
  if (stored_references_.size() + references.size() > kMaxFingerprints) stored_references_.clear();
  stored_references_.insert(references.begin(), references.end());
}

absl::StatusOr<std::vector<int64_t>> Vault::StoreTokens(
    absl::Span<const NewToken> tokens, absl::Span<const std::vector<std::string>> references) {
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(auto transaction, storage::Transaction::Begin(*database_));
  std::vector<int64_t> ids(tokens.size());
  for (const size_t i : ByKey(tokens)) {
    VERVET_ASSIGN_OR_RETURN(const int64_t id, UpsertToken(tokens[i]));
    ids[i] = id;
    for (const std::string& reference : references[i]) {
      VERVET_RETURN_IF_ERROR(InsertReference(id, reference));
    }
  }
  VERVET_RETURN_IF_ERROR(transaction.Commit());
  return ids;
}

absl::Status Vault::AddReferences(absl::Span<const std::pair<int64_t, std::string>> references) {
  MutexLock lock(mutex_);
  std::vector<Fingerprint> looked_up;
  std::vector<const std::pair<int64_t, std::string>*> missing;
  for (const auto& entry : references) {
    const Fingerprint fingerprint = FingerprintOf(entry.first, entry.second);
    if (stored_references_.contains(fingerprint)) continue;
    looked_up.push_back(fingerprint);
    VERVET_ASSIGN_OR_RETURN(const bool known, HasReference(entry.first, entry.second));
    if (!known) missing.push_back(&entry);
  }
  if (!missing.empty()) {
    VERVET_ASSIGN_OR_RETURN(auto transaction, storage::Transaction::Begin(*database_));
    for (const auto* entry : missing) {
      VERVET_RETURN_IF_ERROR(InsertReference(entry->first, entry->second));
    }
    VERVET_RETURN_IF_ERROR(transaction.Commit());
  }
  NoteStored(looked_up);
  return absl::OkStatus();
}

absl::StatusOr<std::set<std::string>> Vault::ReferencesOf(absl::Span<const int64_t> token_ids) {
  static constexpr char kSelect[] = "SELECT reference FROM subject_references WHERE token_id = ?1";
  MutexLock lock(mutex_);
  std::set<std::string> references;
  for (const int64_t id : token_ids) {
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
    storage::StatementReset reset(*select);
    select->BindInt64(1, id);
    while (true) {
      VERVET_ASSIGN_OR_RETURN(const bool more, select->Step());
      if (!more) break;
      references.insert(std::string(select->ColumnText(0)));
    }
  }
  return references;
}

absl::StatusOr<std::string> Vault::ElementOf(int64_t token_id) {
  static constexpr char kSelect[] = "SELECT element FROM tokens WHERE id = ?1";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
  storage::StatementReset reset(*select);
  VERVET_ASSIGN_OR_RETURN(const bool found, select->BindInt64(1, token_id).Step());
  if (!found) return absl::NotFoundError("no such cached token");
  return std::string(select->ColumnBlobAsString(0));
}

absl::StatusOr<Report> Vault::Reported(const std::string& record_id) {
  static constexpr char kSelect[] =
      "SELECT reference, publisher, telling, image FROM reported WHERE record_id = ?1 "
      "ORDER BY reference";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
  storage::StatementReset reset(*select);
  select->BindBlob(1, record_id);
  Report report;
  while (true) {
    VERVET_ASSIGN_OR_RETURN(const bool more, select->Step());
    if (!more) return report;
    (select->ColumnInt64(2) == 0 ? report.references : report.telling)
        .emplace_back(select->ColumnText(0));
    report.publisher = std::string(select->ColumnText(1));
    if (!select->ColumnBlobAsString(3).empty()) {
      report.images[std::string(select->ColumnText(0))] =
          std::string(select->ColumnBlobAsString(3));
    }
  }
}

absl::StatusOr<bool> Vault::WasReported(const std::string& record_id,
                                        const std::string& reference) {
  static constexpr char kSelect[] =
      "SELECT 1 FROM reported WHERE record_id = ?1 AND reference = ?2 AND telling = 0";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
  storage::StatementReset reset(*select);
  return select->BindBlob(1, record_id).BindText(2, reference).Step();
}

absl::StatusOr<std::vector<std::string>> Vault::ReportedRecords(const std::string& publisher) {
  static constexpr char kSelect[] =
      "SELECT DISTINCT record_id FROM reported WHERE ?1 = '' OR publisher = ?1";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
  storage::StatementReset reset(*select);
  select->BindText(1, publisher);
  std::vector<std::string> records;
  while (true) {
    VERVET_ASSIGN_OR_RETURN(const bool more, select->Step());
    if (!more) return records;
    records.emplace_back(select->ColumnBlobAsString(0));
  }
}

absl::Status Vault::MarkTelling(absl::Span<const ReportMark> marks) {
  return Mark(marks,
              "INSERT OR IGNORE INTO reported (record_id, reference, publisher, telling, image) "
              "VALUES (?1, ?2, ?3, 1, ?4)");
}

absl::Status Vault::MarkReported(absl::Span<const ReportMark> marks) {
  return Mark(marks,
              "INSERT OR REPLACE INTO reported (record_id, reference, publisher, telling, image) "
              "VALUES (?1, ?2, ?3, 0, ?4)");
}

absl::Status Vault::Mark(absl::Span<const ReportMark> marks, const char* insert_sql) {
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(auto transaction, storage::Transaction::Begin(*database_));
  for (const ReportMark& mark : marks) {
    if (erased_references_.count(mark.reference) != 0) continue;
    VERVET_RETURN_IF_ERROR(InsertMatched(mark));
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const insert, Prepared(insert_sql));
    VERVET_RETURN_IF_ERROR(insert->BindBlob(1, mark.record_id)
                               .BindText(2, mark.reference)
                               .BindText(3, mark.publisher)
                               .BindBlob(4, mark.image)
                               .Run());
  }
  return transaction.Commit();
}

absl::Status Vault::ClearReported(const std::string& record_id,
                                  absl::Span<const std::string> references) {
  static constexpr char kDelete[] = "DELETE FROM reported WHERE record_id = ?1 AND reference = ?2";
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(auto transaction, storage::Transaction::Begin(*database_));
  for (const std::string& reference : references) {
    VERVET_ASSIGN_OR_RETURN(storage::Statement* const erase, Prepared(kDelete));
    VERVET_RETURN_IF_ERROR(erase->BindBlob(1, record_id).BindText(2, reference).Run());
  }
  return transaction.Commit();
}

}  // namespace vervet::vault
