// A write transaction that rolls back unless it was committed.
#ifndef VERVET_CORE_STORAGE_TRANSACTION_H_
#define VERVET_CORE_STORAGE_TRANSACTION_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/storage/database.h"

namespace vervet::storage {

// One at a time per Database; same thread, and must die before it.
class Transaction {
 public:
  // Takes the write lock at once (BEGIN IMMEDIATE), so that a busy store shows here and not at the
  // commit.
  static absl::StatusOr<Transaction> Begin(Database& database);
  ~Transaction() { Rollback(); }
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;

  // OK: every change is on the disk. Any error: none is, and the transaction is over.
  absl::Status Commit();
  // Drops every change; does nothing after Commit().
  void Rollback();

 private:
  explicit Transaction(Database* database) : database_(database) {}

  Database* database_;  // Null when it is over.
};

}  // namespace vervet::storage

#endif  // VERVET_CORE_STORAGE_TRANSACTION_H_
