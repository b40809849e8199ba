// A copy of a store that is in use.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "absl/strings/match.h"
#include "core/storage/durable_file.h"
#include "tests/core/storage/store_fixture.h"

namespace vervet::storage {
namespace {

using ::testing::HasSubstr;

class DatabaseCopy : public StoreTest {
 protected:
  absl::StatusOr<std::unique_ptr<Database>> OpenCopy(const Secret<32>& key) {
    OpenOptions options = TestOptions();
    options.create_if_missing = false;
    options.read_only = true;
    return Database::Open(copy_, key, options);
  }
  const std::string copy_ = folder_.File("copy.db");
};

TEST_F(DatabaseCopy, HoldsWhatWasCommittedAndIsEncryptedWithTheSameKey) {
  auto source = MustOpen();
  const std::string needle = "a text that must not stand in the file";
  for (int id = 1; id <= 500; ++id) ASSERT_TRUE(AddNote(*source, id, needle).ok());
  ASSERT_TRUE(source->CopyTo(copy_).ok());
  EXPECT_EQ(ModeOf(copy_), 0600);
  EXPECT_FALSE(absl::StrContains(ReadAll(copy_), needle));
  auto copy = OpenCopy(TestKey());
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_EQ(CountNotes(**copy), 500);
  EXPECT_TRUE((*copy)->CheckIntegrity(CheckDepth::kFull).ok());
  EXPECT_FALSE(OpenCopy(TestKey(0x11)).ok());
}

TEST_F(DatabaseCopy, IsOnePlainFile) {
  auto source = MustOpen();
  ASSERT_TRUE(AddNote(*source, 1, "note").ok());
  ASSERT_TRUE(source->CopyTo(copy_).ok());
  ASSERT_TRUE(OpenCopy(TestKey()).ok());
  for (const char* suffix : {"-wal", "-shm", "-journal"}) {
    EXPECT_FALSE(std::filesystem::exists(copy_ + suffix)) << suffix;
  }
}

TEST_F(DatabaseCopy, CanBecomeTheStore) {
  auto source = MustOpen();
  ASSERT_TRUE(AddNote(*source, 1, "note").ok());
  ASSERT_TRUE(source->CopyTo(copy_).ok());
  auto again = Database::Open(copy_, TestKey(), TestOptions());
  ASSERT_TRUE(again.ok()) << again.status();
  ASSERT_TRUE(AddNote(**again, 2, "another").ok());
  EXPECT_EQ(CountNotes(**again), 2);
}

// Each note has its number as its body, so that half of a transaction would show.
TEST_F(DatabaseCopy, IsOfOneMomentWhileAnotherProcessWrites) {
  // Forked while there is one thread: a child of several may inherit a lock that nobody frees.
  int go[2];
  ASSERT_EQ(::pipe(go), 0);
  const pid_t copier = ::fork();
  ASSERT_GE(copier, 0);
  if (copier == 0) {
    char byte = 0;
    if (::read(go[0], &byte, 1) != 1) ::_exit(2);
    OpenOptions options = TestOptions();
    options.create_if_missing = false;
    options.read_only = true;
    auto reader = Database::Open(path_, TestKey(), options);
    ::_exit(reader.ok() && (*reader)->CopyTo(copy_).ok() ? 0 : 1);
  }
  auto source = MustOpen();
  ASSERT_TRUE(AddNote(*source, 1, std::string(2000, 'x')).ok());
  std::atomic<bool> stop{false};
  std::atomic<int> written{1};
  std::thread writer([&] {
    for (int id = 2; !stop; id += 2) {
      auto transaction = Transaction::Begin(*source);
      if (!transaction.ok()) continue;
      ASSERT_TRUE(AddNote(*source, id, std::string(2000, 'y')).ok());
      ASSERT_TRUE(AddNote(*source, id + 1, std::string(2000, 'z')).ok());
      ASSERT_TRUE(transaction->Commit().ok());
      written = id + 1;
    }
  });
  while (written < 101) std::this_thread::yield();
  EXPECT_EQ(::write(go[1], "g", 1), 1);
  int code = -1;
  EXPECT_EQ(::waitpid(copier, &code, 0), copier);
  stop = true;
  writer.join();
  ::close(go[0]);
  ::close(go[1]);
  ASSERT_EQ(code, 0);
  auto copy = OpenCopy(TestKey());
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_TRUE((*copy)->CheckIntegrity(CheckDepth::kFull).ok());
  EXPECT_GE(CountNotes(**copy), 101);
  EXPECT_EQ(CountNotes(**copy) % 2, 1) << "half of a transaction";
}

TEST_F(DatabaseCopy, OverwritesNothing) {
  auto source = MustOpen();
  WriteAll(copy_, "somebody's");
  EXPECT_EQ(source->CopyTo(copy_).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReadAll(copy_), "somebody's");
}

TEST_F(DatabaseCopy, LeavesNothingBehindWhereItFails) {
  auto source = MustOpen();
  EXPECT_FALSE(source->CopyTo(folder_.File("nowhere/copy.db")).ok());
  for (int id = 1; id <= 200; ++id) ASSERT_TRUE(AddNote(*source, id, std::string(3000, 'n')).ok());
  ASSERT_TRUE(source->Checkpoint(CheckpointMode::kTruncate).ok());
  source.reset();
  std::string bytes = ReadAll(path_);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x5a);
  WriteAll(path_, bytes);
  auto damaged = MustOpen();
  ASSERT_NE(damaged, nullptr);
  const absl::Status status = damaged->CopyTo(copy_);
  ASSERT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("store.db"));
  EXPECT_FALSE(std::filesystem::exists(copy_));
}

TEST(NewFile, IsWrittenOnceAndNeverReplacesAnother) {
  const TempFolder folder;
  const std::string path = folder.File("new");
  ASSERT_TRUE(WriteNewFileDurably(path, "first", 0600).ok());
  EXPECT_EQ(ModeOf(path), 0600);
  EXPECT_EQ(WriteNewFileDurably(path, "second", 0600).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReadAll(path), "first");
  std::filesystem::create_symlink("nowhere", folder.File("link"));
  EXPECT_EQ(WriteNewFileDurably(folder.File("link"), "x", 0600).code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(MoveToNewName(path, folder.File("link")).code(), absl::StatusCode::kAlreadyExists);
  ASSERT_TRUE(MoveToNewName(path, folder.File("moved")).ok());
  EXPECT_EQ(ReadAll(folder.File("moved")), "first");
  EXPECT_FALSE(std::filesystem::exists(path));
  // The link, the moved file, and no temporary one.
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.File("")), {}), 2);
}

}  // namespace
}  // namespace vervet::storage
