#include "core/storage/key_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "core/base/manual_environment.h"
#include "tests/core/storage/store_fixture.h"

namespace vervet::storage {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const char kDigits[] = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";

class KeyFile : public ::testing::Test {
 protected:
  void Put(const std::string& text, mode_t mode = 0600) {
    WriteAll(path_, text);
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
  }
  void ExpectRefused(const std::string& reason) {
    const auto key = ReadKeyFile(path_);
    ASSERT_FALSE(key.ok());
    EXPECT_EQ(key.status().code(), absl::StatusCode::kFailedPrecondition);
    const std::string message(key.status().message());
    EXPECT_THAT(message, HasSubstr(reason));
    EXPECT_THAT(message, HasSubstr(path_));
    EXPECT_THAT(message, Not(HasSubstr("\n")));
    EXPECT_THAT(message, Not(HasSubstr("0001020304")));
  }
  TempFolder folder_;
  const std::string path_ = folder_.File("store.key");
};

TEST_F(KeyFile, HoldsHexadecimalDigitsWithOrWithoutANewline) {
  for (const std::string ending : {"", "\n"}) {
    Put(kDigits + ending);
    const auto key = ReadKeyFile(path_);
    ASSERT_TRUE(key.ok()) << key.status();
    for (size_t i = 0; i < 32; ++i) EXPECT_EQ(key->RevealSecret()[i], i);
  }
}

TEST_F(KeyFile, MayBeReadOnly) {
  Put(kDigits, 0400);
  EXPECT_TRUE(ReadKeyFile(path_).ok());
}

TEST_F(KeyFile, IsRefusedWhenMissing) { ExpectRefused("does not exist"); }

TEST_F(KeyFile, IsRefusedWhenOthersMayReadIt) {
  for (const mode_t mode : {0640, 0604, 0660, 0602, 0700, 0601}) {
    Put(kDigits, mode);
    ExpectRefused("chmod 600 " + path_);
  }
}

TEST_F(KeyFile, IsRefusedWhenItBelongsToAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  Put(kDigits);
  ASSERT_EQ(::chown(path_.c_str(), 12345, 0), 0);
  ExpectRefused("belongs to user id 12345");
}

TEST_F(KeyFile, IsRefusedWhenItIsAFolder) {
  ASSERT_EQ(::mkdir(path_.c_str(), 0700), 0);
  ExpectRefused("not a regular file");
}

TEST_F(KeyFile, IsRefusedWhenItIsAPipeInsteadOfWaitingForItsWriter) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  ExpectRefused("not a regular file");
}

TEST_F(KeyFile, IsFollowedThroughALinkAndJudgedByItsTarget) {
  const std::string target = folder_.File("target");
  WriteAll(target, kDigits);
  ASSERT_EQ(::symlink(target.c_str(), path_.c_str()), 0);
  ASSERT_EQ(::chmod(target.c_str(), 0644), 0);
  ExpectRefused("has mode 0644");
  ASSERT_EQ(::chmod(target.c_str(), 0600), 0);
  EXPECT_TRUE(ReadKeyFile(path_).ok());
}

TEST_F(KeyFile, IsRefusedWithAnotherLength) {
  const std::string digits = kDigits;
  for (const std::string& text : {std::string(), digits.substr(1), digits + "0", digits + "\n\n",
                                  digits + "\r\n", digits + digits}) {
    Put(text);
    ExpectRefused("another length");
  }
}

TEST_F(KeyFile, IsRefusedWhenItIsNotHexadecimal) {
  for (const size_t position : {0u, 31u, 63u}) {
    std::string text = kDigits;
    text[position] = 'g';
    Put(text);
    ExpectRefused("something other than the digits");
  }
}

TEST_F(KeyFile, IsCreatedForItsOwnerAloneWhateverTheUmask) {
  ManualEnvironment env(7);
  ASSERT_EQ(RunInChild([&] {
              ::umask(0777);
              return CreateKeyFile(path_, env).ok() ? 0 : 1;
            }),
            0);
  EXPECT_EQ(ModeOf(path_), 0600);
  const auto key = ReadKeyFile(path_);
  ASSERT_TRUE(key.ok()) << key.status();
  const std::string expected = ManualEnvironment(7).RandomBytes(32);
  EXPECT_EQ(std::string(key->RevealSecret().begin(), key->RevealSecret().end()), expected);
}

TEST_F(KeyFile, IsNeverOverwritten) {
  ManualEnvironment env;
  Put("precious");
  EXPECT_EQ(CreateKeyFile(path_, env).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReadAll(path_), "precious");
  const std::string dangling = folder_.File("link");
  ASSERT_EQ(::symlink(folder_.File("nowhere").c_str(), dangling.c_str()), 0);
  EXPECT_EQ(CreateKeyFile(dangling, env).code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(KeyFile, LeavesNothingBehindWhenTheDiskIsFull) {
  ManualEnvironment env;
  EXPECT_EQ(RunInChild([&] {
              std::signal(SIGXFSZ, SIG_IGN);
              const rlimit limit{10, 10};
              ::setrlimit(RLIMIT_FSIZE, &limit);
              return static_cast<int>(CreateKeyFile(path_, env).code());
            }),
            static_cast<int>(absl::StatusCode::kResourceExhausted));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace vervet::storage
