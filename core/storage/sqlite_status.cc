#include "core/storage/sqlite_status.h"

#include <sqlite3.h>

#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "core/storage/file_handle.h"

namespace vervet::storage {
namespace {

absl::Status DiskError(int system_errno, const std::string& what, const std::string& reason) {
  const std::string cause =
      system_errno == 0 ? reason
                        : absl::StrCat(reason, ", ", std::system_category().message(system_errno));
  return absl::DataLossError(absl::StrCat(what, "the disk failed (", cause,
                                          "): check the disk, then restart or restore a backup"));
}

absl::Status ConstraintError(int code, const std::string& what, const std::string& reason) {
  const bool is_duplicate = code == SQLITE_CONSTRAINT_UNIQUE ||
                            code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_ROWID;
  if (is_duplicate) return absl::AlreadyExistsError(absl::StrCat(what, reason));
  return absl::InternalError(absl::StrCat(what, reason));
}

}  // namespace

absl::Status SqliteStatus(int code, int system_errno, absl::string_view path,
                          absl::string_view detail) {
  const std::string what = absl::StrCat("store ", path, ": ");
  const std::string reason = detail.empty() ? sqlite3_errstr(code) : std::string(detail);
  const int primary = code & 0xff;
  const bool system_spoke = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN;
  if (primary == SQLITE_FULL || (system_spoke && IsOutOfSpace(system_errno))) {
    return absl::ResourceExhaustedError(
        absl::StrCat(what, "the disk is full, nothing was stored: free space, then restart"));
  }
  if (primary == SQLITE_NOMEM || code == SQLITE_IOERR_NOMEM) {
    return absl::ResourceExhaustedError(absl::StrCat(what, "out of memory"));
  }
  switch (primary) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(absl::StrCat(
          what, "a page is damaged: stop, keep a copy of the files, restore a backup"));
    case SQLITE_IOERR:
      return DiskError(system_errno, what, reason);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return absl::UnavailableError(
          absl::StrCat(what, "in use by another connection (", reason, "): try again"));
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return absl::FailedPreconditionError(absl::StrCat(
          what, reason, ": check that the file and its folder can be read and written"));
    case SQLITE_CONSTRAINT:
      return ConstraintError(code, what, reason);
    case SQLITE_TOOBIG:
      return absl::InvalidArgumentError(absl::StrCat(what, "a value is too long to be stored"));
    case SQLITE_INTERRUPT:
      return absl::CancelledError(absl::StrCat(what, "interrupted"));
    default:
      return absl::InternalError(absl::StrCat(what, reason, " (SQLite code ", code, ")"));
  }
}

}  // namespace vervet::storage
