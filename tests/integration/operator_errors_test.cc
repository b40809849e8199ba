// What an operator can get wrong, and what a disk can do: one clear line with the remedy, and
// nothing overwritten.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "core/cli/exit_codes.h"
#include "examples/coalition/process.h"
#include "member-sdk/src/vault/vault.h"
#include "tests/integration/coalition_fixture.h"

namespace vervet::integration {
namespace {

namespace fs = std::filesystem;
using coalition::CommandResult;
using coalition::Process;
using coalition::ProcessOptions;
using ::testing::HasSubstr;

constexpr absl::Duration kDeadline = absl::Seconds(20);

std::map<std::string, std::string> FilesOf(const std::string& dir) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    // The index of the write-ahead log and the lock hold no data of anybody's.
    const std::string path = entry.path().string();
    if (!entry.is_regular_file() || absl::EndsWith(path, "-shm") || absl::EndsWith(path, ".lock"))
      continue;
    files[path] = coalition::ReadFile(path).value_or("");
  }
  return files;
}

// Everything on standard error that is no structured log line.
std::vector<std::string> PlainLines(const std::string& error) {
  std::vector<std::string> lines;
  for (absl::string_view line : absl::StrSplit(error, '\n', absl::SkipWhitespace())) {
    if (!absl::StartsWith(line, "{")) lines.emplace_back(line);
  }
  return lines;
}

void ExpectOneLine(const CommandResult& result, const std::string& part) {
  EXPECT_NE(result.exit_code, cli::kExitOk);
  EXPECT_LT(result.exit_code, 128) << "ended by a signal";
  const std::vector<std::string> lines = PlainLines(result.error);
  ASSERT_EQ(lines.size(), 1u) << result.error;
  EXPECT_THAT(absl::AsciiStrToLower(lines[0]), HasSubstr(part));
}

void FlipByte(const std::string& path, std::streamoff offset) {
  std::string bytes = coalition::ReadFile(path).value();
  ASSERT_GT(bytes.size(), static_cast<size_t>(offset));
  bytes[static_cast<size_t>(offset)] = static_cast<char>(bytes[static_cast<size_t>(offset)] ^ 0x5a);
  ASSERT_TRUE(coalition::WriteFile(path, bytes, 0600).ok());
}

std::string KeyText(char digit) { return std::string(64, digit) + "\n"; }

