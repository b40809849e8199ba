// `vervet-hub check-config` says everything that is wrong, beside a running hub or without one, and
// changes nothing.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
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
#include "tests/integration/coalition_fixture.h"

namespace vervet::integration {
namespace {

namespace fs = std::filesystem;
using coalition::CommandResult;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Duration kDeadline = absl::Seconds(30);

// Every file with its content, those that SQLite makes for itself too.
std::map<std::string, std::string> FilesOf(const std::string& dir) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    if (entry.is_regular_file())
      files[entry.path().string()] = coalition::ReadFile(entry.path().string()).value_or("");
  }
  return files;
}

std::string KeyText(char digit) { return std::string(64, digit) + "\n"; }

// A TCP listener of somebody else's.
class Occupied {
 public:
  Occupied() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in any = {};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(any);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&any), size), 0);
    EXPECT_EQ(listen(fd_, 1), 0);
    EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&any), &size), 0);
    address_ = absl::StrCat("127.0.0.1:", ntohs(any.sin_port));
  }
  ~Occupied() { close(fd_); }
  const std::string& address() const { return address_; }

 private:
  const int fd_;
  std::string address_;
};

class CheckConfig : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { coalition_ = new TestCoalition(); }
  static void TearDownTestSuite() {
    delete coalition_;
    coalition_ = nullptr;
  }
  void SetUp() override {
    if (hub().running()) {
      ASSERT_EQ(hub().Stop().value_or(-1), 0);
    }
    config_ = hub().config_path();
  }
  static coalition::HubProcess& hub() { return coalition_->hub(); }

  // With the changes, beside the real one.
  void Change(std::vector<std::pair<const absl::string_view, const std::string>> changes) {
    const std::string text = coalition::ReadFile(hub().config_path()).value();
    for (const auto& [from, to] : changes) EXPECT_THAT(text, HasSubstr(std::string(from)));
    config_ = hub().settings().dir + "/other.textproto";
    EXPECT_TRUE(coalition::WriteFile(config_, absl::StrReplaceAll(text, changes)).ok());
  }
  void Add(const std::string& line) { Change({{"store_path:", line + "\nstore_path:"}}); }

  CommandResult Check(std::vector<std::string> command = {"check-config"},
                      std::optional<uint64_t> max_open_files = {}) {
    coalition::ProcessOptions options;
    options.argv = {hub().settings().program};
    options.argv.insert(options.argv.end(), command.begin(), command.end());
    options.argv.insert(options.argv.end(), {"--config", config_});
    options.max_open_files = max_open_files;
    const auto before = FilesOf(hub().settings().dir);
    const auto result = coalition::RunCommand(options, kDeadline);
    EXPECT_TRUE(result.ok()) << result.status();
    if (!hub().running()) {
      EXPECT_TRUE(FilesOf(hub().settings().dir) == before) << "a file was made or changed";
    }
    return result.value_or(CommandResult());
  }

  // These mistakes and no other, each in one line, in this order.
  void ExpectMistakes(const std::vector<std::string>& parts, int exit_code = cli::kExitFailed) {
    const CommandResult result = Check();
    EXPECT_EQ(result.exit_code, exit_code) << result.output;
    const std::vector<std::string> lines =
        absl::StrSplit(result.error, '\n', absl::SkipWhitespace());
    ASSERT_EQ(lines.size(), parts.size()) << result.error;
    for (size_t i = 0; i < parts.size(); ++i) {
      EXPECT_THAT(lines[i], AllOf(HasSubstr("error: "), HasSubstr(parts[i])));
    }
  }

  void ExpectRight(const std::string& part) {
    const CommandResult result = Check();
    EXPECT_EQ(result.exit_code, cli::kExitOk) << result.error;
    EXPECT_EQ(result.error, "");
    EXPECT_THAT(result.output, HasSubstr(part));
  }

  // Puts these bytes in the place of a file's while it lives.
  class Instead {
   public:
    Instead(std::string path, const std::string& bytes, unsigned mode = 0600)
        : path_(std::move(path)), bytes_(coalition::ReadFile(path_).value()) {
      EXPECT_TRUE(coalition::WriteFile(path_, bytes, mode).ok());
    }
    ~Instead() { EXPECT_TRUE(coalition::WriteFile(path_, bytes_, 0600).ok()); }

   private:
    const std::string path_, bytes_;
  };

  static TestCoalition* coalition_;
  std::string config_;
};

