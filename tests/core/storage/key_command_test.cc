#include "core/storage/key_command.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "core/base/environment.h"
#include "core/storage/key_source.h"
#include "tests/core/storage/store_fixture.h"

namespace vervet::storage {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const char kDigits[] = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";

class KeyCommand : public ::testing::Test {
 protected:
  // A program with this text, and its path.
  std::string Script(const std::string& text) {
    const std::string path = folder_.File("give-key");
    WriteAll(path, "#!/bin/sh\n" + text + "\n");
    EXPECT_EQ(::chmod(path.c_str(), 0700), 0);
    return path;
  }
  // Refused in one line with `reason`, the program and the remedy, and nothing of its output.
  void ExpectRefused(const std::vector<std::string>& argv, const std::string& reason,
                     absl::Duration deadline = kKeyCommandDeadline) {
    const auto key = RunKeyCommand(argv, deadline);
    ASSERT_FALSE(key.ok());
    EXPECT_EQ(key.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(key.status().message()),
                AllOf(HasSubstr(reason), HasSubstr(argv[0]), Not(HasSubstr("\n")),
                      Not(HasSubstr("0001020304")), Not(HasSubstr("an argument"))));
  }

  TempFolder folder_;
};

TEST_F(KeyCommand, GivesTheKeyThatItWritesWithOrWithoutANewline) {
  for (const std::string write : {"printf ", "echo "}) {
    const auto key = RunKeyCommand({Script(write + kDigits)});
    ASSERT_TRUE(key.ok()) << key.status();
    for (size_t i = 0; i < 32; ++i) EXPECT_EQ(key->RevealSecret()[i], i);
  }
}

TEST_F(KeyCommand, GetsItsArgumentsAsTheyStandAndNoShellReadsThem) {
  const std::string script =
      Script("[ \"$1\" = '$(reboot); *' ] && [ $# = 1 ] && printf " + std::string(kDigits));
  EXPECT_TRUE(RunKeyCommand({script, "$(reboot); *"}).ok());
}

TEST_F(KeyCommand, GetsAMinimalEnvironment) {
  ASSERT_EQ(::setenv("VERVET_TEST_VARIABLE", "leaks", 1), 0);
  const std::string seen = folder_.File("seen");
  ASSERT_TRUE(RunKeyCommand({Script("/usr/bin/env >" + seen + "; printf " + kDigits)}).ok());
  const std::string variables = ReadAll(seen);
  EXPECT_THAT(variables, AllOf(HasSubstr("PATH=/usr"), HasSubstr("LC_ALL=C"),
                               Not(HasSubstr("VERVET_TEST_VARIABLE"))));
}

TEST_F(KeyCommand, InheritsNoDescriptorAndHasNothingToRead) {
  const int open_here = ::open("/dev/null", O_RDONLY);  // on purpose not O_CLOEXEC
  ASSERT_GE(open_here, 3);
  const std::string seen = folder_.File("seen");
  ASSERT_TRUE(RunKeyCommand({Script("ls /proc/$$/fd >" + seen + "; cat; printf " + kDigits)}).ok());
  ::close(open_here);
  // 10 and above are the shell's own.
  EXPECT_THAT(ReadAll(seen), Not(HasSubstr("\n" + std::to_string(open_here) + "\n")));
}

TEST_F(KeyCommand, IsRefusedWhenItFails) {
  ExpectRefused({Script(std::string("printf ") + kDigits + "; exit 3"), "an argument"},
                "ended with status 3; run it by hand");
  ExpectRefused({Script("kill -TERM $$")}, "ended by signal 15; run it by hand");
}

TEST_F(KeyCommand, IsRefusedWhenItCannotBeStarted) {
  ExpectRefused({folder_.File("nowhere")}, "cannot be started: No such file");
  const std::string script = Script("true");
  ASSERT_EQ(::chmod(script.c_str(), 0600), 0);
  ExpectRefused({script}, "cannot be started: Permission denied");
}

TEST_F(KeyCommand, IsRefusedWhenItWritesSomethingElse) {
  const std::string digits = kDigits;
  ExpectRefused({Script("true")}, "its output must hold 64 hexadecimal digits");
  ExpectRefused({Script("printf " + digits.substr(1))}, "has another length");
  ExpectRefused({Script("printf '" + digits + "\\n\\n'")}, "has another length");
  ExpectRefused({Script("printf 'g" + digits.substr(1) + "'")}, "other than the digits");
  ExpectRefused({Script("while :; do printf " + digits + "; done")}, "has another length");
}

TEST_F(KeyCommand, IsKilledWithItsChildrenAtTheDeadline) {
  const std::string pid_file = folder_.File("pid");
  const absl::Duration start = Environment::System()->Monotonic();
  ExpectRefused({Script("sleep 600 & echo $! >" + pid_file + "; wait")}, "did not end within 1s",
                absl::Seconds(1));
  EXPECT_LT(Environment::System()->Monotonic() - start, absl::Seconds(30));
  int grandchild = 0;
  ASSERT_TRUE(absl::SimpleAtoi(ReadAll(pid_file), &grandchild));
  // Reparented, and reaped by whoever is init here: gone, or a zombie.
  const auto alive = [&] {
    const std::string stat = ReadAll("/proc/" + std::to_string(grandchild) + "/stat");
    return !stat.empty() && stat.find(") Z ") == std::string::npos;
  };
  while (alive() && Environment::System()->Monotonic() - start < absl::Seconds(60)) {
  }
  EXPECT_FALSE(alive());
}

TEST_F(KeyCommand, DoesNotWaitForWhatItLeavesBehind) {
  const std::string pid_file = folder_.File("pid");
  const auto key = RunKeyCommand(
      {Script("sleep 600 & echo $! >" + pid_file + "; printf " + std::string(kDigits))},
      absl::Seconds(60));
  EXPECT_TRUE(key.ok()) << key.status();
  int left = 0;
  ASSERT_TRUE(absl::SimpleAtoi(ReadAll(pid_file), &left));
  ::kill(left, SIGKILL);
}

TEST_F(KeyCommand, IsRefusedWhereItsEndCannotBeLearnt) {
  const int code = RunInChild([&] {
    ::signal(SIGCHLD, SIG_IGN);
    const auto key = RunKeyCommand({Script(std::string("printf ") + kDigits)});
    return absl::StrContains(key.status().message(), "SIGCHLD") ? 0 : 1;
  });
  EXPECT_EQ(code, 0);
}

TEST(KeyCommandForm, IsAnAbsolutePathAndBoundedWords) {
  EXPECT_TRUE(CheckKeyCommand({"/bin/true"}).ok());
  EXPECT_TRUE(CheckKeyCommand(std::vector<std::string>(kMaxKeyCommandWords, "/x")).ok());
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {""},
      {"true"},
      {"./true"},
      std::vector<std::string>(kMaxKeyCommandWords + 1, "/x"),
      {"/bin/true", std::string(kMaxKeyCommandWordBytes + 1, 'a')},
      {"/bin/true", std::string("a\0b", 3)}};
  for (const auto& argv : wrong) {
    EXPECT_EQ(CheckKeyCommand(argv).code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(KeySource, IsAFileOrACommandAndNeverBoth) {
  const auto message = [](const KeySource& source) {
    return std::string(CheckKeySource(source, "key_path", "key_command").message());
  };
  EXPECT_EQ(message({"file", {}}), "");
  EXPECT_EQ(message({"", {"/bin/true"}}), "");
  EXPECT_THAT(message({"", {}}), HasSubstr("key_path: is missing"));
  EXPECT_THAT(message({"file", {"/bin/true"}}), HasSubstr("key_command: stands beside key_path"));
  EXPECT_THAT(message({"", {"true"}}), HasSubstr("key_command: must begin with"));
}

}  // namespace
}  // namespace vervet::storage
