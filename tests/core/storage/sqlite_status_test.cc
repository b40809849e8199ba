#include "core/storage/sqlite_status.h"

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <string>

namespace vervet::storage {
namespace {

using ::testing::HasSubstr;

absl::StatusCode CodeOf(int code, int system_errno = 0) {
  return SqliteStatus(code, system_errno, "/s.db").code();
}

TEST(SqliteStatus, CallsADamagedStoreDataLoss) {
  for (const int code : {SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_IOERR_READ, SQLITE_IOERR_SHORT_READ,
                         SQLITE_IOERR_FSYNC}) {
    EXPECT_EQ(CodeOf(code), absl::StatusCode::kDataLoss) << code;
  }
  EXPECT_EQ(CodeOf(SQLITE_IOERR_WRITE, EIO), absl::StatusCode::kDataLoss);
}

TEST(SqliteStatus, CallsAFullDiskResourceExhaustedHoweverItShows) {
  EXPECT_EQ(CodeOf(SQLITE_FULL), absl::StatusCode::kResourceExhausted);
  for (const int error : {ENOSPC, EDQUOT, EFBIG}) {
    EXPECT_EQ(CodeOf(SQLITE_IOERR_WRITE, error), absl::StatusCode::kResourceExhausted) << error;
    EXPECT_EQ(CodeOf(SQLITE_CANTOPEN, error), absl::StatusCode::kResourceExhausted) << error;
  }
  EXPECT_THAT(std::string(SqliteStatus(SQLITE_FULL, 0, "/s.db").message()),
              HasSubstr("/s.db: the disk is full, nothing was stored: free space, then restart"));
  EXPECT_EQ(CodeOf(SQLITE_BUSY, ENOSPC), absl::StatusCode::kUnavailable) << "an old errno";
}

TEST(SqliteStatus, CallsContentionUnavailable) {
  for (const int code : {SQLITE_BUSY, SQLITE_BUSY_SNAPSHOT, SQLITE_LOCKED, SQLITE_PROTOCOL}) {
    EXPECT_EQ(CodeOf(code), absl::StatusCode::kUnavailable) << code;
  }
}

TEST(SqliteStatus, CallsWhatTheOperatorMustPermitAFailedPrecondition) {
  for (const int code : {SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH}) {
    EXPECT_EQ(CodeOf(code), absl::StatusCode::kFailedPrecondition) << code;
  }
}

TEST(SqliteStatus, TellsADuplicateFromAProgramsMistake) {
  EXPECT_EQ(CodeOf(SQLITE_CONSTRAINT_UNIQUE), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(CodeOf(SQLITE_CONSTRAINT_PRIMARYKEY), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(CodeOf(SQLITE_CONSTRAINT_NOTNULL), absl::StatusCode::kInternal);
  EXPECT_EQ(CodeOf(SQLITE_ERROR), absl::StatusCode::kInternal);
  EXPECT_EQ(CodeOf(SQLITE_RANGE), absl::StatusCode::kInternal);
  EXPECT_EQ(CodeOf(SQLITE_TOOBIG), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(SQLITE_INTERRUPT), absl::StatusCode::kCancelled);
  EXPECT_EQ(CodeOf(SQLITE_IOERR_NOMEM), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace vervet::storage