TestCoalition* CheckConfig::coalition_ = nullptr;

TEST_F(CheckConfig, FindsNothingWrongWithARightOne) {
  const CommandResult result = Check();
  EXPECT_EQ(result.exit_code, cli::kExitOk);
  EXPECT_EQ(result.error, "");
  for (const char* line :
       {"ok       keyring_key_path: ", "ok       keyring_path: opens; the log's public key is ",
        "ok       store_key_path: ", "ok       store_path: is this coalition's log; no hub runs",
        "ok       tls.crl_dir: none", "ok       listen_address: can be listened on",
        "ok       metrics_address: none", "ok       limits.sync_streams: 1024",
        // The tests' certificates live for a day.
        "warning  tls.certificate_path: is of spiffe://coalition.test/hub/hub, valid until ",
        "The configuration is right, with "}) {
    EXPECT_THAT(result.output, HasSubstr(line));
  }
  EXPECT_THAT(result.output, HasSubstr(hub().log_public_key()));
}

TEST_F(CheckConfig, IsSpelledAsAFlagToo) {
  const CommandResult result = Check({"--check-config"});
  EXPECT_EQ(result.exit_code, cli::kExitOk) << result.error;
  EXPECT_THAT(result.output, HasSubstr("ok       store_path: is this coalition's log"));
}

TEST_F(CheckConfig, WorksBesideARunningHub) {
  ASSERT_TRUE((*coalition_)->StartHub().ok());
  const std::string pid = absl::StrCat("process ", hub().process().pid());
  const CommandResult result = Check();
  EXPECT_EQ(result.exit_code, cli::kExitOk) << result.error;
  EXPECT_THAT(result.output, HasSubstr("store_path: is this coalition's log, in use by " + pid));
  EXPECT_THAT(result.output, HasSubstr("listen_address: the port is in use, as it is where the hub "
                                       "runs (" +
                                       pid));
  // What it looked at goes on working.
  EXPECT_EQ(OutcomeOf(*coalition_, "social", "somebody@example.com"), "no_match");
}

TEST_F(CheckConfig, ReadsAStoreWhoseHubWasKilled) {
  ASSERT_TRUE((*coalition_)->StartHub().ok());
  EXPECT_EQ(OutcomeOf(*coalition_, "market", "another@example.com"), "no_match");
  ASSERT_TRUE(hub().Kill().ok());
  const std::string wal = hub().store_path() + "-wal";
  ASSERT_GT(fs::file_size(wal), 0u);
  const std::string before = coalition::ReadFile(wal).value();
  const auto result = hub().Run({"check-config"});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->exit_code, cli::kExitOk) << result->error;
  EXPECT_TRUE(coalition::ReadFile(wal).value() == before) << "the write-ahead log was changed";
  ASSERT_TRUE((*coalition_)->StartHub().ok());
}

TEST_F(CheckConfig, SaysEachSectionsMistakeAndLooksNoFurther) {
  Change({{"\nregion: \"IE\"\n", "\nregion: \"Ireland\"\n"},
          {"store_path:",
           "limits { work_threads: 257 }\nmetrics_address: \"0.0.0.0:9464\"\n"
           "store_path:"},
          {"keyring_key_path: \"keyring.key\"", "keyring_key_path: \"log.key\""}});
  ExpectMistakes({"metrics_address: must be a loopback address", "region: two upper-case letters",
                  "keyring_key_path: must be another file", "limits.work_threads: at most 256"},
                 cli::kExitUsage);
  Change({{"store_path:", "store_pth:"}});
  ExpectMistakes({"store_path"}, cli::kExitUsage);
  config_ = "/nowhere/hub.textproto";
  ExpectMistakes({"/nowhere/hub.textproto"}, cli::kExitUsage);
}

