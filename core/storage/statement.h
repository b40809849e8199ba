// A prepared statement: prepared once, bound and stepped many times.
#ifndef VERVET_CORE_STORAGE_STATEMENT_H_
#define VERVET_CORE_STORAGE_STATEMENT_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/storage/database.h"

namespace vervet::storage {

// Reset() → Bind…() → Step() until false → Reset(). A SELECT between a true Step() and Reset() pins
// its snapshot: the write-ahead log cannot shrink meanwhile. Same thread as its Database, and must
// die before it.
class Statement {
 public:
  // `sql` is one constant statement; INTERNAL where it is wrong.
  static absl::StatusOr<Statement> Prepare(Database& database, absl::string_view sql);
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;

  // `index` from 1. Values are copied; the copy is dropped by Reset(). A mistake (no such index,
  // bound while stepping) comes out of the next Step().
  Statement& BindInt64(int index, int64_t value);
  Statement& BindBlob(int index, absl::Span<const uint8_t> value);
  Statement& BindBlob(int index, absl::string_view value);
  Statement& BindText(int index, absl::string_view value);
  Statement& BindNull(int index);

  // True: a row is there. False: finished, and locks are released; the next Step() needs a Reset().
  // ABORTED where an earlier error has rolled the surrounding Transaction back: without that, this
  // change would be kept on its own.
  absl::StatusOr<bool> Step();
  // Steps to the end, dropping rows, and resets in every case.
  absl::Status Run();
  // Releases locks, drops the bound values and forgets an earlier error.
  void Reset();

  // Of the current row, `index` from 0. Views are valid until the next Step(), Reset() or a column
  // call of another type on the same index. NULL reads as 0 or empty.
  int64_t ColumnInt64(int index) const;
  absl::Span<const uint8_t> ColumnBlob(int index) const;
  absl::string_view ColumnBlobAsString(int index) const;
  absl::string_view ColumnText(int index) const;
  bool ColumnIsNull(int index) const;
  int ColumnCount() const;

 private:
  friend class Database;

  Statement(Database* database, sqlite3_stmt* statement)
      : database_(database), statement_(statement) {}
  // The first statement of `sql`, which then starts behind it; null where only blanks or comments
  // were left.
  static absl::StatusOr<sqlite3_stmt*> PrepareFirst(Database& database, absl::string_view& sql);
  bool MayBind();
  void NoteBinding(int code);

  Database* database_;
  sqlite3_stmt* statement_;
  int binding_error_ = 0;
  bool started_ = false;
  bool finished_ = false;
};

// Resets a statement at the end of a scope, so that an early return leaves no snapshot pinned.
class StatementReset {
 public:
  explicit StatementReset(Statement& statement) : statement_(statement) { statement_.Reset(); }
  ~StatementReset() { statement_.Reset(); }
  StatementReset(const StatementReset&) = delete;
  StatementReset& operator=(const StatementReset&) = delete;

 private:
  Statement& statement_;
};

}  // namespace vervet::storage

#endif  // VERVET_CORE_STORAGE_STATEMENT_H_
