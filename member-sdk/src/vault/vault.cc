#include "member-sdk/src/vault/vault.h"

#include <sodium.h>

#include <cstring>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/transaction.h"

namespace vervet::vault {
namespace {

// As the first version made it; kSecondVersion and later ones bring it up to date, in new stores as
// in old ones.
constexpr char kFirstVersion[] = R"sql(
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE events (sequence INTEGER PRIMARY KEY, header BLOB NOT NULL, body BLOB NOT NULL);
CREATE TABLE pinned_keys (
  type INTEGER NOT NULL, epoch INTEGER NOT NULL, public_key BLOB NOT NULL,
  PRIMARY KEY (type, epoch)) WITHOUT ROWID;
CREATE TABLE tokens (
  id INTEGER PRIMARY KEY, cache_key BLOB NOT NULL UNIQUE, type INTEGER NOT NULL,
  rules_version INTEGER NOT NULL, epoch INTEGER NOT NULL, element BLOB NOT NULL, token BLOB NOT NULL);
CREATE TABLE subject_references (
  token_id INTEGER NOT NULL, reference TEXT NOT NULL, PRIMARY KEY (token_id, reference)) WITHOUT ROWID;
CREATE TABLE reported (
  record_id BLOB NOT NULL, reference TEXT NOT NULL, publisher TEXT NOT NULL,
  PRIMARY KEY (record_id, reference)) WITHOUT ROWID;
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT, request_id BLOB NOT NULL UNIQUE, kind INTEGER NOT NULL,
  state INTEGER NOT NULL, request BLOB NOT NULL, lifetime_s INTEGER, subject_reference TEXT NOT NULL,
  record_id BLOB, sequence INTEGER, status_code INTEGER, status_message TEXT, done_us INTEGER);
CREATE INDEX outbox_by_state ON outbox (state, id);
CREATE TABLE outbox_identifiers (
  outbox_id INTEGER NOT NULL, position INTEGER NOT NULL, type INTEGER NOT NULL,
  rules_version INTEGER NOT NULL, canonical TEXT NOT NULL,
  PRIMARY KEY (outbox_id, position)) WITHOUT ROWID;
)sql";

// What a member owes to its users and to the coalition: who ever matched, what was done about it,
// what was said of it.
constexpr char kSecondVersion[] = R"sql(
ALTER TABLE tokens ADD COLUMN cached_us INTEGER;
ALTER TABLE outbox ADD COLUMN answer_due_us INTEGER;
CREATE TABLE matched (
  record_id BLOB NOT NULL, reference TEXT NOT NULL, first_us INTEGER NOT NULL,
  PRIMARY KEY (record_id, reference)) WITHOUT ROWID;
CREATE TABLE actions (
  record_id BLOB NOT NULL, reference TEXT NOT NULL, action TEXT NOT NULL, noted_us INTEGER NOT NULL,
  PRIMARY KEY (record_id, reference, action)) WITHOUT ROWID;
CREATE TABLE sightings (
  record_id BLOB PRIMARY KEY, subjects INTEGER NOT NULL, reported_us INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE remedies (
  record_id BLOB PRIMARY KEY, ended_sequence INTEGER NOT NULL, erased INTEGER NOT NULL,
  told INTEGER NOT NULL, state INTEGER NOT NULL, outcome INTEGER NOT NULL, subjects INTEGER NOT NULL,
  request_id BLOB NOT NULL, refusal TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE objections (
  id INTEGER PRIMARY KEY AUTOINCREMENT, record_id BLOB NOT NULL, reference TEXT NOT NULL,
  request_id BLOB NOT NULL, filed_us INTEGER NOT NULL, sequence INTEGER NOT NULL,
  answer_due_us INTEGER NOT NULL, refused INTEGER NOT NULL, refusal TEXT NOT NULL,
  state INTEGER NOT NULL);
)sql";

// 1 while the platform is being told of a match: a process that ends then does not know whether it
// was.
constexpr char kThirdVersion[] = R"sql(
ALTER TABLE reported ADD COLUMN telling INTEGER NOT NULL DEFAULT 0;
)sql";

// Hashes of pictures that were checked; how often each picture of a record matched, and which are
// set aside; by which picture somebody matched.
constexpr char kFourthVersion[] = R"sql(
ALTER TABLE reported ADD COLUMN image BLOB;
ALTER TABLE matched ADD COLUMN image BLOB;
CREATE TABLE images (
  id INTEGER PRIMARY KEY AUTOINCREMENT, hashes BLOB NOT NULL, quality INTEGER NOT NULL, radius INTEGER,
  first_us INTEGER NOT NULL, checked_us INTEGER NOT NULL);
