#include "core/storage/transaction.h"

#include <sqlite3.h>

#include <utility>

namespace vervet::storage {

absl::StatusOr<Transaction> Transaction::Begin(Database& database) {
  if (database.transaction_open_) {
    return absl::InternalError("a transaction is open on this connection already: commit it first");
  }
  const int code = sqlite3_exec(database.handle_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return database.Failure(code);
  database.transaction_open_ = true;
  return Transaction(&database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

absl::Status Transaction::Commit() {
  if (database_ == nullptr) return absl::InternalError("the transaction is over already");
  if (database_->TransactionLost()) {
    Rollback();
    return absl::AbortedError("an earlier error rolled the transaction back: nothing was stored");
  }
  const int code = sqlite3_exec(database_->handle_, "COMMIT", nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) {
    const absl::Status failure = database_->Failure(code);
    Rollback();
    return failure;
  }
  database_->transaction_open_ = false;
  database_ = nullptr;
  return absl::OkStatus();
}

void Transaction::Rollback() {
  if (database_ == nullptr) return;
  if (database_->InsideTransaction()) {
    // Its result says nothing new: whatever fails here, the changes stay uncommitted.
    sqlite3_exec(database_->handle_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  database_->transaction_open_ = false;
  database_ = nullptr;
}

}  // namespace vervet::storage
