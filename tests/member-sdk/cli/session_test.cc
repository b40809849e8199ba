#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/member-sdk/cli/fake_client.h"

namespace vervet::member_cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class SessionTest : public MemberCliTest {
 protected:
  MatchEvent Event(const std::string& reference) {
    MatchEvent event{ExampleMatch(world_.environment.Now()), {reference}, {}};
    event.noticed = event.match.published + std::chrono::milliseconds(340);
    return event;
  }
};

TEST_F(SessionTest, LoadsTheConfigurationWithPathsFromItsFolder) {
  EXPECT_EQ(Run({"status"}), 0);
  EXPECT_EQ(world_.options.hub_target, "hub.example:7443");
  EXPECT_EQ(world_.options.certificate_path, Path("m.crt"));
  EXPECT_EQ(world_.options.vault_path, Path("vault.db"));
  EXPECT_EQ(world_.options.purpose, "prevention of wildlife trafficking");
  EXPECT_THAT(world_.options.default_groups, ElementsAre("coalition"));
}

TEST_F(SessionTest, NamesEveryWrongFieldWithItsPosition) {
  const std::string wrong = absl::StrReplaceAll(ConfigText(), {{"hub.example:7443", "hub.example"},
                                                               {std::string(64, 'a'), "abc"},
                                                               {"\"IE\"", "\"Ireland\""}});
  const std::string path = WriteFile("wrong.textproto", wrong);
  EXPECT_EQ(Run({"status", "--config", path}), 2);
  EXPECT_THAT(err_, HasSubstr("wrong.textproto:1:1: hub_target: must be \"host:port\""));
  EXPECT_THAT(err_,
              HasSubstr("wrong.textproto:3:1: log_public_key: must be 64 hexadecimal digits"));
  EXPECT_THAT(err_, HasSubstr("default_region: must be two capital letters"));
  EXPECT_FALSE(world_.opened);
}

TEST_F(SessionTest, TakesACommandForTheVaultsKeyFile) {
  const auto with = [&](const std::string& line) {
    return WriteFile("command.textproto",
                     absl::StrReplaceAll(ConfigText(), {{"vault_key_path: \"vault.key\"", line}}));
  };
  EXPECT_EQ(Run({"status", "--config", with("vault_key_command: [\"/bin/give\", \"a key\"]")}), 0);
  EXPECT_EQ(world_.options.vault_key_path, "");
  EXPECT_THAT(world_.options.vault_key_command, ElementsAre("/bin/give", "a key"));
  EXPECT_EQ(Run({"status", "--config",
                 with("vault_key_path: \"vault.key\" vault_key_command: \"/bin/give\"")}),
            2);
  EXPECT_THAT(err_, HasSubstr("vault_key_command: stands beside vault_key_path"));
  EXPECT_EQ(Run({"status", "--config", with("vault_key_command: \"give\"")}), 2);
  EXPECT_THAT(err_, HasSubstr("vault_key_command: must begin with the program's absolute path"));
  EXPECT_EQ(Run({"status", "--config", with("")}), 2);
  EXPECT_THAT(err_, HasSubstr("vault_key_path: is required"));
}

TEST_F(SessionTest, SaysHowToStartWithoutAConfiguration) {
  EXPECT_EQ(Run({"status", "--config", Path("none.textproto")}), 2);
  EXPECT_THAT(err_, HasSubstr("init --template > member.textproto"));
}

TEST_F(SessionTest, PassesOnWhyAClientCannotOpen) {
  world_.open_status =
      absl::FailedPreconditionError("vault_path: another process has the vault open; end it first");
  EXPECT_EQ(Run({"status"}), 1);
  EXPECT_EQ(
      err_,
      "error: failed precondition: vault_path: another process has the vault open; end it first\n");
}

TEST_F(SessionTest, WatchPrintsJsonLinesUntilItHasEnough) {
  world_.state.position = 17;
  world_.on_catch_up = [this](FakeWorld& world) {
    world.options.on_notice("connected");
    world.options.on_match(Event("user-1"));
    world.options.on_match_ended({"0190", "member/market", "retracted", {"user-1"}});
    world.options.on_match(Event("user-2"));
  };
  EXPECT_EQ(Run({"watch", "--json", "--until-matches", "2"}), 0);
  EXPECT_THAT(out_, HasSubstr("{\"event\":\"notice\",\"text\":\"connected\"}\n"));
  EXPECT_THAT(out_,
              HasSubstr("\"latency_ms\":340,\"references\":[\"user-1\"],\"record_id\":\"0190a1b2"));
  EXPECT_THAT(
      out_,
      HasSubstr("{\"event\":\"match_ended\",\"record_id\":\"0190\",\"publisher\":\"member/market\","
                "\"reason\":\"retracted\",\"references\":[\"user-1\"]}\n"));
  EXPECT_THAT(out_, HasSubstr("{\"event\":\"ready\",\"position\":17}\n"));
}

