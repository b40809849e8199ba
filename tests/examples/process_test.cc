#include "examples/coalition/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "absl/strings/str_cat.h"
#include "examples/coalition/command.h"
#include "examples/coalition/temp_dir.h"

namespace vervet::coalition {
namespace {

constexpr absl::Duration kDeadline = absl::Seconds(20);

TEST(Process, KeepsOutputAndErrorLineByLine) {
  const auto result =
      RunCommand({{"sh", "-c", "echo one; echo two >&2; printf three; exit 3"}}, kDeadline);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->exit_code, 3);
  EXPECT_EQ(result->output, "one\nthree");
  EXPECT_EQ(result->error, "two");
  EXPECT_THAT(std::string(result->Require().message()), ::testing::HasSubstr("ended with 3: two"));
}

TEST(Process, GivesInputAndEnvironment) {
  const auto result = RunCommand({{"sh", "-c", "cat; echo $VERVET_TEST_WORD"},
                                  {{"VERVET_TEST_WORD", "alarm"}},
                                  std::string(300'000, 'x') + "\n"},
                                 kDeadline);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->output, std::string(300'000, 'x') + "\nalarm");
}

TEST(Process, ReportsTheSignalThatEndedIt) {
  auto process = Process::Start({{"sleep", "60"}});
  ASSERT_TRUE(process.ok());
  (*process)->Signal(SIGTERM);
  EXPECT_EQ(*(*process)->Wait(kDeadline), 128 + SIGTERM);
  EXPECT_FALSE((*process)->running());
  (*process)->Signal(SIGTERM);  // its number may belong to somebody else by now: nothing happens
}

TEST(Process, SaysThatItStillRunsAfterTheDeadline) {
  auto process = Process::Start({{"sleep", "60"}});
  ASSERT_TRUE(process.ok());
  EXPECT_EQ((*process)->Wait(absl::Milliseconds(20)).status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST(Process, LeavesNoProcessBehind) {
  pid_t pid;
  {
    auto process = Process::Start({{"sleep", "60"}});
    ASSERT_TRUE(process.ok());
    pid = (*process)->pid();
    EXPECT_EQ(kill(pid, 0), 0);
  }
  EXPECT_EQ(kill(pid, 0), -1);  // neither running nor a zombie
}

TEST(Process, WaitsForALine) {
  auto process = Process::Start({{"sh", "-c", "echo a; echo b; echo c; exec sleep 60"}});
  ASSERT_TRUE(process.ok());
  const auto line = (*process)->WaitForLine(
      Process::Stream::kOutput, [](absl::string_view text) { return text != "a"; }, kDeadline);
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->text, "b");
}

TEST(Process, EndsWithItsProgramThoughAGrandchildHoldsItsOutput) {
  const auto result = RunCommand({{"sh", "-c", "sleep 30 & echo done"}}, absl::Seconds(10));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->output, "done");
}

TEST(Process, StopsWaitingForALineOfAProcessThatEnded) {
  auto process = Process::Start({{"sh", "-c", "echo why >&2; exit 1"}});
  ASSERT_TRUE(process.ok());
  const auto line = (*process)->WaitForLine(
      Process::Stream::kOutput, [](absl::string_view) { return true; }, kDeadline);
  EXPECT_EQ(line.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(line.status().message()), ::testing::HasSubstr("why"));
}

TEST(Process, SaysThatAProgramIsMissing) {
  const auto result = RunCommand({{"/nonexistent/vervet-hub"}}, kDeadline);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->exit_code, 127);
}

TEST(Process, LimitsOpenFiles) {
  ProcessOptions options = {{"sh", "-c", "ulimit -n"}};
  options.max_open_files = 64;
  const auto result = RunCommand(options, kDeadline);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->output, "64");
}

TEST(RunDir, IsWipedOnlyWhereAnEarlierRunMadeIt) {
  auto dir = TempDir::Create();
  ASSERT_TRUE(dir.ok());
  const std::string run = dir->path() + "/run";
  ASSERT_TRUE(PrepareRunDir(run).ok());
  ASSERT_TRUE(WriteFile(run + "/old", "x").ok());
  ASSERT_TRUE(PrepareRunDir(run).ok());
  EXPECT_FALSE(ReadFile(run + "/old").ok());

  ASSERT_TRUE(WriteFile(dir->path() + "/precious", "x").ok());
  EXPECT_EQ(PrepareRunDir(dir->path()).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(ReadFile(dir->path() + "/precious").ok());
}

}  // namespace
}  // namespace vervet::coalition
