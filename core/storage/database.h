// An encrypted SQLite store (SQLCipher): opened with a raw key, checked for whose it is, durable at
// every commit.
#ifndef VERVET_CORE_STORAGE_DATABASE_H_
#define VERVET_CORE_STORAGE_DATABASE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/secret.h"

struct sqlite3;
struct sqlite3_stmt;

namespace vervet::storage {

class Database;

struct OpenOptions {
  // SQLite's application_id, not 0: tells this kind of store from every other SQLite file.
  int32_t application_id = 0;
  // The name of this kind in messages.
  std::string kind = "a Vervet store";
  // What this program writes, from 1; kept in user_version.
  int32_t schema_version = 1;
  // Makes the tables of a new store, in one transaction with its identity.
  std::string schema_sql;
  // Brings an older store to `schema_version`, inside one transaction that also bumps the version.
  // Without it an older store is refused.
  std::function<absl::Status(Database&, int32_t from_version)> migrate;

  bool create_if_missing = false;
  bool read_only = false;
  // With read_only: nobody writes the store while it is open, and its write-ahead log is empty or
  // not there. Then nothing is created beside it, and no lock is taken.
  bool at_rest = false;
  int cache_kib = 65536;
  // After so many pages in the write-ahead log a commit moves them to the main file; 0 leaves it to
  // Checkpoint().
  int wal_autocheckpoint_pages = 1000;
  absl::Duration busy_timeout = absl::Seconds(5);
  // A registered sqlite3_vfs, for tests that make the disk fail; empty for the system's. Files that
  // another VFS makes get the mode which that VFS chooses.
  std::string vfs_name;
};

enum class CheckpointMode { kPassive, kTruncate };
enum class CheckDepth { kQuick, kFull };

// One connection. It, its statements and its transaction belong to one thread at a time;
// connections are independent. Statements die before their database. Errors as in sqlite_status.h;
// a damaged page is DATA_LOSS wherever it is met.
class Database {
 public:
  // NOT_FOUND: nothing there and not to be created. FAILED_PRECONDITION, and nothing changed: a
  // wrong key, another kind of store, a newer schema. DATA_LOSS: the write-ahead log is there, but
  // the main file is gone. The writer's process should hold a ProcessLock on `path`. New files get
  // mode 0600.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path,
                                                        const Secret<32>& key,
                                                        const OpenOptions& options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Another connection to the same store for another thread: reads only, never checkpoints, sees
  // each commit of the writer from its next statement on. May be called from any thread while this
  // object lives; may outlive it.
  absl::StatusOr<std::unique_ptr<Database>> OpenReader(int cache_kib = 8192) const;

  // Runs one or more constant statements and drops their rows. Values are bound in a Statement,
  // never spliced in.
  absl::Status Execute(absl::string_view sql);
  // First column of the first row; NOT_FOUND without a row.
  absl::StatusOr<int64_t> QueryInt64(absl::string_view sql);
  // Rows changed by the last INSERT, UPDATE or DELETE that finished.
  int64_t ChangedRows() const;

  // Writes everything that was committed when it began into a new file at `path`: encrypted with
  // the same key, one plain file without a write-ahead log, mode 0600, on the disk when it returns.
  // Other connections, of this process or another, go on reading and writing meanwhile, but the
  // write-ahead log cannot shrink. ALREADY_EXISTS where anything is at `path`; on an error nothing
  // is left there. The copy is as sound as the source: CheckIntegrity on it finds a page that could
  // not be read.
  absl::Status CopyTo(const std::string& path);

  // Moves committed pages into the main file; kTruncate also empties the write-ahead log (part of
  // an erasure) and is UNAVAILABLE when a reader held an old snapshot for `busy_timeout`, or holds
  // one now where `wait` is false.
  absl::Status Checkpoint(CheckpointMode mode, bool wait = true);

  // Reads the whole store. kFull also compares every index with its table. DATA_LOSS names the
  // first problem.
  absl::Status CheckIntegrity(CheckDepth depth);

  // Main file and write-ahead log together.
  absl::StatusOr<int64_t> FileSizeBytes() const;

  const std::string& path() const { return path_; }

 private:
  friend class Statement;
  friend class Transaction;

  Database(std::string path, const Secret<32>& key, OpenOptions options);

  // Opening, in this order; see database_open.cc.
  absl::StatusOr<bool> PrepareFiles() const;  // True where a new store is to be made.
  absl::Status Connect();
  absl::Status ApplyKey();
  absl::Status ConfirmKey();
  absl::StatusOr<bool> IsBlank();
  absl::Status CheckIdentity();
  absl::Status ConfigureReader();
  absl::Status ConfigureWriter();
  absl::Status CreateSchema();
  absl::Status MigrateSchema();

  absl::Status CheckForZeroPages();
  absl::Status CopyInto(Database& copy);
  absl::Status Failure(int code) const;
  absl::Status ConfirmPagesRead();
  bool InsideTransaction() const;
  // A statement failed in a way that made SQLite roll the open Transaction back.
  bool TransactionLost() const { return transaction_open_ && !InsideTransaction(); }

  const std::string path_;
  const Secret<32> key_;  // For OpenReader.
  const OpenOptions options_;
  sqlite3* handle_ = nullptr;
  sqlite3_stmt* probe_ = nullptr;
  int pages_read_ = 0;
  bool transaction_open_ = false;
};

}  // namespace vervet::storage

#endif  // VERVET_CORE_STORAGE_DATABASE_H_
