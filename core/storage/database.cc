#include "core/storage/database.h"

#include <errno.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <cstring>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/file_handle.h"
#include "core/storage/sqlite_status.h"
#include "core/storage/statement.h"

namespace vervet::storage {
Database::Database(std::string path, const Secret<32>& key, OpenOptions options)
    : path_(std::move(path)), key_(key.Clone()), options_(std::move(options)) {}

Database::~Database() {
  sqlite3_finalize(probe_);
  // v2 waits for statements that are still there, where close would leak the connection.
  sqlite3_close_v2(handle_);
}

absl::Status Database::Execute(absl::string_view sql) {
  while (!sql.empty()) {
    VERVET_ASSIGN_OR_RETURN(sqlite3_stmt * prepared, Statement::PrepareFirst(*this, sql));
    if (prepared == nullptr) break;
    Statement statement(this, prepared);
    VERVET_RETURN_IF_ERROR(statement.Run());
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> Database::QueryInt64(absl::string_view sql) {
  VERVET_ASSIGN_OR_RETURN(Statement statement, Statement::Prepare(*this, sql));
  VERVET_ASSIGN_OR_RETURN(const bool has_row, statement.Step());
  if (!has_row) return absl::NotFoundError(absl::StrCat("store ", path_, ": no such row"));
  return statement.ColumnInt64(0);
}

int64_t Database::ChangedRows() const { return sqlite3_changes(handle_); }

absl::Status Database::Checkpoint(CheckpointMode mode, bool wait) {
  const int sqlite_mode =
      mode == CheckpointMode::kTruncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
  if (!wait) sqlite3_busy_timeout(handle_, 0);
  const int code = sqlite3_wal_checkpoint_v2(handle_, "main", sqlite_mode, nullptr, nullptr);
  if (!wait) {
    sqlite3_busy_timeout(handle_,
                         static_cast<int>(absl::ToInt64Milliseconds(options_.busy_timeout)));
  }
  return code == SQLITE_OK ? absl::OkStatus() : Failure(code);
}

absl::StatusOr<int64_t> Database::FileSizeBytes() const {
  int64_t total = 0;
  for (const char* suffix : {"", "-wal"}) {
    struct stat info;
    const std::string path = absl::StrCat(path_, suffix);
    if (::stat(path.c_str(), &info) == 0) {
      total += info.st_size;
    } else if (errno != ENOENT || *suffix == '\0') {
      return FileError(errno, "measuring", path);
    }
  }
  return total;
}

absl::Status Database::Failure(int code) const {
  const int primary = code & 0xff;
  const char* const message = sqlite3_errmsg(handle_);
  // Only SQLCipher's codec, when a page's MAC is wrong, gives this code without a text of its own.
  if (primary == SQLITE_ERROR && std::strcmp(message, sqlite3_errstr(SQLITE_ERROR)) == 0) {
    return SqliteStatus(SQLITE_CORRUPT, 0, path_);
  }
  const bool names_schema_alone = primary == SQLITE_ERROR || primary == SQLITE_CONSTRAINT;
  return SqliteStatus(code, sqlite3_system_errno(handle_), path_,
                      names_schema_alone ? message : "");
}

// SQLCipher 3.4 hands out zeros for a page whose MAC is wrong, and only the *next* page that the
// same snapshot fetches fails. So whenever pages came from the disk, one more (the first, always
// cached) is fetched before a row is believed.
absl::Status Database::ConfirmPagesRead() {
  const auto pages_read = [this] {
    int count = 0;
    int highwater = 0;
    sqlite3_db_status(handle_, SQLITE_DBSTATUS_CACHE_MISS, &count, &highwater, /*resetFlg=*/0);
    return count;
  };
  if (pages_read() == pages_read_) return absl::OkStatus();
  if (probe_ == nullptr) {
    const int code =
        sqlite3_prepare_v2(handle_, "SELECT 1 FROM sqlite_master LIMIT 1", -1, &probe_, nullptr);
    if (code != SQLITE_OK) return Failure(code);
  }
  const int code = sqlite3_step(probe_);
  absl::Status status;
  if (code != SQLITE_ROW && code != SQLITE_DONE) status = Failure(code);
  sqlite3_reset(probe_);
  pages_read_ = pages_read();
  return status;
}

bool Database::InsideTransaction() const { return sqlite3_get_autocommit(handle_) == 0; }

}  // namespace vervet::storage
