// Keys from commands, the keyring's backup under dual control, and backups of the log of a running
// hub: through the command lines, with real processes.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "core/cli/exit_codes.h"
#include "examples/coalition/process.h"
#include "examples/coalition/temp_dir.h"
#include "tests/integration/coalition_fixture.h"

namespace vervet::integration {
namespace {

namespace fs = std::filesystem;
using coalition::CommandResult;
using coalition::Process;
using ::testing::HasSubstr;

constexpr absl::Duration kDeadline = absl::Seconds(30);

class Keys : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { coalition_ = new TestCoalition(); }
  static void TearDownTestSuite() {
    delete coalition_;
    coalition_ = nullptr;
  }
  void SetUp() override {
    dir_ = coalition_->path(::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directory(dir_);
    if (!hub().running()) {
      ASSERT_TRUE((*coalition_)->StartHub().ok());
    }
  }

  static coalition::HubProcess& hub() { return coalition_->hub(); }
  std::string File(const std::string& name) const { return dir_ + "/" + name; }

  CommandResult Hub(std::vector<std::string> arguments) {
    const auto result = hub().Run(std::move(arguments));
    EXPECT_TRUE(result.ok()) << result.status();
    return result.value_or(CommandResult());
  }
  CommandResult Coordinator(std::vector<std::string> arguments) {
    const auto result = (*coalition_)->RunCoordinator(std::move(arguments));
    EXPECT_TRUE(result.ok()) << result.status();
    return result.value_or(CommandResult());
  }
  // A hub's command with another configuration.
  CommandResult HubWith(const std::string& config, const std::string& command) {
    const auto result =
        coalition::RunCommand({{hub().settings().program, command, "--config", config}}, kDeadline);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.value_or(CommandResult());
  }
  // hub.textproto with some texts for others, beside the real one.
  std::string ConfigWith(
      std::vector<std::pair<const absl::string_view, const std::string>> changes) {
    const std::string path = hub().settings().dir + "/other.textproto";
    const std::string text = coalition::ReadFile(hub().config_path()).value();
    EXPECT_TRUE(coalition::WriteFile(path, absl::StrReplaceAll(text, changes)).ok());
    return path;
  }
  static void ExpectOk(const CommandResult& result) {
    EXPECT_TRUE(result.Require().ok()) << result.Require();
  }
  static void ExpectOneLine(const CommandResult& result, const std::string& part,
                            int exit_code = cli::kExitFailed) {
    EXPECT_EQ(result.exit_code, exit_code);
    std::vector<std::string> lines;
    for (absl::string_view line : absl::StrSplit(result.error, '\n', absl::SkipWhitespace())) {
      if (!absl::StartsWith(line, "{")) lines.emplace_back(line);
    }
    ASSERT_EQ(lines.size(), 1u) << result.error;
    EXPECT_THAT(lines[0], HasSubstr(part));
  }
  void Publish(const std::string& email) {
    ExpectOk(Member(*coalition_, "market",
                    {"publish", "--email", email, "--offence", "auction", "--taxon",
                     "Manis javanica", "--decision", "CASE-1"}));
  }
  // The word after `name` in the command's output.
  static std::string Field(const CommandResult& result, const std::string& name) {
    for (absl::string_view line : absl::StrSplit(result.output, '\n')) {
      if (absl::ConsumePrefix(&line, name)) return std::string(absl::StripAsciiWhitespace(line));
    }
    return "";
  }

  static TestCoalition* coalition_;
  std::string dir_;
};

TestCoalition* Keys::coalition_ = nullptr;

std::string Command(const std::string& script) {
  return absl::StrCat("[\"/bin/sh\", \"-c\", \"", script, "\"]");
}

TEST_F(Keys, OfTheHubComeFromCommands) {
  Publish("by-command@example.com");
  ASSERT_EQ(hub().Stop().value_or(-1), 0);
  const std::string config = ConfigWith(
      {{"store_key_path: \"log.key\"",
        absl::StrCat("store_key_command: ", Command("cat " + hub().store_key_path()))},
       {"keyring_key_path: \"keyring.key\"",
        absl::StrCat("keyring_key_command: ", Command("cat " + hub().keyring_key_path()))}});
  ExpectOk(HubWith(config, "check-config"));
  ExpectOk(HubWith(config, "init"));  // keeps everything
  const auto serve = Process::Start({{hub().settings().program, "serve", "--config", config}});
  ASSERT_TRUE(serve.ok()) << serve.status();
  ASSERT_TRUE((*serve)
                  ->WaitForLine(
                      Process::Stream::kError,
                      [](absl::string_view line) { return absl::StrContains(line, "listening"); },
                      kDeadline)
                  .ok());
  EXPECT_EQ(OutcomeOf(*coalition_, "social", "by-command@example.com"), "match");
  (*serve)->Signal(SIGTERM);
  EXPECT_EQ((*serve)->Wait(kDeadline).value_or(-1), 0);
}

TEST_F(Keys, OfTheHubAreRefusedInOneLine) {
  const std::string secret = std::string(coalition::ReadFile(hub().store_key_path()).value());
  const std::string digits(absl::StripAsciiWhitespace(secret));
  const auto with = [&](const std::string& line) {
    return HubWith(ConfigWith({{"store_key_path: \"log.key\"", line}}), "check-config");
  };
  const CommandResult failed =
      with("store_key_command: " + Command("cat " + hub().store_key_path() + "; exit 7"));
  ExpectOneLine(failed, "store_key_command: key command /bin/sh: ended with status 7");
  EXPECT_FALSE(absl::StrContains(failed.error + failed.output, digits));
  ExpectOneLine(with("store_key_command: " + Command("echo no key")), "64 hexadecimal digits");
  ExpectOneLine(with("store_key_command: \"/nowhere/give-key\""), "cannot be started");
  ExpectOneLine(with("store_key_path: \"log.key\" store_key_command: \"/bin/true\""),
                "store_key_command: stands beside store_key_path", cli::kExitUsage);
  ExpectOneLine(with("store_key_command: \"cat\""), "absolute path", cli::kExitUsage);
  ExpectOneLine(with(""), "store_key_path: is missing; give a path, or store_key_command",
                cli::kExitUsage);
}

TEST_F(Keys, OfAMemberComeFromACommand) {
  const std::string config = (*coalition_)->member_config("social");
  const std::string text = coalition::ReadFile(config).value();
  const auto with = [&](const std::string& line) {
    EXPECT_TRUE(coalition::WriteFile(
                    config, absl::StrReplaceAll(text, {{"vault_key_path: \"vault.key\"", line}}))
                    .ok());
    return Member(*coalition_, "social", {"status", "--offline"});
  };
  const std::string key = (*coalition_)->vault_key_of("social");
  ExpectOk(with("vault_key_command: " + Command("cat " + key)));
  ExpectOk(Member(*coalition_, "social", {"init"}));
  ExpectOneLine(with("vault_key_command: " + Command("exit 1")), "ended with status 1");
  ExpectOneLine(with("vault_key_path: \"vault.key\" vault_key_command: \"/bin/true\""),
                "stands beside vault_key_path", cli::kExitUsage);
  ASSERT_TRUE(coalition::WriteFile(config, text).ok());
  ExpectOk(Member(*coalition_, "social", {"status", "--offline"}));
}

// The whole way: three coordinators' keys, a backup while the hub runs, a hub that loses its
// keyring and the key of it, two shares, and members who notice nothing.
TEST_F(Keys, TheKeyringComesBackFromTwoOfThreeCoordinators) {
  Publish("before-the-loss@example.com");
  std::vector<std::string> backup = {"keyring", "backup", "--out", File("backup")};
  for (const std::string name : {"ana", "ben", "eva"}) {
    const CommandResult made = Coordinator({"backup-key", "make", "--out", File(name + ".key")});
    ExpectOk(made);
    struct stat info {};
    ASSERT_EQ(stat(File(name + ".key").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0600u);
    backup.insert(backup.end(),
                  {"--recipient", std::string(absl::StripAsciiWhitespace(made.output))});
  }
  ExpectOk(Hub(backup));
  ExpectOneLine(Hub(backup), "--out: ");
  ExpectOneLine(Coordinator({"backup-key", "make", "--out", File("ana.key")}), "kept as it is");
  for (const std::string name : {"ana", "ben"}) {
    const CommandResult opened =
        Coordinator({"backup-key", "open", "--backup", File("backup"), "--key", File(name + ".key"),
                     "--out", File(name + ".share")});
    ExpectOk(opened);
    EXPECT_EQ(Field(opened, "log public key"), hub().log_public_key());
  }
  const auto restore = [&](std::vector<std::string> shares, const std::string& from = "backup") {
    std::vector<std::string> arguments = {"keyring", "restore", "--backup", File(from)};
    for (const std::string& share : shares) {
      arguments.insert(arguments.end(), {"--share", File(share)});
    }
    return Hub(arguments);
  };
  ExpectOneLine(restore({"ana.share", "ben.share"}), "exists and is kept as it is");

  ASSERT_EQ(hub().Stop().value_or(-1), 0);
  fs::rename(hub().keyring_path(), File("lost-keyring"));
  fs::rename(hub().keyring_key_path(), File("lost-key"));
  ExpectOneLine(restore({"ana.share", "ana.share"}), "of the same coordinator");
  ExpectOneLine(restore({"ana.share"}), "--share: 1 were given", cli::kExitUsage);
  ExpectOneLine(restore({"ana.share", "ana.key"}), "share 2 is no share");
  ExpectOneLine(restore({"ana.share", "nowhere"}), "nowhere");
  ExpectOneLine(restore({"ana.share", "ben.share"}, "ana.key"), "no backup of a keyring");
  EXPECT_FALSE(fs::exists(hub().keyring_path()));
  EXPECT_FALSE(fs::exists(hub().keyring_key_path()));

  const CommandResult restored = restore({"ben.share", "ana.share"});
  EXPECT_EQ(restored.exit_code, cli::kExitOk) << restored.error;
  EXPECT_EQ(Field(restored, "log public key:"), hub().log_public_key());
  ASSERT_TRUE((*coalition_)->StartHub().ok());
  EXPECT_EQ(OutcomeOf(*coalition_, "social", "before-the-loss@example.com"), "match");
}

TEST_F(Keys, ABackupIsNotMadeForOneCoordinatorOrAMistypedKey) {
  const CommandResult made = Coordinator({"backup-key", "make", "--out", File("only.key")});
  const std::string key(absl::StripAsciiWhitespace(made.output));
  ExpectOneLine(Hub({"keyring", "backup", "--out", File("b"), "--recipient", key}),
                "1 were given; give 2 to 16", cli::kExitUsage);
  ExpectOneLine(
      Hub({"keyring", "backup", "--out", File("b"), "--recipient", key, "--recipient", key}),
      "number 2 is the same key as number 1", cli::kExitUsage);
  ExpectOneLine(
      Hub({"keyring", "backup", "--out", File("b"), "--recipient", key, "--recipient", "abc"}),
      "--recipient: number 2 must be the 64 hexadecimal digits", cli::kExitUsage);
  EXPECT_FALSE(fs::exists(File("b")));
}

TEST_F(Keys, AStrangersKeyOpensNoShare) {
  std::vector<std::string> backup = {"keyring", "backup", "--out", File("backup")};
  for (const std::string name : {"one", "two", "stranger"}) {
    const CommandResult made = Coordinator({"backup-key", "make", "--out", File(name)});
    if (name == "stranger") continue;
    backup.insert(backup.end(),
                  {"--recipient", std::string(absl::StripAsciiWhitespace(made.output))});
  }
  ExpectOk(Hub(backup));
  ExpectOneLine(Coordinator({"backup-key", "open", "--backup", File("backup"), "--key",
                             File("stranger"), "--out", File("share")}),
                "none of the backup's 2 recipients");
  EXPECT_FALSE(fs::exists(File("share")));
}

// In a coalition of its own: afterwards one of its members refuses the hub for good.
TEST(Backup, OfARunningHubIsVerifiedAndRestoringAnOlderOneIsRefusedByWhoHasSeenMore) {
  TestCoalition coalition;
  coalition::HubProcess& hub = coalition.hub();
  const auto run = [&](std::vector<std::string> arguments) {
    const auto result = hub.Run(std::move(arguments));
    EXPECT_TRUE(result.ok()) << result.status();
    return result.value_or(CommandResult());
  };
  const auto publish = [&](const std::string& email) {
    const CommandResult result = Member(coalition, "market",
                                        {"publish", "--email", email, "--offence", "auction",
                                         "--taxon", "Manis javanica", "--decision", "CASE-1"});
    EXPECT_TRUE(result.Require().ok()) << result.Require();
  };
  const std::string backup = coalition.path("log.backup");
  publish("first@example.com");
  const CommandResult made = run({"store", "backup", "--out", backup});
  ASSERT_TRUE(made.Require().ok()) << made.Require();
  EXPECT_THAT(made.output, HasSubstr(absl::StrCat("size    ", coalition.LogSize(), "\n")));
  EXPECT_EQ(run({"store", "verify", "--store", backup}).output, made.output);
  EXPECT_EQ(run({"store", "verify"}).output, made.output);
  EXPECT_EQ(run({"store", "backup", "--out", backup}).exit_code, cli::kExitFailed);
  EXPECT_EQ(run({"store", "restore", "--from", backup}).exit_code, cli::kExitFailed);
  EXPECT_TRUE(hub.running());

  publish("second@example.com");
  ASSERT_EQ(OutcomeOf(coalition, "social", "second@example.com"), "match");
  ASSERT_EQ(hub.Stop().value_or(-1), 0);
  for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(hub.store_path() + suffix);
  EXPECT_THAT(run({"store", "verify"}).error, HasSubstr("there is no store in"));
  const CommandResult restored = run({"store", "restore", "--from", backup});
  ASSERT_TRUE(restored.Require().ok()) << restored.Require();
  EXPECT_EQ(restored.output, made.output);
  ASSERT_TRUE(coalition->StartHub().ok());
  const CommandResult sync = Member(coalition, "social", {"sync"});
  EXPECT_NE(sync.exit_code, cli::kExitOk);
  EXPECT_THAT(absl::AsciiStrToLower(sync.error), HasSubstr("data loss"));
}

}  // namespace
}  // namespace vervet::integration