TEST_F(CheckConfig, FindsAWrongKeyAndSaysWhatItThereforeCouldNotLookAt) {
  {
    const Instead wrong(hub().store_key_path(), KeyText('a'));
    ExpectMistakes({"store_path: the key does not open"});
  }
  {
    const Instead wrong(hub().keyring_key_path(), KeyText('b'));
    ExpectMistakes({"keyring_path: "});
  }
  {
    const Instead open(hub().store_key_path(), KeyText('a'), 0644);
    const Instead torn(hub().keyring_key_path(), "no key\n");
    ExpectMistakes({"keyring_key_path: ", "store_key_path: "});
    const CommandResult result = Check();
    EXPECT_THAT(result.error, AllOf(HasSubstr("chmod 600"), HasSubstr("64 hexadecimal digits"),
                                    Not(HasSubstr(std::string(8, 'a')))));
    EXPECT_THAT(result.output, HasSubstr("skipped  keyring_path: not looked at"));
    EXPECT_THAT(result.output, HasSubstr("skipped  store_path: not looked at"));
    EXPECT_THAT(result.output, HasSubstr("2 mistakes"));
  }
  Change({{"log.key", "lost.key"}});
  ExpectMistakes({"store_key_path: key file"});
}

TEST_F(CheckConfig, RunsKeyCommands) {
  const auto command = [&](const std::string& script) {
    Change({{"store_key_path: \"log.key\"",
             absl::StrCat("store_key_command: [\"/bin/sh\", \"-c\", \"", script, "\"]")}});
  };
  command("cat " + hub().store_key_path());
  ExpectRight("ok       store_key_command: gives a key");
  command("exit 3");
  ExpectMistakes({"store_key_command: key command /bin/sh: ended with status 3"});
}

TEST_F(CheckConfig, FindsAKeyringThatIsNotThereOrDamaged) {
  std::string bytes = coalition::ReadFile(hub().keyring_path()).value();
  bytes[40] = static_cast<char>(bytes[40] ^ 1);
  {
    const Instead damaged(hub().keyring_path(), bytes);
    ExpectMistakes({"keyring_path: "});
  }
  Change({{"keyring_path: \"keyring\"", "keyring_path: \"mislaid\""}});
  ExpectMistakes({"mislaid does not exist"});
}

TEST_F(CheckConfig, FindsAStoreThatIsNotThisHubs) {
  Change({{"store_path: \"log.db\"", "store_path: \"mislaid.db\""}});
  ExpectMistakes({"store_path: "});
  Change({{"store_path: \"log.db\"", "store_path: \"nowhere/log.db\""}});
  ExpectMistakes({"is missing, or this user may not write to it", "does not exist"});
  Change({{"store_path: \"log.db\"", "store_path: \"hub.textproto\""}});
  ExpectMistakes({"the key does not open"});
  // Another coalition: certificate, keyring and store each say so, all at once.
  Change({{"coalition: \"coalition.test\"", "coalition: \"other.test\""}});
  ExpectMistakes({"keyring_path: ", "belongs to another coalition", "tls: "});
}

