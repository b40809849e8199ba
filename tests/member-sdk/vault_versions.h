// Vaults as earlier versions made them.
#ifndef VERVET_TESTS_MEMBER_SDK_VAULT_VERSIONS_H_
#define VERVET_TESTS_MEMBER_SDK_VAULT_VERSIONS_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/storage/database.h"
#include "core/storage/key_file.h"
#include "member-sdk/src/vault/vault.h"
#include "tests/member-sdk/fake_hub.h"

namespace vervet::testing {

inline constexpr char kVaultSchema1[] = R"sql(
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

// An empty one: whose it is, and a local key of its own.
inline std::string VaultOfVersion1(const std::string& party, const std::string& log_key_hex) {
  const auto meta = [](const char* key, const std::string& value_hex) {
    return absl::StrCat("INSERT INTO meta VALUES ('", key, "', x'", value_hex, "');");
  };
  return absl::StrCat(kVaultSchema1, meta("coalition", absl::BytesToHexString(kCoalition)),
                      meta("party", absl::BytesToHexString(party)),
                      meta("log_public_key", log_key_hex),
                      meta("local_key", absl::BytesToHexString(std::string(32, 'l'))));
}

inline void MakeVault(const std::string& path, const std::string& key_path, int32_t version,
                      std::string schema_sql) {
  const auto key = storage::ReadKeyFile(key_path);
  storage::OpenOptions options;
  options.application_id = vault::kVaultApplicationId;
  options.schema_version = version;
  options.schema_sql = std::move(schema_sql);
  options.create_if_missing = true;
  ASSERT_EQ(storage::Database::Open(path, *key, options).status(), absl::OkStatus());
}

}  // namespace vervet::testing

#endif  // VERVET_TESTS_MEMBER_SDK_VAULT_VERSIONS_H_
