// A copy of a store that is in use, through SQLite's backup interface.
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/database.h"
#include "core/storage/durable_file.h"
#include "core/storage/file_handle.h"
#include "core/storage/sqlite_status.h"
#include "core/storage/statement.h"

namespace vervet::storage {
namespace {

// One step copies everything inside one read transaction. In several, SQLite begins anew whenever
// another process has written, and a busy hub's copy would never end.
constexpr int kAllPages = -1;

// The copy's connection reports the source's trouble too.
bool IsOfTheSource(int code) {
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_ERROR:  // what SQLCipher's codec says of a page whose MAC is wrong
      return true;
    default:
      return code == SQLITE_IOERR_READ || code == SQLITE_IOERR_SHORT_READ;
  }
}

absl::Status CreateNewPrivateFile(const std::string& path) {
  FileHandle file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return FileError(errno, "creating", path);
  if (::fchmod(file.fd(), 0600) != 0) {
    const int error = errno;
    ::unlink(path.c_str());
    return FileError(error, "creating", path);
  }
  return absl::OkStatus();
}

absl::Status SyncFile(const std::string& path) {
  FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return FileError(errno, "opening", path);
  if (const int error = file.Sync(); error != 0) return FileError(error, "writing", path);
  return SyncFolderOf(path);
}

}  // namespace

absl::Status Database::CopyTo(const std::string& path) {
  if (path.empty()) return absl::InvalidArgumentError("the copy's path is empty: name a file");
  const std::string target = path[0] == '/' ? path : absl::StrCat("./", path);
  VERVET_RETURN_IF_ERROR(CreateNewPrivateFile(target));
  OpenOptions options = options_;
  options.read_only = false;
  options.create_if_missing = true;
  options.migrate = nullptr;
  absl::Status status;
  {
    auto copy = absl::WrapUnique(new Database(target, key_, options));
    status = copy->Connect();
    if (status.ok()) status = CopyInto(*copy);
  }
  if (status.ok()) status = SyncFile(target);
  if (!status.ok()) {
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
      ::unlink(absl::StrCat(target, suffix).c_str());
    }
  }
  return status;
}

absl::Status Database::CopyInto(Database& copy) {
  // Nothing to roll back to: a copy that fails is deleted.
  VERVET_RETURN_IF_ERROR(copy.Execute(
      "PRAGMA journal_mode = OFF; PRAGMA synchronous = FULL; PRAGMA cache_size = -8192"));
  sqlite3_backup* const backup = sqlite3_backup_init(copy.handle_, "main", handle_, "main");
  if (backup == nullptr) return copy.Failure(sqlite3_extended_errcode(copy.handle_));
  int code = sqlite3_backup_step(backup, kAllPages);
  const int finished = sqlite3_backup_finish(backup);
  if (code == SQLITE_DONE) code = finished;
  if (code != SQLITE_OK) {
    if (!IsOfTheSource(code)) return copy.Failure(code);
    return SqliteStatus((code & 0xff) == SQLITE_ERROR ? SQLITE_CORRUPT : code, 0, path_);
  }
  // The copied header asks for a write-ahead log; without one it can be read where nothing can be
  // written.
  VERVET_ASSIGN_OR_RETURN(Statement mode, Statement::Prepare(copy, "PRAGMA journal_mode = DELETE"));
  VERVET_ASSIGN_OR_RETURN(const bool has_row, mode.Step());
  if (!has_row || mode.ColumnText(0) != "delete") {
    return absl::InternalError(absl::StrCat("the copy ", copy.path(), " kept its journal's mode"));
  }
  return absl::OkStatus();
}

}  // namespace vervet::storage
