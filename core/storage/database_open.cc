// Opening a store, in an order that changes nothing before everything about it is known to be
// right.
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <limits>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/base/status_macros.h"
#include "core/storage/database.h"
#include "core/storage/durable_file.h"
#include "core/storage/file_handle.h"
#include "core/storage/sqlite_status.h"
#include "core/storage/statement.h"
#include "core/storage/transaction.h"

namespace vervet::storage {
namespace {

// What SQLCipher 3.4 writes, said in a way that 4.x follows and 3.4 ignores where it does not know
// the word.
constexpr char kFormatPragmas[] =
    "PRAGMA cipher_page_size = 4096;"
    "PRAGMA cipher_hmac_algorithm = HMAC_SHA1;"
    "PRAGMA cipher_kdf_algorithm = PBKDF2_HMAC_SHA1;"
    "PRAGMA kdf_iter = 64000;";

absl::Status CheckOptions(const std::string& path, const OpenOptions& options) {
  if (path.empty()) return absl::InvalidArgumentError("the store's path is empty: name a file");
  if (options.application_id == 0 || options.schema_version < 1) {
    return absl::InvalidArgumentError(
        "application_id must not be 0 and schema_version starts at 1");
  }
  return absl::OkStatus();
}

// A new file, for its owner alone. SQLite gives the write-ahead log the main file's mode.
absl::Status CreatePrivateFile(const std::string& path) {
  FileHandle file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.valid() && errno == ENOENT) {
    return absl::FailedPreconditionError(absl::StrCat(
        "creating the store ", path, ": its folder does not exist: create the folder"));
  }
  if (!file.valid()) return FileError(errno, "creating the store", path);
  if (::fchmod(file.fd(), 0600) != 0) return FileError(errno, "creating the store", path);
  if (const int error = file.Close(); error != 0) return FileError(error, "creating", path);
  return SyncFolderOf(path);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& path,
                                                         const Secret<32>& key,
                                                         const OpenOptions& options) {
  VERVET_RETURN_IF_ERROR(CheckOptions(path, options));
  // SQLite gives ":memory:" and "file:" a meaning; here every path is a path.
  auto database = absl::WrapUnique(
      new Database(path[0] == '/' ? path : absl::StrCat("./", path), key, options));
  VERVET_ASSIGN_OR_RETURN(const bool is_new, database->PrepareFiles());
  VERVET_RETURN_IF_ERROR(database->Connect());
  VERVET_ASSIGN_OR_RETURN(const bool is_blank, database->IsBlank());
  if (is_blank && !is_new && !options.create_if_missing) {
    return absl::NotFoundError(
        absl::StrCat("there is no store in ", path, " yet: create it first"));
  }
  if (!is_blank) VERVET_RETURN_IF_ERROR(database->CheckIdentity());
  if (options.read_only) {
    VERVET_RETURN_IF_ERROR(database->ConfigureReader());
    return database;
  }
  VERVET_RETURN_IF_ERROR(database->ConfigureWriter());
  VERVET_RETURN_IF_ERROR(is_blank ? database->CreateSchema() : database->MigrateSchema());
  return database;
}

absl::StatusOr<std::unique_ptr<Database>> Database::OpenReader(int cache_kib) const {
  OpenOptions options = options_;
  options.read_only = true;
  options.create_if_missing = false;
  options.cache_kib = cache_kib;
  options.migrate = nullptr;
  auto reader = absl::WrapUnique(new Database(path_, key_, std::move(options)));
  VERVET_RETURN_IF_ERROR(reader->Connect());
  VERVET_RETURN_IF_ERROR(reader->ConfigureReader());
  return reader;
}

absl::StatusOr<bool> Database::PrepareFiles() const {
  sqlite3_vfs* const vfs =
      sqlite3_vfs_find(options_.vfs_name.empty() ? nullptr : options_.vfs_name.c_str());
  if (vfs == nullptr) return absl::InternalError("no sqlite3_vfs is registered under vfs_name");
  // SQLite counts an empty file as missing here.
  const auto holds_bytes = [vfs](const std::string& path) {
    int exists = 0;
    return vfs->xAccess(vfs, path.c_str(), SQLITE_ACCESS_EXISTS, &exists) == SQLITE_OK &&
           exists != 0;
  };
  if (holds_bytes(path_)) return false;
  // SQLite would delete the log beside an empty file, and with it commits that somebody was
  // promised.
  if (holds_bytes(absl::StrCat(path_, "-wal"))) {
    return absl::DataLossError(
        absl::StrCat("store ", path_,
                     ": the main file is missing or empty, but its write-ahead log is there: "
                     "restore both from a backup; nothing was changed"));
  }
  if (!options_.create_if_missing || options_.read_only) {
    return absl::NotFoundError(
        absl::StrCat("there is no store in ", path_, ": check the path, or create it first"));
  }
  if (options_.vfs_name.empty()) VERVET_RETURN_IF_ERROR(CreatePrivateFile(path_));
  return true;
}

absl::Status Database::Connect() {
  int flags = SQLITE_OPEN_NOMUTEX;
  flags |= options_.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  if (options_.create_if_missing && !options_.read_only) flags |= SQLITE_OPEN_CREATE;
  std::string name = path_;
  if (options_.read_only && options_.at_rest) {
    // RFC 3986: what could end the path, or begin an escape, is escaped.
    name = absl::StrCat(
        "file:", absl::StrReplaceAll(path_, {{"%", "%25"}, {"?", "%3f"}, {"#", "%23"}}),
        "?immutable=1");
    flags |= SQLITE_OPEN_URI;
  }
  const int code = sqlite3_open_v2(name.c_str(), &handle_, flags,
                                   options_.vfs_name.empty() ? nullptr : options_.vfs_name.c_str());
  if (handle_ == nullptr) return SqliteStatus(SQLITE_NOMEM, 0, path_);
  sqlite3_extended_result_codes(handle_, 1);
  if (code != SQLITE_OK) return Failure(sqlite3_extended_errcode(handle_));
  const int64_t timeout_ms = absl::ToInt64Milliseconds(options_.busy_timeout);
  sqlite3_busy_timeout(
      handle_, static_cast<int>(std::min<int64_t>(timeout_ms, std::numeric_limits<int>::max())));
  VERVET_RETURN_IF_ERROR(ApplyKey());
  return ConfirmKey();
}

// sqlite3_key with SQLCipher's raw-key notation does what PRAGMA key does, without SQL text that
// SQLite would copy.
absl::Status Database::ApplyKey() {
  std::array<char, 2 + 64 + 1 + 1> text;  // x'…' and the NUL that sodium_bin2hex writes.
  text[0] = 'x';
  text[1] = '\'';
  sodium_bin2hex(text.data() + 2, 65, key_.RevealSecret().data(), 32);
  text[66] = '\'';
  const int code = sqlite3_key(handle_, text.data(), 67);
  sodium_memzero(text.data(), text.size());
  if (code != SQLITE_OK) return Failure(code);
  return Execute(kFormatPragmas);
}

absl::Status Database::ConfirmKey() {
  {
    VERVET_ASSIGN_OR_RETURN(Statement version, Statement::Prepare(*this, "PRAGMA cipher_version"));
    VERVET_ASSIGN_OR_RETURN(const bool is_sqlcipher, version.Step());
    if (!is_sqlcipher) {
      return absl::InternalError(
          "this program was linked with SQLite, not SQLCipher, and would not encrypt: rebuild it");
    }
  }
  // The first access to the file.
  const int code = sqlite3_exec(handle_, "SELECT 1 FROM sqlite_master", nullptr, nullptr, nullptr);
  if ((code & 0xff) == SQLITE_NOTADB) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the key does not open ", path_, ": wrong key file, or the file is damaged or not ",
        options_.kind, "; check the key file, else restore a backup; nothing was changed"));
  }
  return code == SQLITE_OK ? absl::OkStatus() : Failure(code);
}

