#include "core/storage/statement.h"

#include <sqlite3.h>

#include <utility>

#include "core/base/status_macros.h"
#include "core/storage/sqlite_status.h"

namespace vervet::storage {

absl::StatusOr<sqlite3_stmt*> Statement::PrepareFirst(Database& database, absl::string_view& sql) {
  sqlite3_stmt* statement = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v2(database.handle_, sql.data(), static_cast<int>(sql.size()),
                                      &statement, &rest);
  if (code != SQLITE_OK) return database.Failure(code);
  sql.remove_prefix(static_cast<size_t>(rest - sql.data()));
  return statement;
}

absl::StatusOr<Statement> Statement::Prepare(Database& database, absl::string_view sql) {
  VERVET_ASSIGN_OR_RETURN(sqlite3_stmt * prepared, PrepareFirst(database, sql));
  Statement statement(&database, prepared);
  if (prepared == nullptr) return absl::InternalError("the SQL text holds no statement");
  VERVET_ASSIGN_OR_RETURN(sqlite3_stmt * second, PrepareFirst(database, sql));
  if (second != nullptr) {
    sqlite3_finalize(second);
    return absl::InternalError("the SQL text holds more than one statement");
  }
  return statement;
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      binding_error_(other.binding_error_),
      started_(other.started_),
      finished_(other.finished_) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  if (this != &other) {
    sqlite3_finalize(statement_);
    database_ = other.database_;
    statement_ = std::exchange(other.statement_, nullptr);
    binding_error_ = other.binding_error_;
    started_ = other.started_;
    finished_ = other.finished_;
  }
  return *this;
}

bool Statement::MayBind() {
  if (started_) NoteBinding(SQLITE_MISUSE);
  return !started_;
}

void Statement::NoteBinding(int code) {
  if (binding_error_ == SQLITE_OK) binding_error_ = code;
}

Statement& Statement::BindInt64(int index, int64_t value) {
  if (MayBind()) NoteBinding(sqlite3_bind_int64(statement_, index, value));
  return *this;
}

Statement& Statement::BindBlob(int index, absl::Span<const uint8_t> value) {
  if (!MayBind()) return *this;
  // A null pointer would bind NULL, and an empty span may carry one.
  const void* const bytes = value.empty() ? static_cast<const void*>("") : value.data();
  NoteBinding(sqlite3_bind_blob64(statement_, index, bytes, value.size(), SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::BindBlob(int index, absl::string_view value) {
  return BindBlob(
      index, absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(value.data()), value.size()));
}

Statement& Statement::BindText(int index, absl::string_view value) {
  if (!MayBind()) return *this;
  const char* const text = value.empty() ? "" : value.data();
  NoteBinding(
      sqlite3_bind_text64(statement_, index, text, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}

Statement& Statement::BindNull(int index) {
  if (MayBind()) NoteBinding(sqlite3_bind_null(statement_, index));
  return *this;
}

absl::StatusOr<bool> Statement::Step() {
  if (binding_error_ == SQLITE_MISUSE) {
    return absl::InternalError("a value was bound to a started statement: Reset() it first");
  }
  if (binding_error_ != SQLITE_OK) return SqliteStatus(binding_error_, 0, database_->path());
  if (finished_) return absl::InternalError("stepped past the end: Reset() the statement first");
  if (database_->TransactionLost()) {
    return absl::AbortedError("an earlier error rolled the transaction back: nothing was stored");
  }
  started_ = true;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) {
    if (absl::Status intact = database_->ConfirmPagesRead(); !intact.ok()) {
      sqlite3_reset(statement_);
      finished_ = true;
      return intact;
    }
    return true;
  }
  finished_ = true;
  const absl::Status status =
      code == SQLITE_DONE
          ? (database_->InsideTransaction() ? database_->ConfirmPagesRead() : absl::OkStatus())
          : database_->Failure(code);
  sqlite3_reset(statement_);
  if (!status.ok()) return status;
  return false;
}

absl::Status Statement::Run() {
  absl::StatusOr<bool> row = true;
  while (row.ok() && *row) row = Step();
  Reset();
  return row.status();
}

void Statement::Reset() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  binding_error_ = SQLITE_OK;
  started_ = false;
  finished_ = false;
}

int64_t Statement::ColumnInt64(int index) const { return sqlite3_column_int64(statement_, index); }

absl::Span<const uint8_t> Statement::ColumnBlob(int index) const {
  // The pointer before the size: the first call may convert the value.
  const auto* const bytes = static_cast<const uint8_t*>(sqlite3_column_blob(statement_, index));
  return absl::MakeConstSpan(bytes, static_cast<size_t>(sqlite3_column_bytes(statement_, index)));
}

absl::string_view Statement::ColumnBlobAsString(int index) const {
  const absl::Span<const uint8_t> bytes = ColumnBlob(index);
  return absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

absl::string_view Statement::ColumnText(int index) const {
  const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, index));
  return absl::string_view(text, static_cast<size_t>(sqlite3_column_bytes(statement_, index)));
}

bool Statement::ColumnIsNull(int index) const {
  return sqlite3_column_type(statement_, index) == SQLITE_NULL;
}

int Statement::ColumnCount() const { return sqlite3_column_count(statement_); }

}  // namespace vervet::storage
