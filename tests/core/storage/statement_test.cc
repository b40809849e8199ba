#include "core/storage/statement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "tests/core/storage/store_fixture.h"

namespace vervet::storage {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class StatementTest : public StoreTest {
 protected:
  Statement MustPrepare(absl::string_view sql) {
    auto statement = Statement::Prepare(*database_, sql);
    EXPECT_TRUE(statement.ok()) << statement.status();
    return *std::move(statement);
  }
  std::unique_ptr<Database> database_ = MustOpen();
};

TEST_F(StatementTest, GivesBackWhatWasBound) {
  Statement echo = MustPrepare("SELECT ?1, ?2, ?3, ?4, typeof(?2), typeof(?3)");
  const std::vector<uint8_t> blob = {0, 255, 0, 7};
  echo.BindInt64(1, std::numeric_limits<int64_t>::min()).BindBlob(2, blob);
  echo.BindText(3, "g\xc3\xa9nette").BindNull(4);
  ASSERT_EQ(echo.Step().value_or(false), true);
  EXPECT_EQ(echo.ColumnCount(), 6);
  EXPECT_EQ(echo.ColumnInt64(0), std::numeric_limits<int64_t>::min());
  EXPECT_THAT(echo.ColumnBlob(1), ::testing::ElementsAreArray(blob));
  EXPECT_EQ(echo.ColumnText(2), "g\xc3\xa9nette");
  EXPECT_TRUE(echo.ColumnIsNull(3));
  EXPECT_FALSE(echo.ColumnIsNull(0));
  EXPECT_EQ(echo.ColumnText(4), "blob");
  EXPECT_EQ(echo.ColumnText(5), "text");
  const auto more = echo.Step();
  ASSERT_TRUE(more.ok());
  EXPECT_FALSE(*more);
}

TEST_F(StatementTest, KeepsAnEmptyValueApartFromNull) {
  Statement echo = MustPrepare("SELECT typeof(?1), typeof(?2), ?1");
  echo.BindBlob(1, absl::Span<const uint8_t>()).BindText(2, absl::string_view());
  ASSERT_EQ(echo.Step().value_or(false), true);
  EXPECT_EQ(echo.ColumnText(0), "blob");
  EXPECT_EQ(echo.ColumnText(1), "text");
  EXPECT_TRUE(echo.ColumnBlob(2).empty());
}

TEST_F(StatementTest, RunsAgainAfterResetWithoutTheOldValues) {
  Statement insert = MustPrepare("INSERT INTO notes (id, body) VALUES (?1, ?2)");
  ASSERT_TRUE(insert.BindInt64(1, 1).BindBlob(2, "one").Run().ok());
  EXPECT_EQ(database_->ChangedRows(), 1);
  // Run() dropped the bindings: the body is NULL now.
  const absl::Status without_body = insert.BindInt64(1, 2).Run();
  EXPECT_EQ(without_body.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(without_body.message()), HasSubstr("NOT NULL"));
  EXPECT_TRUE(insert.BindInt64(1, 2).BindBlob(2, "two").Run().ok());
  EXPECT_EQ(CountNotes(*database_), 2);
}

TEST_F(StatementTest, NamesNoBoundValueInAnError) {
  ASSERT_TRUE(database_->Execute("CREATE TABLE named (name TEXT UNIQUE)").ok());
  Statement insert = MustPrepare("INSERT INTO named VALUES (?1)");
  ASSERT_TRUE(insert.BindText(1, "secret-handle").Run().ok());
  const absl::Status duplicate = insert.BindText(1, "secret-handle").Run();
  EXPECT_EQ(duplicate.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(duplicate.message()), HasSubstr("named.name"));
  EXPECT_THAT(std::string(duplicate.message()), Not(HasSubstr("secret-handle")));
}

TEST_F(StatementTest, RefusesToStepPastTheEnd) {
  Statement count = MustPrepare("SELECT count(*) FROM notes");
  EXPECT_EQ(count.Step().value_or(false), true);
  EXPECT_EQ(count.Step().value_or(true), false);
  EXPECT_EQ(count.Step().status().code(), absl::StatusCode::kInternal);
  count.Reset();
  EXPECT_EQ(count.Step().value_or(false), true);
}

TEST_F(StatementTest, ReportsAWrongBindingAtTheNextStep) {
  Statement echo = MustPrepare("SELECT ?1");
  EXPECT_EQ(echo.BindInt64(2, 1).Step().status().code(), absl::StatusCode::kInternal);
  echo.Reset();
  ASSERT_EQ(echo.BindInt64(1, 5).Step().value_or(false), true);
  EXPECT_EQ(echo.BindInt64(1, 6).Step().status().code(), absl::StatusCode::kInternal);
  echo.Reset();
  ASSERT_EQ(echo.BindInt64(1, 7).Step().value_or(false), true);
  EXPECT_EQ(echo.ColumnInt64(0), 7);
}

TEST_F(StatementTest, MovesWithItsPreparedForm) {
  Statement first = MustPrepare("SELECT 1");
  Statement second = MustPrepare("SELECT 2");
  second = std::move(first);
  ASSERT_EQ(second.Step().value_or(false), true);
  EXPECT_EQ(second.ColumnInt64(0), 1);
}

TEST_F(StatementTest, IsExactlyOneStatement) {
  for (const char* sql :
       {"", "  -- nothing\n", "SELECT 1; SELECT 2", "SELEKT 1", "SELECT x FROM no_such_table"}) {
    EXPECT_EQ(Statement::Prepare(*database_, sql).status().code(), absl::StatusCode::kInternal)
        << sql;
  }
  EXPECT_TRUE(Statement::Prepare(*database_, "SELECT 1; -- trailing comment").ok());
}

TEST_F(StatementTest, IsTooLongForTheStoreWithAnInvalidArgument) {
  Statement zeros = MustPrepare("SELECT zeroblob(2000000000)");
  EXPECT_EQ(zeros.Step().status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(StatementTest, ReleasesItsSnapshotAtTheEndOfAScope) {
  ASSERT_TRUE(AddNote(*database_, 1, "x").ok());
  auto reader = database_->OpenReader();
  ASSERT_TRUE(reader.ok()) << reader.status();
  auto select = Statement::Prepare(**reader, "SELECT id FROM notes");
  ASSERT_TRUE(select.ok());
  {
    StatementReset reset(*select);
    ASSERT_EQ(select->Step().value_or(false), true);
    EXPECT_EQ(database_->Checkpoint(CheckpointMode::kTruncate).code(),
              absl::StatusCode::kUnavailable);
  }
  EXPECT_TRUE(database_->Checkpoint(CheckpointMode::kTruncate).ok());
}

}  // namespace
}  // namespace vervet::storage
