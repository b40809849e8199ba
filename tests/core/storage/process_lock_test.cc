#include "core/storage/process_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>

#include "absl/strings/str_cat.h"
#include "tests/core/storage/store_fixture.h"

namespace vervet::storage {
namespace {

using ::testing::HasSubstr;

TEST(ProcessLock, TellsTheSecondProcessWhoHoldsIt) {
  TempFolder folder;
  const std::string path = folder.File("store.db");
  int ready[2];
  int finish[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(finish), 0);
  const pid_t holder = ::fork();
  ASSERT_GE(holder, 0);
  char byte = 'x';
  if (holder == 0) {
    const auto lock = ProcessLock::Acquire(path);
    if (!lock.ok() || ::write(ready[1], &byte, 1) != 1) ::_exit(1);
    ::_exit(::read(finish[0], &byte, 1) == 1 ? 0 : 1);
  }
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);

  EXPECT_EQ(ProcessLock::Holder(path), absl::StrCat("process ", holder));
  const auto second = ProcessLock::Acquire(path);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr(absl::StrCat(path, " is in use by process ", holder, ": stop it")));

  ASSERT_EQ(::write(finish[1], &byte, 1), 1);
  int status = 0;
  ASSERT_EQ(::waitpid(holder, &status, 0), holder);
  EXPECT_EQ(status, 0);
  for (const int fd : {ready[0], ready[1], finish[0], finish[1]}) ::close(fd);
  EXPECT_EQ(ProcessLock::Holder(path), std::nullopt);
  EXPECT_TRUE(ProcessLock::Acquire(path).ok()) << "the holder ended without releasing it";
  EXPECT_EQ(ProcessLock::Holder(folder.File("other.db")), std::nullopt) << "nobody ever held it";
}

TEST(ProcessLock, IsHeldOnceWithinAProcessAndReleasedWithTheObject) {
  TempFolder folder;
  const std::string path = folder.File("store.db");
  auto first = ProcessLock::Acquire(path);
  ASSERT_TRUE(first.ok()) << first.status();
  std::optional<ProcessLock> moved(*std::move(first));
  const auto second = ProcessLock::Acquire(path);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(absl::StrCat(::getpid())));
  EXPECT_TRUE(ProcessLock::Acquire(folder.File("other.db")).ok());
  moved.reset();
  EXPECT_TRUE(ProcessLock::Acquire(path).ok());
}

TEST(ProcessLock, OverwritesALongerNumberOfAnEarlierHolder) {
  TempFolder folder;
  const std::string path = folder.File("store.db");
  WriteAll(path + ".lock", "99999999999\n");
  const auto lock = ProcessLock::Acquire(path);
  ASSERT_TRUE(lock.ok()) << lock.status();
  EXPECT_EQ(ReadAll(path + ".lock"), absl::StrCat(::getpid(), "\n"));
}

TEST(ProcessLock, SaysThatTheFolderIsMissing) {
  TempFolder folder;
  EXPECT_EQ(ProcessLock::Acquire(folder.File("no/store.db")).status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace vervet::storage