CREATE INDEX images_by_check ON images (checked_us);
CREATE TABLE image_references (
  image_id INTEGER NOT NULL, reference TEXT NOT NULL, PRIMARY KEY (image_id, reference)) WITHOUT ROWID;
CREATE TABLE image_hits (
  record_id BLOB NOT NULL, hash BLOB NOT NULL, hour INTEGER NOT NULL, matches INTEGER NOT NULL,
  PRIMARY KEY (record_id, hash, hour)) WITHOUT ROWID;
CREATE TABLE image_quarantines (
  record_id BLOB NOT NULL, hash BLOB NOT NULL, quality INTEGER NOT NULL, since_us INTEGER NOT NULL,
  matches INTEGER NOT NULL, window_s INTEGER NOT NULL, set_aside INTEGER NOT NULL,
  released_us INTEGER NOT NULL, PRIMARY KEY (record_id, hash)) WITHOUT ROWID;
)sql";

// Several events in one row: `last` is the sequence number of its last, and the body holds them all
// (packed_events.h). Null where an earlier version wrote the row, which holds one event as it is.
constexpr char kFifthVersion[] = R"sql(
ALTER TABLE events ADD COLUMN last INTEGER;
)sql";

absl::Status Migrate(storage::Database& database, int32_t from_version, absl::Time now) {
  if (from_version < 1 || from_version >= kVaultSchemaVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("a vault of version ", from_version, " cannot be brought up to date"));
  }
  if (from_version == 1) {
    VERVET_RETURN_IF_ERROR(database.Execute(kSecondVersion));
    // Whom the platform was told of before may have been acted upon.
    VERVET_ASSIGN_OR_RETURN(
        auto copy,
        storage::Statement::Prepare(
            database, "INSERT INTO matched SELECT record_id, reference, ?1 FROM reported"));
    VERVET_RETURN_IF_ERROR(copy.BindInt64(1, absl::ToUnixMicros(now)).Run());
  }
  if (from_version <= 2) VERVET_RETURN_IF_ERROR(database.Execute(kThirdVersion));
  if (from_version <= 3) VERVET_RETURN_IF_ERROR(database.Execute(kFourthVersion));
  return database.Execute(kFifthVersion);
}

// A member's working set is the token cache: a bigger page cache pays on random keys.
constexpr int kCacheKib = 65536;