// Runs SQL on a store as a newer version of the program might have.
void RunSql(const std::string& path, const std::string& key_path, const std::string& sql) {
  const std::string key(absl::StripAsciiWhitespace(coalition::ReadFile(key_path).value()));
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  const std::string script = absl::StrCat(
      "PRAGMA key = \"x'", key,
      "'\"; PRAGMA cipher_page_size = 4096; PRAGMA cipher_hmac_algorithm = HMAC_SHA1; ",
      "PRAGMA cipher_kdf_algorithm = PBKDF2_HMAC_SHA1; PRAGMA kdf_iter = 64000; ", sql);
  EXPECT_EQ(sqlite3_exec(handle, script.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(handle);
  sqlite3_close(handle);
}

// ---- the hub

class HubErrors : public ::testing::Test {
 protected:
  void SetUp() override {
    const CommandResult published =
        Member(coalition_, "market",
               {"publish", "--email", "kept@example.com", "--offence", "auction", "--taxon",
                "Manis javanica", "--decision", "CASE-1"});
    ASSERT_TRUE(published.Require().ok()) << published.Require();
    size_ = coalition_.LogSize();
    ASSERT_EQ(coalition_.hub().Stop().value_or(-1), 0);
  }

  CommandResult Serve(const std::string& config) {
    const auto result = coalition::RunCommand(
        {{coalition_.hub().settings().program, "serve", "--config", config}}, kDeadline);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.value_or(CommandResult());
  }

  // `serve` refuses with one line that contains `part`, and no file of the hub has changed.
  void ExpectRefusal(const std::string& part, std::string config = "") {
    if (config.empty()) config = coalition_.hub().config_path();
    const auto before = FilesOf(coalition_.hub().settings().dir);
    ExpectOneLine(Serve(config), part);
    EXPECT_EQ(FilesOf(coalition_.hub().settings().dir), before) << "a file was changed";
  }

  // hub.textproto with one text for another, beside the real one.
  std::string ConfigWith(const std::string& from, const std::string& to) {
    std::string text = coalition::ReadFile(coalition_.hub().config_path()).value();
    EXPECT_THAT(text, HasSubstr(from));
    const std::string path = coalition_.hub().settings().dir + "/other.textproto";
    EXPECT_TRUE(coalition::WriteFile(path, absl::StrReplaceAll(text, {{from, to}})).ok());
    return path;
  }

  void ExpectItStillWorks() {
    ASSERT_TRUE(coalition_->StartHub().ok());
    EXPECT_EQ(coalition_.LogSize(), size_);
  }

  TestCoalition coalition_;
  uint64_t size_ = 0;
};

TEST_F(HubErrors, WrongKeyFile) {
  const std::string path = coalition_.hub().store_key_path(),
                    right = coalition::ReadFile(path).value();
  ASSERT_TRUE(coalition::WriteFile(path, KeyText('a'), 0600).ok());
  ExpectRefusal("key");
  ASSERT_TRUE(coalition::WriteFile(path, right, 0600).ok());
  const std::string keyring_key = coalition_.hub().keyring_key_path(),
                    right_keyring = coalition::ReadFile(keyring_key).value();
  ASSERT_TRUE(coalition::WriteFile(keyring_key, KeyText('b'), 0600).ok());
  ExpectRefusal("key");
  ASSERT_TRUE(coalition::WriteFile(keyring_key, right_keyring, 0600).ok());
  ExpectItStillWorks();
}

TEST_F(HubErrors, KeyFileThatOthersCanRead) {
  ASSERT_EQ(chmod(coalition_.hub().store_key_path().c_str(), 0644), 0);
  ExpectRefusal("chmod");
  ASSERT_EQ(chmod(coalition_.hub().store_key_path().c_str(), 0600), 0);
  ASSERT_EQ(chmod(coalition_->tls_of("hub").private_key.c_str(), 0644), 0);
  ExpectRefusal("chmod");
  ASSERT_EQ(chmod(coalition_->tls_of("hub").private_key.c_str(), 0600), 0);
  ExpectItStillWorks();
}

TEST_F(HubErrors, DamagedPage) {
  const std::string path = coalition_.hub().store_path();
  ASSERT_GT(fs::file_size(path), 3u * 4096u);
  FlipByte(path, 2 * 4096 + 100);
  ExpectRefusal("damaged");
  FlipByte(path, 2 * 4096 + 100);
  FlipByte(coalition_.hub().keyring_path(), 40);
  ExpectRefusal("keyring");
  FlipByte(coalition_.hub().keyring_path(), 40);
  ExpectItStillWorks();
}

// A new keyring under an old log would make every member stop syncing for good.
TEST_F(HubErrors, LostKeyring) {
  const std::string path = coalition_.hub().keyring_path(),
                    right = coalition::ReadFile(path).value();
  const auto init = [&] {
    return coalition::RunCommand({{coalition_.hub().settings().program, "init", "--config",
                                   coalition_.hub().config_path()}},
                                 kDeadline)
        .value_or(CommandResult());
  };
  fs::remove(path);
  ExpectRefusal("keyring");
  ExpectOneLine(init(), "restore");
  EXPECT_FALSE(fs::exists(path));

  // Made where there is no log, then put beside the old one.
  const std::string log = coalition_.hub().store_path();
  fs::rename(log, log + ".aside");
  EXPECT_EQ(init().exit_code, cli::kExitOk);
  fs::rename(log + ".aside", log);
  ExpectRefusal("not the one that the log announced");
  ASSERT_TRUE(coalition::WriteFile(path, right, 0600).ok());
  ExpectItStillWorks();
}

// The log of a coalition is not begun anew because somebody mistyped its name.
TEST_F(HubErrors, MissingLog) {
  ExpectRefusal("vervet-hub init", ConfigWith("store_path: \"", "store_path: \"mistyped-"));
  ExpectItStillWorks();
}

TEST_F(HubErrors, StoreOfANewerVersion) {
  RunSql(coalition_.hub().store_path(), coalition_.hub().store_key_path(),
         "PRAGMA user_version = 99;");
  ExpectRefusal("newer");
  RunSql(coalition_.hub().store_path(), coalition_.hub().store_key_path(),
         "PRAGMA user_version = 1;");
  ExpectItStillWorks();
}

TEST_F(HubErrors, RegionThatAGroupDoesNotPermit) {
  ExpectRefusal("region: the sharing group desk permits ie and not fr",
                ConfigWith("\nregion: \"IE\"\n", "\nregion: \"FR\"\n"));
  ExpectItStillWorks();
}

TEST_F(HubErrors, PortInUse) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in any = {};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(any);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&any), size), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&any), &size), 0);
  const std::string config =
      ConfigWith(coalition_.hub().address(), absl::StrCat("127.0.0.1:", ntohs(any.sin_port)));
  ExpectOneLine(Serve(config), "in use");
  close(listener);
  ExpectItStillWorks();
}

