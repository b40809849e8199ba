#include "examples/coalition/store_text.h"

#include <sqlite3.h>

#include <functional>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/base/status_macros.h"
#include "core/storage/key_file.h"
#include "sodium.h"

// SQLCipher's own interface instead of core/storage: the check must not look through the eyes of
// what it checks, and it reads stores of every kind and version.

namespace vervet::coalition {
namespace {

using Connection = std::unique_ptr<sqlite3, int (*)(sqlite3*)>;

absl::Status Failure(sqlite3* handle, const std::string& path) {
  return absl::InternalError(absl::StrCat(path, ": ", sqlite3_errmsg(handle)));
}

absl::StatusOr<Connection> OpenReadOnly(const std::string& path, const Secret<32>& key) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READONLY, nullptr);
  Connection connection(handle, sqlite3_close);
  if (code != SQLITE_OK) return Failure(handle, path);
  char raw_key[3 + 64 + 1] = "x'";  // SQLCipher's notation of a raw key: x'…'
  sodium_bin2hex(raw_key + 2, 65, key.RevealSecret().data(), 32);
  raw_key[66] = '\'';
  const int keyed = sqlite3_key(handle, raw_key, 67);
  sodium_memzero(raw_key, sizeof(raw_key));
  // The format that every store of ours is written in (docs/protocol.md).
  static constexpr char kFormat[] =
      "PRAGMA cipher_page_size = 4096; PRAGMA cipher_hmac_algorithm = HMAC_SHA1;"
      "PRAGMA cipher_kdf_algorithm = PBKDF2_HMAC_SHA1; PRAGMA kdf_iter = 64000;";
  if (keyed != SQLITE_OK || sqlite3_exec(handle, kFormat, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return Failure(handle, path);
  }
  return connection;
}

using VisitRow = std::function<void(sqlite3_stmt*)>;

absl::Status ForEachRow(sqlite3* handle, const std::string& path, const std::string& sql,
                        const VisitRow& visit) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
    return Failure(handle, path);
  }
  int code;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) visit(statement);
  sqlite3_finalize(statement);
  return code == SQLITE_DONE ? absl::OkStatus() : Failure(handle, path);
}

void AppendRow(sqlite3_stmt* row, std::string* bytes) {
  for (int i = 0; i < sqlite3_column_count(row); ++i) {
    // A number reads as its decimal digits.
    const void* value = sqlite3_column_blob(row, i);
    bytes->append(static_cast<const char*>(value),
                  value == nullptr ? 0 : static_cast<size_t>(sqlite3_column_bytes(row, i)));
    bytes->push_back('\n');
  }
}

}  // namespace

absl::StatusOr<StoreText> ReadWholeStore(const std::string& path, const std::string& key_path) {
  VERVET_ASSIGN_OR_RETURN(const Secret<32> key, storage::ReadKeyFile(key_path));
  VERVET_ASSIGN_OR_RETURN(const Connection connection, OpenReadOnly(path, key));
  StoreText text;
  std::vector<std::string> tables;
  VERVET_RETURN_IF_ERROR(ForEachRow(
      connection.get(), path, "SELECT type, name, tbl_name, sql FROM sqlite_master",
      [&](sqlite3_stmt* row) {
        AppendRow(row, &text.bytes);
        const std::string type(reinterpret_cast<const char*>(sqlite3_column_text(row, 0)));
        if (type == "table")
          tables.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(row, 1)));
      }));
  for (const std::string& table : tables) {
    const std::string quoted =
        absl::StrCat("\"", absl::StrReplaceAll(table, {{"\"", "\"\""}}), "\"");
    VERVET_RETURN_IF_ERROR(ForEachRow(
        connection.get(), path, absl::StrCat("SELECT * FROM ", quoted), [&](sqlite3_stmt* row) {
          AppendRow(row, &text.bytes);
          ++text.rows;
        }));
  }
  text.tables = static_cast<int>(tables.size());
  return text;
}

}  // namespace vervet::coalition
