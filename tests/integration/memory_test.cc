// The hub's memory holds keys: no core file, and no look into it for whoever else runs as its user.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "examples/coalition/process.h"
#include "tests/integration/coalition_fixture.h"

namespace vervet::integration {
namespace {

namespace fs = std::filesystem;
using coalition::Process;
using ::testing::ContainsRegex;

constexpr absl::Duration kDeadline = absl::Seconds(20);
constexpr uid_t kNobody = 65'534;

// `argv` as a user without privileges: root may look everywhere, so where the tests run as root, it
// is nobody.
std::vector<std::string> Unprivileged(std::vector<std::string> argv) {
  if (geteuid() != 0) return argv;
  std::vector<std::string> all = {"setpriv",
                                  "--reuid",
                                  absl::StrCat(kNobody),
                                  "--regid",
                                  absl::StrCat(kNobody),
                                  "--clear-groups",
                                  "--pdeathsig",
                                  "KILL",
                                  "--"};
  all.insert(all.end(), argv.begin(), argv.end());
  return all;
}

// Whether another process of the same user may look into this one. Its environment is guarded as
// its memory is (proc(5), ptrace(2): PTRACE_MODE_READ), and apart from that needs no right.
bool MayLookInto(const Process& process) {
  const auto result = coalition::RunCommand(
      {Unprivileged({"cat", absl::StrCat("/proc/", process.pid(), "/environ")})}, kDeadline);
  EXPECT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->exit_code == 0 || absl::StrContains(result->error, "Permission denied"))
      << result->error;
  return result->exit_code == 0;
}

// Hands everything of the coalition to the user who is to run the hub.
void HandOver(const std::string& dir) {
  if (geteuid() != 0) return;
  ASSERT_EQ(chown(dir.c_str(), kNobody, kNobody), 0);
  for (const auto& entry : fs::recursive_directory_iterator(dir))
    ASSERT_EQ(lchown(entry.path().c_str(), kNobody, kNobody), 0);
}

TEST(Memory, OfTheHubIsClosedToOtherProcessesOfItsUser) {
  TestCoalition coalition;
  ASSERT_EQ(coalition.hub().Stop().value_or(-1), 0);
  // The build's folder may be closed to others.
  const std::string program = coalition.path("vervet-hub");
  fs::copy_file(coalition.hub().settings().program, program);
  HandOver(fs::path(program).parent_path().string());
  const auto hub =
      Process::Start({Unprivileged({program, "serve", "--config", coalition.hub().config_path()})});
  ASSERT_TRUE(hub.ok()) << hub.status();
  const auto listening = (*hub)->WaitForLine(
      Process::Stream::kError,
      [](absl::string_view line) { return absl::StrContains(line, "\"hub.listening\""); },
      kDeadline);
  ASSERT_TRUE(listening.ok()) << listening.status();
  EXPECT_FALSE(MayLookInto(**hub));
  EXPECT_THAT(coalition::ReadFile(absl::StrCat("/proc/", (*hub)->pid(), "/limits")).value_or(""),
              ContainsRegex("Max core file size +0 +0 "));

  // Another program of that user is open to such a look, so it was the hub that refused it.
  const auto other = Process::Start({Unprivileged({"sleep", "60"})});
  ASSERT_TRUE(other.ok()) << other.status();
  bool open = false;
  const absl::Time deadline = absl::Now() + kDeadline;
  while (!open && absl::Now() < deadline) open = MayLookInto(**other);  // once it is `sleep`
  EXPECT_TRUE(open);
  (*hub)->Signal(SIGTERM);
  EXPECT_EQ((*hub)->Wait(kDeadline).value_or(-1), 0);
}

}  // namespace
}  // namespace vervet::integration
