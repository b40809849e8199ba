#include "core/storage/durable_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>

#include "tests/core/storage/store_fixture.h"

namespace vervet::storage {
namespace {

int FilesIn(const std::string& folder) {
  return static_cast<int>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(DurableFile, HoldsTheBytesAndTheModeWhateverTheUmask) {
  TempFolder folder;
  const std::string bytes("a\0b\n", 4);
  EXPECT_EQ(RunInChild([&] {
              ::umask(0777);
              return WriteFileDurably(folder.File("head"), bytes, 0640).ok() ? 0 : 1;
            }),
            0);
  EXPECT_EQ(ReadAll(folder.File("head")), bytes);
  EXPECT_EQ(ModeOf(folder.File("head")), 0640);
}

TEST(DurableFile, ReplacesTheOldOneAndLeavesNoTemporaryFile) {
  TempFolder folder;
  ASSERT_TRUE(WriteFileDurably(folder.File("head"), "old and longer", 0600).ok());
  ASSERT_TRUE(WriteFileDurably(folder.File("head"), "new", 0600).ok());
  EXPECT_EQ(ReadAll(folder.File("head")), "new");
  EXPECT_EQ(FilesIn(folder.File("")), 1);
}

TEST(DurableFile, KeepsTheOldOneWhenTheDiskIsFull) {
  TempFolder folder;
  ASSERT_TRUE(WriteFileDurably(folder.File("head"), "old", 0600).ok());
  EXPECT_EQ(RunInChild([&] {
              std::signal(SIGXFSZ, SIG_IGN);
              const rlimit limit{100, 100};
              ::setrlimit(RLIMIT_FSIZE, &limit);
              return static_cast<int>(
                  WriteFileDurably(folder.File("head"), std::string(1000, 'n'), 0600).code());
            }),
            static_cast<int>(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(ReadAll(folder.File("head")), "old");
  EXPECT_EQ(FilesIn(folder.File("")), 1);
}

TEST(DurableFile, SaysThatTheFolderIsMissing) {
  TempFolder folder;
  const absl::Status status = WriteFileDurably(folder.File("no/such/head"), "x", 0600);
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace vervet::storage