TEST_F(SessionTest, WatchShowsPeopleWhoWasRecognisedAndHowFast) {
  world_.on_catch_up = [this](FakeWorld& world) { world.options.on_match(Event("user-1")); };
  EXPECT_EQ(Run({"watch", "--until-matches", "1"}), 0);
  EXPECT_THAT(out_, HasSubstr("match  user-1  (340 ms after it was published)"));
  EXPECT_THAT(out_, HasSubstr("acted on by"));
  EXPECT_THAT(out_, HasSubstr("ready  up to date at position"));
}

TEST_F(SessionTest, WatchEndsAfterItsTime) {
  environment_ = Environment::System();
  EXPECT_EQ(Run({"watch", "--for", "0.02"}), 0);
  EXPECT_EQ(Run({"watch", "--for", "0.02", "--until-matches", "1"}), 1);
  EXPECT_THAT(err_, HasSubstr("0 of 1 matches"));
}

TEST_F(SessionTest, WatchEndsWhenAskedWhileTheHubIsGone) {
  world_.hub_reachable = false;
  world_.on_catch_up = [this](FakeWorld&) { stop_->Request(); };
  EXPECT_EQ(Run({"watch"}), 0);
}

TEST_F(SessionTest, WatchTellsARefusalFromAnAbsence) {
  world_.catch_up_status =
      absl::PermissionDeniedError("member/social is suspended: ask a coordinator");
  EXPECT_EQ(Run({"watch"}), 1);
  EXPECT_THAT(err_, HasSubstr("permission denied: member/social is suspended"));
  world_.catch_up_status = absl::OkStatus();
  world_.hub_reachable = false;
  EXPECT_EQ(Run({"watch", "--for", "5"}), 3);
}

TEST_F(SessionTest, SyncPrintsItsMatchesAndEnds) {
  world_.state.position = 17;
  world_.on_catch_up = [this](FakeWorld& world) { world.options.on_match(Event("user-1")); };
  EXPECT_EQ(Run({"sync"}), 0);
  EXPECT_THAT(out_, HasSubstr("match  user-1"));
  EXPECT_THAT(out_, HasSubstr("up to date at position 17"));
  world_.hub_reachable = false;
  world_.on_catch_up = nullptr;
  EXPECT_EQ(Run({"sync", "--timeout", "2"}), 3);
  EXPECT_THAT(err_, HasSubstr("connection refused"));
}

TEST_F(SessionTest, SyncEndsAtOnceWhereTheHubRefuses) {
  world_.catch_up_status = absl::PermissionDeniedError(
      "member/social is suspended (under review); ask a coordinator to reinstate it");
  const absl::Duration start = world_.environment.Monotonic();
  EXPECT_EQ(Run({"sync", "--timeout", "86400"}), 1);
  EXPECT_EQ(world_.environment.Monotonic(), start);
  EXPECT_EQ(err_,
            "error: permission denied: member/social is suspended (under review); ask a "
            "coordinator to reinstate it\n");
}

// Each wait asks the hub anew: as long as they were all short, a hub further away was never heard.
TEST_F(SessionTest, SyncReachesAHubThatIsFarAway) {
  world_.catch_up_takes = absl::Milliseconds(900);
  EXPECT_EQ(Run({"sync"}), 0) << err_;
}

TEST_F(SessionTest, StatusTellsARefusalFromAnAbsence) {
  world_.catch_up_status = absl::UnauthenticatedError("your certificate names no SPIFFE URI");
  EXPECT_EQ(Run({"status"}), 1);
  EXPECT_THAT(out_, HasSubstr("position"));
}

