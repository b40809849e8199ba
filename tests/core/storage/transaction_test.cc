#include "core/storage/transaction.h"

#include <gtest/gtest.h>

#include "tests/core/storage/store_fixture.h"

namespace vervet::storage {
namespace {

class TransactionTest : public StoreTest {
 protected:
  std::unique_ptr<Database> database_ = MustOpen();
};

TEST_F(TransactionTest, KeepsEveryChangeOfACommit) {
  auto transaction = Transaction::Begin(*database_);
  ASSERT_TRUE(transaction.ok());
  ASSERT_TRUE(AddNote(*database_, 1, "a").ok());
  ASSERT_TRUE(AddNote(*database_, 2, "b").ok());
  ASSERT_TRUE(transaction->Commit().ok());
  EXPECT_EQ(transaction->Commit().code(), absl::StatusCode::kInternal);
  database_.reset();
  database_ = MustOpen();
  EXPECT_EQ(CountNotes(*database_), 2);
}

TEST_F(TransactionTest, RollsBackWhenItIsDropped) {
  {
    auto transaction = Transaction::Begin(*database_);
    ASSERT_TRUE(AddNote(*database_, 1, "a").ok());
    Transaction moved = *std::move(transaction);
    EXPECT_EQ(CountNotes(*database_), 1);
  }
  EXPECT_EQ(CountNotes(*database_), 0);
  auto next = Transaction::Begin(*database_);
  ASSERT_TRUE(next.ok()) << next.status();
  next->Rollback();
  next->Rollback();
  EXPECT_TRUE(AddNote(*database_, 1, "a").ok());
}

TEST_F(TransactionTest, IsTheOnlyOneOnItsConnection) {
  auto first = Transaction::Begin(*database_);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(Transaction::Begin(*database_).status().code(), absl::StatusCode::kInternal);
  EXPECT_TRUE(first->Commit().ok());
}

TEST_F(TransactionTest, FindsTheStoreBusyAtItsBeginning) {
  auto other = MustOpen();
  auto first = Transaction::Begin(*database_);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(Transaction::Begin(*other).status().code(), absl::StatusCode::kUnavailable);
  ASSERT_TRUE(first->Commit().ok());
  EXPECT_TRUE(Transaction::Begin(*other).ok());
}

TEST_F(TransactionTest, KeepsItsOtherChangesWhenOneStatementIsRefused) {
  auto transaction = Transaction::Begin(*database_);
  ASSERT_TRUE(AddNote(*database_, 1, "a").ok());
  EXPECT_EQ(AddNote(*database_, 1, "again").code(), absl::StatusCode::kAlreadyExists);
  ASSERT_TRUE(AddNote(*database_, 2, "b").ok());
  ASSERT_TRUE(transaction->Commit().ok());
  EXPECT_EQ(CountNotes(*database_), 2);
}

// After such an error SQLite is back in autocommit mode: without a guard the next change would be
// kept on its own.
TEST_F(TransactionTest, StoresNothingMoreAfterAnErrorRolledItBack) {
  auto transaction = Transaction::Begin(*database_);
  ASSERT_TRUE(AddNote(*database_, 1, "a").ok());
  ASSERT_FALSE(
      database_->Execute("INSERT OR ROLLBACK INTO notes (id, body) VALUES (1, x'00')").ok());
  EXPECT_EQ(AddNote(*database_, 2, "b").code(), absl::StatusCode::kAborted);
  EXPECT_EQ(transaction->Commit().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(CountNotes(*database_), 0);
  EXPECT_TRUE(AddNote(*database_, 3, "c").ok());
}

}  // namespace
}  // namespace vervet::storage
