// The one place where a SQLite result code becomes a Status.
#ifndef VERVET_CORE_STORAGE_SQLITE_STATUS_H_
#define VERVET_CORE_STORAGE_SQLITE_STATUS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace vervet::storage {

// `code` is an extended result code other than SQLITE_OK, ROW and DONE; `system_errno` what the
// system said (0 where it said nothing); `detail` SQLite's own text where that names schema or SQL
// alone. Bound values never get here.
//
//   DATA_LOSS            CORRUPT, NOTADB, IOERR: damaged page, failing disk
//   RESOURCE_EXHAUSTED   FULL, or any error whose errno is a full disk, quota or size limit; NOMEM
//   UNAVAILABLE          BUSY, LOCKED, PROTOCOL: try again
//   FAILED_PRECONDITION  READONLY, CANTOPEN, PERM, AUTH
//   ALREADY_EXISTS       a UNIQUE or PRIMARY KEY constraint
//   INVALID_ARGUMENT     TOOBIG
//   CANCELLED            INTERRUPT
//   INTERNAL             the rest: the program used SQL wrongly
absl::Status SqliteStatus(int code, int system_errno, absl::string_view path,
                          absl::string_view detail = "");

}  // namespace vervet::storage

#endif  // VERVET_CORE_STORAGE_SQLITE_STATUS_H_