void AppendBigEndian32(std::string& out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

absl::Status BelongsToAnother(const std::string& path, absl::string_view what) {
  return absl::FailedPreconditionError(
      absl::StrCat("the vault ", path, " was made for another ", what,
                   ": check the configuration, or give this member a vault of its own; nothing was "
                   "changed"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Vault>> Vault::Open(const VaultOptions& options, Environment* env) {
  VERVET_ASSIGN_OR_RETURN(const Secret<32> key, storage::ReadKey(options.key));
  VERVET_ASSIGN_OR_RETURN(storage::ProcessLock process_lock,
                          storage::ProcessLock::Acquire(options.path));
  storage::OpenOptions open;
  open.application_id = kVaultApplicationId;
  open.kind = "a member's vault";
  open.schema_version = kVaultSchemaVersion;
  open.schema_sql =
      absl::StrCat(kFirstVersion, kSecondVersion, kThirdVersion, kFourthVersion, kFifthVersion);
  open.migrate = [env](storage::Database& database, int32_t from_version) {
    return Migrate(database, from_version, env->Now());
  };
  open.create_if_missing = true;
  open.cache_kib = kCacheKib;
  VERVET_ASSIGN_OR_RETURN(auto database, storage::Database::Open(options.path, key, open));
  auto vault = absl::WrapUnique(new Vault(std::move(process_lock), std::move(database), env));
  VERVET_RETURN_IF_ERROR(vault->Identify(options));
  // What was erased may stand in the write-ahead log again: emptying that is not synced, so that a
  // power loss takes it back. A failure here costs nothing but that; the next emptying tries again.
  (void)vault->Scrub();
  return vault;
}

absl::Status Vault::Identify(const VaultOptions& options) {
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(const std::string coalition, GetMeta("coalition"));
  if (coalition.empty()) {
    VERVET_ASSIGN_OR_RETURN(auto transaction, storage::Transaction::Begin(*database_));
    std::string local_key = env_->RandomBytes(32);
    VERVET_RETURN_IF_ERROR(SetMeta("coalition", options.coalition));
    VERVET_RETURN_IF_ERROR(SetMeta("party", options.party));
    VERVET_RETURN_IF_ERROR(SetMeta("log_public_key", options.log_public_key));
    VERVET_RETURN_IF_ERROR(SetMeta("local_key", local_key));
    sodium_memzero(local_key.data(), local_key.size());
    VERVET_RETURN_IF_ERROR(transaction.Commit());
  } else {
    if (coalition != options.coalition) return BelongsToAnother(options.path, "coalition");
    VERVET_ASSIGN_OR_RETURN(const std::string party, GetMeta("party"));
    if (party != options.party) return BelongsToAnother(options.path, "member");
    VERVET_ASSIGN_OR_RETURN(const std::string log_key, GetMeta("log_public_key"));
    if (log_key != options.log_public_key) {
      return absl::FailedPreconditionError(
          "log_public_key: the vault pinned another key when it was made; compare the configured "
          "key with the one that a coordinator reads out, and start a new vault if the log is new");
    }
  }
  VERVET_ASSIGN_OR_RETURN(std::string local_key, GetMeta("local_key"));
  if (local_key.size() != 32) {
    return absl::DataLossError("the vault lacks its local key: restore a backup");
  }
  local_key_ = Secret<32>(oprf::AsBytes(local_key));
  sodium_memzero(local_key.data(), local_key.size());
  // Every check begins with an HMAC under this key: half of the work is the same each time.
  crypto_auth_hmacsha256_state state;
  static_assert(sizeof(state) == kHmacStateBytes);
  crypto_auth_hmacsha256_init(&state, local_key_.RevealSecret().data(), 32);
  std::memcpy(hmac_state_.MutableSecret().data(), &state, sizeof(state));
  sodium_memzero(&state, sizeof(state));
  randombytes_buf(fingerprint_key_.MutableSecret().data(), 16);
  return absl::OkStatus();
}

CacheKey Vault::KeyOf(v1::SignatureType type, uint32_t rules_version,
                      absl::string_view canonical) const {
  std::string message;
  message.reserve(8 + canonical.size());
  AppendBigEndian32(message, static_cast<uint32_t>(type));
  AppendBigEndian32(message, rules_version);
  message.append(canonical.data(), canonical.size());
  crypto_auth_hmacsha256_state state;
  std::memcpy(&state, hmac_state_.RevealSecret().data(), sizeof(state));
  CacheKey key;
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const uint8_t*>(message.data()),
                                message.size());
  crypto_auth_hmacsha256_final(&state, key.data());
  sodium_memzero(&state, sizeof(state));
  sodium_memzero(message.data(), message.size());
  return key;
}

absl::Status Vault::Scrub() {
  MutexLock lock(mutex_);
  return ScrubLocked();
}

absl::Status Vault::ScrubErased() {
  MutexLock lock(mutex_);
  VERVET_RETURN_IF_ERROR(ScrubLocked());
  return SetMeta("scrub_due", "");
}

absl::Status Vault::ScrubLocked() {
  return database_->Checkpoint(storage::CheckpointMode::kTruncate);
}

absl::StatusOr<storage::Statement*> Vault::Prepared(const char* sql) {
  auto it = statements_.find(sql);
  if (it == statements_.end()) {
    VERVET_ASSIGN_OR_RETURN(auto statement, storage::Statement::Prepare(*database_, sql));
    it = statements_.emplace(sql, std::move(statement)).first;
  }
  it->second.Reset();
  return &it->second;
}

absl::StatusOr<std::string> Vault::GetMeta(absl::string_view key) {
  static constexpr char kSelect[] = "SELECT value FROM meta WHERE key = ?1";
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const select, Prepared(kSelect));
  storage::StatementReset reset(*select);
  VERVET_ASSIGN_OR_RETURN(const bool found, select->BindText(1, key).Step());
  return found ? std::string(select->ColumnBlobAsString(0)) : std::string();
}

absl::Status Vault::SetMeta(absl::string_view key, absl::string_view value) {
  static constexpr char kReplace[] = "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)";
  VERVET_ASSIGN_OR_RETURN(storage::Statement* const replace, Prepared(kReplace));
  return replace->BindText(1, key).BindBlob(2, value).Run();
}

}  // namespace vervet::vault