TEST_F(CheckConfig, FindsAStoreOfANewerVersion) {
  const auto set_version = [](int version) {
    const std::string key(
        absl::StripAsciiWhitespace(coalition::ReadFile(hub().store_key_path()).value()));
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(hub().store_path().c_str(), &handle), SQLITE_OK);
    const std::string script =
        absl::StrCat("PRAGMA key = \"x'", key, "'\"; PRAGMA cipher_page_size = 4096; ",
                     "PRAGMA cipher_hmac_algorithm = HMAC_SHA1; PRAGMA cipher_kdf_algorithm = ",
                     "PBKDF2_HMAC_SHA1; PRAGMA kdf_iter = 64000; PRAGMA user_version = ", version);
    EXPECT_EQ(sqlite3_exec(handle, script.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(handle);
  };
  set_version(99);
  ExpectMistakes({"was written by a newer version (schema 99"});
  set_version(1);
  ExpectRight("store_path: is this coalition's log");
}

TEST_F(CheckConfig, FindsACertificateThatWillNotDo) {
  const auto with = [&](const test_support::LeafSpec& spec) {
    const auto tls = coalition_->Issue(spec, coalition_->authority());
    Change({{(*coalition_)->tls_of("hub").certificate, tls.certificate},
            {(*coalition_)->tls_of("hub").private_key, tls.private_key}});
  };
  test_support::LeafSpec expired = test_support::HubLeaf("hub");
  expired.not_before = absl::Now() - absl::Hours(48);
  expired.not_after = absl::Now() - absl::Hours(1);
  with(expired);
  ExpectMistakes({"expired"});
  with(test_support::ClientLeaf("member/market"));
  ExpectMistakes({"role"});
  test_support::LeafSpec lasting = test_support::HubLeaf("hub");
  lasting.not_after = absl::Now() + absl::Hours(24 * 60);
  with(lasting);
  ExpectRight("ok       tls.certificate_path: is of spiffe://coalition.test/hub/hub");

  Change({{(*coalition_)->tls_of("hub").private_key, (*coalition_)->tls_of("market").private_key}});
  ExpectMistakes({"is not the key of"});
  ASSERT_EQ(chmod((*coalition_)->tls_of("market").private_key.c_str(), 0644), 0);
  ExpectMistakes({"chmod 600"});
  ASSERT_EQ(chmod((*coalition_)->tls_of("market").private_key.c_str(), 0600), 0);
}

TEST_F(CheckConfig, FindsADirectoryOfRevocationListsThatWouldLetEverybodyIn) {
  const std::string dir = coalition_->path("crls");
  fs::create_directory(dir);
  Change({{"tls {", absl::StrCat("tls { crl_dir: \"", dir, "\"")}});
  ExpectMistakes({"tls.crl_dir: the directory of revocation lists"});
  coalition_->authority().WriteRevocations({}, dir);
  ExpectRight("ok       tls.crl_dir: its revocation lists are current");
}

TEST_F(CheckConfig, FindsAnAddressThatCannotBeHad) {
  const Occupied other;
  Change({{hub().address(), other.address()}});
  ExpectMistakes({"listen_address: cannot listen on " + other.address() + ": the port is in use"});
  Change({{hub().address(), "192.0.2.1:7443"}});
  ExpectMistakes({"listen_address: cannot listen on 192.0.2.1:7443: this machine has no such"});
  Add(absl::StrCat("metrics_address: \"", other.address(), "\""));
  ExpectMistakes({"metrics_address: cannot listen on"});
  Add("metrics_address: \"127.0.0.1:0\"");
  ExpectRight("ok       metrics_address: takes a free port");
}

TEST_F(CheckConfig, WarnsOfLimitsThatThisMachineCannotKeep) {
  const CommandResult result = Check({"check-config"}, 1'024);
  EXPECT_EQ(result.exit_code, cli::kExitOk) << result.error;
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("warning  limits.sync_streams: 1024 streams take about 1280"),
                    HasSubstr("set LimitNOFILE")));
  EXPECT_THAT(Check({"check-config"}, 1'280).output, HasSubstr("ok       limits.sync_streams"));
  Add("limits { work_threads: 256 } budgets { daily: 100 total: 50 }");
  ExpectRight("warning  limits.work_threads: 256 threads");
  ExpectRight("warning  budgets.total: is below budgets.daily");
}

}  // namespace
}  // namespace vervet::integration