TEST_F(HubErrors, TwoHubsOnOneStore) {
  ASSERT_TRUE(coalition_->StartHub().ok());
  ExpectOneLine(Serve(ConfigWith(coalition_.hub().address(), "127.0.0.1:0")), "process");
  EXPECT_EQ(coalition_.LogSize(), size_);
}

TEST_F(HubErrors, ConfigurationWithAMistake) {
  ExpectRefusal("region", ConfigWith("region: \"IE\"\ntls", "region: \"Ireland\"\ntls"));
  ExpectRefusal("other.textproto:", ConfigWith("store_path:", "store_pth:"));
  ExpectItStillWorks();
}

TEST_F(HubErrors, FullDisk) {
  const std::string flag = coalition_.path("disk-is-full");
  coalition::HubProcess::StartOptions options;
  const std::string preload =
      (fs::read_symlink("/proc/self/exe").parent_path() / "libvervet_full_disk_preload.so")
          .string();
  ASSERT_TRUE(fs::exists(preload));
  options.environment = {{"LD_PRELOAD", preload},
                         {"VERVET_FULL_DISK_FLAG", flag},
                         {"VERVET_FULL_DISK_PATH", "log.db"}};
  ASSERT_TRUE(coalition_->StartHub(options).ok());
  const uint64_t records = coalition_.LiveRecords();
  RawClient market = coalition_.As("market");
  auto request = GoodPublishRequest(market, "full@example.com", kEverybody);
  ASSERT_TRUE(request.ok()) << request.status();
  ASSERT_TRUE(market.Publish(*request).ok());
  ASSERT_TRUE(coalition::WriteFile(flag, "").ok());
  request->set_request_id(NewRequestId());
  EXPECT_FALSE(market.Publish(*request).ok());
  const auto exit_code = coalition_.hub().process().Wait(kDeadline);
  ASSERT_TRUE(exit_code.ok()) << exit_code.status();
  EXPECT_EQ(*exit_code, 74);
  EXPECT_THAT(coalition_.hub().Output(), HasSubstr("hub.store_failed"));
  EXPECT_THAT(absl::AsciiStrToLower(coalition_.hub().Output()), HasSubstr("disk"));

  // Space again: everything acknowledged is there, and what was not can be repeated.
  ASSERT_EQ(unlink(flag.c_str()), 0);
  ASSERT_TRUE(coalition_->StartHub().ok());
  EXPECT_EQ(coalition_.LiveRecords(), records + 1);
  RawClient again = coalition_.As("market");
  EXPECT_TRUE(again.Publish(*request).ok());
  EXPECT_EQ(coalition_.LiveRecords(), records + 2);
}

// ---- a member's vault

