// Bytes on the disk change behind the store's back. SQLCipher 3.4 itself answers some of these
// reads with zeros.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/storage/database.h"
#include "tests/core/storage/store_fixture.h"

namespace vervet::storage {
namespace {

constexpr size_t kPageSizeBytes = 4096;

class DamagedStore : public StoreTest {
 protected:
  void Fill(int notes, const std::string& body) {
    auto database = MustOpen();
    for (int64_t id = 1; id <= notes; ++id) ASSERT_TRUE(AddNote(*database, id, body).ok());
  }
  size_t PageCount() { return std::filesystem::file_size(path_) / kPageSizeBytes; }
  void FlipBytesInPage(size_t page) {
    std::string bytes = ReadAll(path_);
    for (size_t i = 0; i < 8; ++i) bytes[(page - 1) * kPageSizeBytes + 1000 + i] ^= 0x40;
    WriteAll(path_, bytes);
  }
  void ZeroPage(size_t page) {
    std::string bytes = ReadAll(path_);
    bytes.replace((page - 1) * kPageSizeBytes, kPageSizeBytes, kPageSizeBytes, '\0');
    WriteAll(path_, bytes);
  }
  void ExpectCheckFindsDamage() {
    for (const CheckDepth depth : {CheckDepth::kQuick, CheckDepth::kFull}) {
      auto database = MustOpen();
      EXPECT_EQ(database->CheckIntegrity(depth).code(), absl::StatusCode::kDataLoss);
    }
  }
};

TEST_F(DamagedStore, IsWholeBefore) {
  Fill(100, std::string(1000, 'v'));
  auto database = MustOpen();
  EXPECT_TRUE(database->CheckIntegrity(CheckDepth::kQuick).ok());
  EXPECT_TRUE(database->CheckIntegrity(CheckDepth::kFull).ok());
}

TEST_F(DamagedStore, IsDataLossWhenAPageInTheMiddleIsRead) {
  Fill(100, std::string(1000, 'v'));
  ASSERT_GT(PageCount(), 20u);
  FlipBytesInPage(3);
  {
    auto database = MustOpen();
    EXPECT_EQ(database->QueryInt64("SELECT sum(length(body)) FROM notes").status().code(),
              absl::StatusCode::kDataLoss);
    auto reader = database->OpenReader();
    ASSERT_TRUE(reader.ok()) << reader.status();
    EXPECT_EQ((*reader)->QueryInt64("SELECT sum(length(body)) FROM notes").status().code(),
              absl::StatusCode::kDataLoss);
  }
  ExpectCheckFindsDamage();
}

TEST_F(DamagedStore, NeverAnswersAReadWithInventedBytes) {
  const std::string body(20000, 'v');
  Fill(2, body);
  const std::string whole = ReadAll(path_);
  int refused = 0;
  for (size_t page = 2; page <= PageCount(); ++page) {
    FlipBytesInPage(page);
    auto database = MustOpen();
    for (int64_t id = 1; id <= 2; ++id) {
      const auto note = ReadNote(*database, id);
      if (note.ok()) {
        EXPECT_EQ(*note, body) << "page " << page;
      } else {
        EXPECT_EQ(note.status().code(), absl::StatusCode::kDataLoss) << note.status();
        ++refused;
      }
    }
    EXPECT_EQ(database->CheckIntegrity(CheckDepth::kQuick).code(), absl::StatusCode::kDataLoss)
        << "page " << page;
    database.reset();
    WriteAll(path_, whole);
  }
  // Both notes share the root; each has a leaf and a tail of four pages.
  EXPECT_EQ(refused, 2 * (1 + 1 + 4));
}

TEST_F(DamagedStore, NeverCopiesOrCommitsInventedBytes) {
  Fill(1, std::string(20000, 'v'));
  FlipBytesInPage(PageCount());
  auto database = MustOpen();
  {
    auto transaction = Transaction::Begin(*database);
    ASSERT_TRUE(transaction.ok());
    EXPECT_EQ(ReadNote(*database, 1).status().code(), absl::StatusCode::kDataLoss);
    EXPECT_EQ(AddNote(*database, 2, "x").code(), absl::StatusCode::kDataLoss);
  }
  EXPECT_EQ(database->Execute("INSERT INTO notes (id, body) SELECT 3, body FROM notes").code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(CountNotes(*database), 1);
}

TEST_F(DamagedStore, FindsAPageOfZerosInTheIntegrityCheck) {
  Fill(1, std::string(20000, 'v'));
  ZeroPage(PageCount());
  ExpectCheckFindsDamage();
}

// A reader of the first commit keeps the checkpoint from the newer frame of a page in the middle;
// those behind it go into the file, and leave a hole there.
TEST_F(DamagedStore, IsNotSeenInAPageThatOnlyTheWriteAheadLogHasYet) {
  OpenOptions options = TestOptions();
  options.wal_autocheckpoint_pages = 0;
  auto database = MustOpen(options);
  ASSERT_TRUE(database->Checkpoint(CheckpointMode::kTruncate).ok());
  const size_t pages_before = PageCount();
  for (int64_t id = 1; id <= 3; ++id) {
    ASSERT_TRUE(AddNote(*database, id, std::string(9000, 'v')).ok());
  }
  auto reader = database->OpenReader();
  ASSERT_TRUE(reader.ok()) << reader.status();
  auto held = Statement::Prepare(**reader, "SELECT id FROM notes");
  ASSERT_TRUE(held.ok() && held->Step().value_or(false));
  ASSERT_TRUE(database->Execute("UPDATE notes SET body = zeroblob(9000) WHERE id < 3").ok());
  ASSERT_TRUE(database->Checkpoint(CheckpointMode::kPassive).ok());
  const std::string bytes = ReadAll(path_);
  bool hole = false;
  for (size_t page = pages_before; page < bytes.size() / kPageSizeBytes; ++page) {
    const std::string zeros(kPageSizeBytes, '\0');
    hole = hole || bytes.compare(page * kPageSizeBytes, kPageSizeBytes, zeros) == 0;
  }
  ASSERT_TRUE(hole);
  for (const CheckDepth depth : {CheckDepth::kQuick, CheckDepth::kFull}) {
    EXPECT_EQ(database->CheckIntegrity(depth), absl::OkStatus());
    EXPECT_EQ((*reader)->CheckIntegrity(depth), absl::OkStatus());
  }
}

TEST_F(DamagedStore, IsNotMistakenForAnIntactOneAfterMuchDeletion) {
  {
    auto database = MustOpen();
    auto transaction = Transaction::Begin(*database);
    for (int64_t id = 1; id <= 50; ++id) {
      ASSERT_TRUE(AddNote(*database, id, std::string(10000, 'v')).ok());
    }
    ASSERT_TRUE(database->Execute("DELETE FROM notes WHERE id > 1").ok());
    ASSERT_TRUE(transaction->Commit().ok());
    EXPECT_TRUE(database->CheckIntegrity(CheckDepth::kFull).ok());
  }
  auto database = MustOpen();
  EXPECT_TRUE(database->CheckIntegrity(CheckDepth::kFull).ok());
}

TEST_F(DamagedStore, IsRefusedWhenItsFirstPageIsDamagedOrCut) {
  Fill(1, "x");
  const std::string whole = ReadAll(path_);
  FlipBytesInPage(1);
  EXPECT_EQ(Open().status().code(), absl::StatusCode::kFailedPrecondition);
  ZeroPage(1);
  EXPECT_EQ(Open().status().code(), absl::StatusCode::kFailedPrecondition);
  WriteAll(path_, whole.substr(0, 100));
  EXPECT_EQ(Open().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReadAll(path_), whole.substr(0, 100));
  WriteAll(path_, whole);
  EXPECT_EQ(CountNotes(*MustOpen()), 1);
}

TEST_F(DamagedStore, IsDataLossWhenItsEndIsCutOff) {
  Fill(100, std::string(1000, 'v'));
  WriteAll(path_, ReadAll(path_).substr(0, 10 * kPageSizeBytes));
  auto database = Open();
  const absl::Status status =
      database.ok() ? (*database)->QueryInt64("SELECT sum(length(body)) FROM notes").status()
                    : database.status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
}

TEST_F(DamagedStore, KeepsALogWhoseMainFileIsGone) {
  ASSERT_EQ(RunInChild([&] {
              auto database = Open();
              ::_exit(database.ok() && AddNote(**database, 1, "in the log").ok() ? 0 : 1);
              return 1;
            }),
            0);
  const std::string log = ReadAll(path_ + "-wal");
  ASSERT_FALSE(log.empty());
  const std::string main_file = ReadAll(path_);
  std::filesystem::remove(path_);
  EXPECT_EQ(Open().status().code(), absl::StatusCode::kDataLoss);
  EXPECT_FALSE(std::filesystem::exists(path_));
  WriteAll(path_, "");
  EXPECT_EQ(Open().status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ReadAll(path_ + "-wal"), log);
  WriteAll(path_, main_file);
  EXPECT_EQ(ReadNote(*MustOpen(), 1).value_or(""), "in the log");
}

}  // namespace
}  // namespace vervet::storage