absl::StatusOr<bool> Database::IsBlank() {
  VERVET_ASSIGN_OR_RETURN(const int64_t application, QueryInt64("PRAGMA application_id"));
  VERVET_ASSIGN_OR_RETURN(const int64_t version, QueryInt64("PRAGMA user_version"));
  VERVET_ASSIGN_OR_RETURN(const int64_t tables, QueryInt64("SELECT count(*) FROM sqlite_master"));
  return application == 0 && version == 0 && tables == 0;
}

absl::Status Database::CheckIdentity() {
  VERVET_ASSIGN_OR_RETURN(const int64_t application, QueryInt64("PRAGMA application_id"));
  if (application != options_.application_id) {
    return absl::FailedPreconditionError(
        absl::StrCat(path_, " is not ", options_.kind, ": check the path; nothing was changed"));
  }
  VERVET_ASSIGN_OR_RETURN(const int64_t version, QueryInt64("PRAGMA user_version"));
  if (version > options_.schema_version) {
    return absl::FailedPreconditionError(absl::StrCat(
        path_, " was written by a newer version (schema ", version, ", this program knows ",
        options_.schema_version, "): upgrade the program; nothing was changed"));
  }
  const bool can_upgrade = options_.migrate != nullptr && !options_.read_only;
  if (version < options_.schema_version && !can_upgrade) {
    return absl::FailedPreconditionError(
        absl::StrCat(path_, " was written by an older version (schema ", version,
                     ", this program knows ", options_.schema_version, "): ",
                     options_.read_only ? "start the program that writes it once"
                                        : "upgrade through a version that migrates it",
                     "; nothing was changed"));
  }
  return absl::OkStatus();
}