class VaultErrors : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(OutcomeOf(coalition_, "social", "somebody@example.com", {"--reference", "user-1"}),
              "no_match");
  }

  void ExpectRefusal(const std::string& part) {
    const auto before = FilesOf(coalition_->dir_of("social"));
    ExpectOneLine(Member(coalition_, "social", {"status", "--offline"}), part);
    EXPECT_EQ(FilesOf(coalition_->dir_of("social")), before) << "a file was changed";
  }
  void ExpectItStillWorks() {
    const CommandResult status = Member(coalition_, "social", {"status", "--offline"});
    EXPECT_TRUE(status.Require().ok()) << status.Require();
  }

  TestCoalition coalition_;
};

TEST_F(VaultErrors, WrongKeyAndKeyThatOthersCanRead) {
  const std::string path = coalition_->vault_key_of("social"),
                    right = coalition::ReadFile(path).value();
  ASSERT_TRUE(coalition::WriteFile(path, KeyText('c'), 0600).ok());
  ExpectRefusal("key");
  ASSERT_TRUE(coalition::WriteFile(path, right, 0644).ok());
  ExpectRefusal("chmod");
  ASSERT_EQ(unlink(path.c_str()), 0);
  ExpectRefusal("vault.key");
  ASSERT_TRUE(coalition::WriteFile(path, right, 0600).ok());
  ExpectItStillWorks();
}

TEST_F(VaultErrors, DamagedPageAndNewerVersion) {
  const std::string path = coalition_->vault_of("social");
  ASSERT_GT(fs::file_size(path), 4u * 4096u);
  FlipByte(path, 2 * 4096 + 100);
  ExpectRefusal("damaged");
  FlipByte(path, 2 * 4096 + 100);
  RunSql(path, coalition_->vault_key_of("social"), "PRAGMA user_version = 99;");
  ExpectRefusal("newer");
  RunSql(path, coalition_->vault_key_of("social"),
         absl::StrCat("PRAGMA user_version = ", vault::kVaultSchemaVersion, ";"));
  ExpectItStillWorks();
}

TEST_F(VaultErrors, TwoProcessesOnOneVault) {
  const auto watch = coalition_->StartMember("social", {"watch", "--json"});
  ASSERT_TRUE(watch.ok());
  ASSERT_TRUE((*watch)
                  ->WaitForLine(
                      Process::Stream::kOutput,
                      [](absl::string_view line) { return absl::StrContains(line, "\"ready\""); },
                      kDeadline)
                  .ok());
  ExpectOneLine(Member(coalition_, "social", {"status", "--offline"}), "process");
  (*watch)->Signal(SIGTERM);
  EXPECT_EQ((*watch)->Wait(kDeadline).value_or(-1), 0);
  ExpectItStillWorks();
}

TEST_F(VaultErrors, FullDisk) {
  const std::string flag = coalition_.path("disk-is-full");
  ASSERT_TRUE(coalition::WriteFile(flag, "").ok());
  const std::string preload =
      (fs::read_symlink("/proc/self/exe").parent_path() / "libvervet_full_disk_preload.so")
          .string();
  ProcessOptions options;
  options.argv = coalition_->MemberArgv(
      "social", {"publish", "--no-wait", "--email", "full@example.com", "--offence", "auction",
                 "--taxon", "Manis javanica", "--decision", "CASE-1"});
  options.environment = {{"LD_PRELOAD", preload},
                         {"VERVET_FULL_DISK_FLAG", flag},
                         {"VERVET_FULL_DISK_PATH", "vault.db"}};
  const auto result = coalition::RunCommand(options, kDeadline);
  ASSERT_TRUE(result.ok()) << result.status();
  ExpectOneLine(*result, "disk");
  ASSERT_EQ(unlink(flag.c_str()), 0);
  ExpectItStillWorks();
  EXPECT_EQ(OutcomeOf(coalition_, "social", "somebody@example.com", {"--local-only"}), "no_match");
}

}  // namespace
}  // namespace vervet::integration