TEST_F(SessionTest, StatusWorksWithoutTheHub) {
  world_.hub_reachable = false;
  world_.state.position = 4711;
  world_.state.hub_size = 4720;
  world_.state.live_records = 20004;
  world_.state.live_signatures = 81220;
  world_.state.outbox_refused = 1;
  world_.state.groups = {"asia-desk", "coalition"};
  EXPECT_EQ(Run({"status"}), 3);
  EXPECT_THAT(out_, HasSubstr("hub         hub.example:7443, not connected\n"));
  EXPECT_THAT(out_, HasSubstr("reason      hub.example:7443: connection refused\n"));
  EXPECT_THAT(out_, HasSubstr("position    4,711 of 4,720, 9 events behind\n"));
  EXPECT_THAT(out_, HasSubstr("records     20,004 live, 81,220 signatures\n"));
  EXPECT_THAT(out_, HasSubstr("outbox      0 waiting, 1 refused\n"));
  EXPECT_THAT(out_, HasSubstr("groups      asia-desk, coalition\n"));
  EXPECT_EQ(Run({"status", "--offline", "--json"}), 0);
  EXPECT_FALSE(world_.options.background);
  EXPECT_THAT(out_, HasSubstr("\"position\": 4711,\n  \"hub_size\": 4720,\n  \"behind\": 9"));
}

TEST_F(SessionTest, FlushDeliversOrSaysHowManyAreLeft) {
  world_.deliveries["a"] = {};
  world_.hub_reachable = false;
  EXPECT_EQ(Run({"flush", "--timeout", "1"}), 3);
  EXPECT_THAT(out_, HasSubstr("0 sent, 1 waiting, 0 refused"));
  EXPECT_THAT(err_, HasSubstr("1 left: connection refused"));
  world_.hub_reachable = true;
  EXPECT_EQ(Run({"flush"}), 0);
  EXPECT_THAT(out_, HasSubstr("1 sent, 0 waiting, 0 refused"));
}

TEST_F(SessionTest, FlushEndsAtOnceWhereTheHubRefuses) {
  world_.deliveries["a"] = {};
  world_.flush_status = absl::PermissionDeniedError(
      "member/social is suspended; 1 in the outbox are not delivered, and stay there");
  const absl::Duration start = world_.environment.Monotonic();
  EXPECT_EQ(Run({"flush", "--timeout", "86400"}), 1);
  EXPECT_EQ(world_.environment.Monotonic(), start);
  EXPECT_THAT(out_, HasSubstr("0 sent, 1 waiting, 0 refused"));
  EXPECT_THAT(err_, HasSubstr("error: permission denied: member/social is suspended"));
}

TEST_F(SessionTest, InitMakesTheKeyOnceAndKeepsIt) {
  EXPECT_EQ(Run({"init"}), 0);
  EXPECT_THAT(out_, HasSubstr("vault.key, made"));
  struct stat status {};
  ASSERT_EQ(stat(Path("vault.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  std::ostringstream first, second;
  first << std::ifstream(Path("vault.key")).rdbuf();
  EXPECT_GE(first.str().size(), 64u);
  EXPECT_THAT(Everything(), Not(HasSubstr(first.str().substr(0, 16))));
  EXPECT_EQ(Run({"init"}), 0);
  EXPECT_THAT(out_, HasSubstr("vault.key, kept"));
  second << std::ifstream(Path("vault.key")).rdbuf();
  EXPECT_EQ(first.str(), second.str());
}

TEST_F(SessionTest, InitMakesNoNewKeyForAnOldVault) {
  WriteFile("vault.db", "encrypted");
  EXPECT_EQ(Run({"init"}), 1);
  EXPECT_THAT(err_, HasSubstr("bring its key back"));
  EXPECT_NE(0, access(Path("vault.key").c_str(), F_OK));
}

TEST_F(SessionTest, InitRefusesAKeyThatOthersCanRead) {
  WriteFile("vault.key", std::string(64, 'a'));
  chmod(Path("vault.key").c_str(), 0644);
  EXPECT_EQ(Run({"init"}), 1);
  EXPECT_THAT(Everything(), Not(HasSubstr("aaaa")));
}

TEST_F(SessionTest, TheTemplateIsRightOnceItsKeyIsFilledIn) {
  EXPECT_EQ(Run({"init", "--template"}), 0);
  const std::string filled = absl::StrReplaceAll(
      out_,
      {{"log_public_key: \"\"", absl::StrCat("log_public_key: \"", std::string(64, '0'), "\"")}});
  EXPECT_EQ(Run({"status", "--config", WriteFile("new.textproto", filled)}), 0) << err_;
  EXPECT_EQ(world_.options.default_groups.size(), 1u);
}

TEST_F(SessionTest, EveryCommandHasAPageWithItsExitCodes) {
  for (const char* command :
       {"init", "check", "publish", "retract", "import", "watch", "sync", "status", "flush"}) {
    EXPECT_EQ(Run({command, "--help"}), 0) << command;
    EXPECT_THAT(out_, HasSubstr("Exit codes\n")) << command;
    EXPECT_THAT(out_, HasSubstr("Examples\n")) << command;
  }
}

}  // namespace
}  // namespace vervet::member_cli