absl::Status Database::ConfigureReader() {
  return Execute(
      absl::StrCat("PRAGMA query_only = ON;"
                   "PRAGMA wal_autocheckpoint = 0;"
                   "PRAGMA temp_store = MEMORY;"
                   "PRAGMA cache_size = -",
                   options_.cache_kib));
}

absl::Status Database::ConfigureWriter() {
  {
    VERVET_ASSIGN_OR_RETURN(Statement mode, Statement::Prepare(*this, "PRAGMA journal_mode = WAL"));
    VERVET_ASSIGN_OR_RETURN(const bool has_row, mode.Step());
    if (!has_row || mode.ColumnText(0) != "wal") {
      return absl::FailedPreconditionError(
          absl::StrCat("store ", path_,
                       ": the file system cannot share memory between connections, which the "
                       "write-ahead log needs: use a local file system"));
    }
    // SQLite writes the change of mode when the statement ends, and only there says that it could
    // not: without this the store would go on with a rollback journal, whose removal is not synced.
    VERVET_RETURN_IF_ERROR(mode.Step().status());
  }
  return Execute(absl::StrCat(
      "PRAGMA synchronous = FULL;"
      "PRAGMA secure_delete = ON;"
      "PRAGMA foreign_keys = ON;"
      "PRAGMA temp_store = MEMORY;"
      "PRAGMA wal_autocheckpoint = ",
      options_.wal_autocheckpoint_pages, ";PRAGMA cache_size = -", options_.cache_kib));
}

absl::Status Database::CreateSchema() {
  VERVET_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*this));
  VERVET_RETURN_IF_ERROR(Execute(options_.schema_sql));
  VERVET_RETURN_IF_ERROR(Execute(absl::StrCat("PRAGMA application_id = ", options_.application_id,
                                              ";PRAGMA user_version = ", options_.schema_version)));
  return transaction.Commit();
}

absl::Status Database::MigrateSchema() {
  VERVET_ASSIGN_OR_RETURN(const int64_t version, QueryInt64("PRAGMA user_version"));
  if (version == options_.schema_version) return absl::OkStatus();
  VERVET_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*this));
  VERVET_RETURN_IF_ERROR(options_.migrate(*this, static_cast<int32_t>(version)));
  VERVET_RETURN_IF_ERROR(Execute(absl::StrCat("PRAGMA user_version = ", options_.schema_version)));
  return transaction.Commit();
}

}  // namespace vervet::storage
