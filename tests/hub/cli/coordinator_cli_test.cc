#include "hub/cli/coordinator_cli.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/log/tree_head.h"
#include "tests/hub/cli/cli_fixture.h"
#include "vervet/v1/registry.grpc.pb.h"

namespace vervet::coordinator_cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// A registry that remembers what it was asked and refuses as often as it is told.
class FakeRegistry final : public v1::Registry::Service {
 public:
  grpc::Status Admit(grpc::ServerContext*, const v1::AdmitRequest* request,
                     v1::ChangeResponse* response) override {
    admitted.push_back(*request);
    return Answer("", response);
  }
  grpc::Status Suspend(grpc::ServerContext*, const v1::SuspendRequest* request,
                       v1::ChangeResponse* response) override {
    lines.push_back(absl::StrCat("suspend ", request->party(), " ", request->reason()));
    return Answer("", response);
  }
  grpc::Status Reinstate(grpc::ServerContext*, const v1::ReinstateRequest* request,
                         v1::ChangeResponse* response) override {
    lines.push_back(absl::StrCat("reinstate ", request->party(), " ", request->reason()));
    return Answer("", response);
  }
  grpc::Status CreateGroup(grpc::ServerContext*, const v1::CreateGroupRequest* request,
                           v1::ChangeResponse* response) override {
    created.push_back(*request);
    return Answer("", response);
  }
  grpc::Status JoinGroup(grpc::ServerContext*, const v1::JoinGroupRequest* request,
                         v1::ChangeResponse* response) override {
    lines.push_back(absl::StrCat("join ", request->group(), " ", request->party()));
    return Answer(request->group(), response);
  }
  grpc::Status LeaveGroup(grpc::ServerContext*, const v1::LeaveGroupRequest* request,
                          v1::ChangeResponse* response) override {
    lines.push_back(absl::StrCat("leave ", request->group(), " ", request->party()));
    return Answer("", response);
  }
  grpc::Status List(grpc::ServerContext*, const v1::ListRequest*,
                    v1::ListResponse* response) override {
    *response = list;
    v1::ChangeResponse ignored;
    return Answer("", &ignored);
  }

  std::vector<v1::AdmitRequest> admitted;
  std::vector<v1::CreateGroupRequest> created;
  std::vector<std::string> lines;
  v1::ListResponse list;
  int failures = 0;  // of the next calls
  grpc::Status failure = grpc::Status(grpc::StatusCode::UNAVAILABLE, "shutting down");
  std::string refused_group;

 private:
  grpc::Status Answer(const std::string& group, v1::ChangeResponse* response) {
    if (failures > 0) {
      --failures;
      return failure;
    }
    if (!group.empty() && group == refused_group) {
      return grpc::Status(grpc::StatusCode::FAILED_PRECONDITION,
                          "party: its region IE is not permitted in this group");
    }
    response->set_sequence(4711);
    return grpc::Status::OK;
  }
};

class CoordinatorCliTest : public CliTest {
 protected:
  CoordinatorCliTest() {
    unsetenv("VERVET_CONFIG");
    std::string pattern = (std::filesystem::path(::testing::TempDir()) / "coordinator_cli_XXXXXX")
                              .lexically_normal()
                              .string();
    folder_ = mkdtemp(pattern.data());
    WriteConfig("");
    Serve({&registry_});
  }
  ~CoordinatorCliTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  void WriteConfig(const std::string& more) {
    std::ofstream(Path("c.textproto"))
        << "hub_target: \"hub.example:7443\"\ncoalition: \"coalition.example\"\n"
           "tls { certificate_path: \"c.crt\" private_key_path: \"c.key\" ca_path: \"ca.crt\" }\n"
        << more;
  }

  int Run(std::vector<std::string> args) {
    args.insert(args.begin(), {"--config", Path("c.textproto")});
    return RunPlain(args);
  }

  void FillRoster() {
    const int64_t now_us = absl::ToUnixMicros(environment_.Now());
    v1::RosterEntry* market = registry_.list.add_parties();
    market->set_party("member/market");
    market->set_display_name("Example Market");
    market->set_region("IE");
    market->set_connected(true);
    market->add_groups("asia-desk");
    market->add_groups("coalition");
    market->set_applied_position(4711);
    market->set_applied_us(now_us - 3'000'000);
    market->set_records_published(12);
    v1::RosterEntry* social = registry_.list.add_parties();
    social->set_party("member/social");
    social->set_display_name("交流网络");
    social->set_region("SG");
    social->set_suspended(true);
    social->set_suspension_reason("key lost\033[2J");
    social->set_applied_position(4650);
    social->set_applied_us(now_us - int64_t{7200} * 1'000'000);
    v1::RosterEntry* ana = registry_.list.add_parties();
    ana->set_party("coordinator/ana");
    ana->set_display_name("Ana");
    ana->set_region("ES");
    v1::GroupEntry* group = registry_.list.add_groups();
    group->set_group("asia-desk");
    group->set_display_name("Asia desk");
    group->set_members(2);
    group->add_permitted_regions("IE");
    group->add_permitted_regions("SG");
    group->set_transfer_instrument("SCC 2021/914");
    registry_.list.set_live_records(20004);
    registry_.list.set_live_signatures(81220);
    *registry_.list.mutable_head() =
        log::SignTreeHead(key_, "coalition.example", 4711, log::Hash{}, environment_.Now());
  }

  log::LogSigningKey key_ = log::LogSigningKey::FromSeed(Secret<32>());
  FakeRegistry registry_;
  std::string folder_;
};

TEST_F(CoordinatorCliTest, AdmitsAMemberIntoItsGroups) {
  EXPECT_EQ(Run({"members", "admit", "market", "--name", "Example Market", "--region", "ie",
                 "--group", "coalition", "--group", "asia-desk"}),
            0)
      << err_;
  ASSERT_THAT(registry_.admitted, SizeIs(1));
  EXPECT_EQ(registry_.admitted[0].party(), "member/market");
  EXPECT_EQ(registry_.admitted[0].region(), "IE");
  EXPECT_EQ(registry_.admitted[0].display_name(), "Example Market");
  EXPECT_EQ(registry_.admitted[0].request_id().size(), 16u);
  EXPECT_THAT(registry_.lines,
              ElementsAre("join coalition member/market", "join asia-desk member/market"));
  EXPECT_EQ(out_,
            "admitted  member/market, event 4,711\njoined    coalition, event 4,711\njoined    "
            "asia-desk, event 4,711\n");
}

TEST_F(CoordinatorCliTest, SaysWhatRemainsWhenAGroupRefuses) {
  registry_.refused_group = "us-desk";
  EXPECT_EQ(Run({"members", "admit", "market", "--name", "M", "--region", "IE", "--group",
                 "us-desk", "--group", "coalition"}),
            4);
  EXPECT_THAT(
      err_,
      HasSubstr("error: failed precondition: us-desk: party: its region IE is not permitted"));
  EXPECT_THAT(err_, HasSubstr("vervet groups join us-desk member/market"));
  EXPECT_THAT(registry_.lines, SizeIs(2));
  EXPECT_EQ(Run({"members", "admit", "market", "--name", "M", "--region", "IE", "--group",
                 "us-desk", "--json"}),
            4);
  EXPECT_THAT(out_, HasSubstr("\"error\": \"party: its region"));
}

TEST_F(CoordinatorCliTest, RetriesWithTheSameRequestId) {
  registry_.failures = 2;
  EXPECT_EQ(Run({"members", "admit", "agency/interpol", "--name", "N", "--region", "FR"}), 0)
      << err_;
  ASSERT_THAT(registry_.admitted, SizeIs(3));
  EXPECT_EQ(registry_.admitted[0].request_id(), registry_.admitted[2].request_id());
  EXPECT_EQ(registry_.admitted[0].party(), "agency/interpol");
  ASSERT_THAT(waits_, SizeIs(2));
  EXPECT_GE(waits_[0], absl::Milliseconds(100));
  EXPECT_LE(waits_[1], absl::Milliseconds(400));
}

TEST_F(CoordinatorCliTest, GivesUpAfterSomeAttemptsWithTheRemedy) {
  registry_.failures = 100;
  EXPECT_EQ(Run({"status"}), 3);
  EXPECT_THAT(waits_, SizeIs(4));
  EXPECT_THAT(err_, HasSubstr("error: unavailable: shutting down\n"));
  EXPECT_THAT(err_, HasSubstr("is the hub at hub.example:7443 running"));
  EXPECT_THAT(out_, IsEmpty());
}

TEST_F(CoordinatorCliTest, DoesNotRepeatWhatTheHubRefused) {
  registry_.failures = 1;
  registry_.failure =
      grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "the role auditor may not call Suspend");
  EXPECT_EQ(Run({"members", "suspend", "market", "--reason", "key lost"}), 1);
  EXPECT_THAT(registry_.lines, SizeIs(1));
  EXPECT_EQ(err_, "error: permission denied: the role auditor may not call Suspend\n");
}

TEST_F(CoordinatorCliTest, ChangesStandingAndMembership) {
  EXPECT_EQ(Run({"members", "suspend", "market", "--reason", "key lost"}), 0);
  EXPECT_EQ(out_, "suspended  member/market, event 4,711\n");
  EXPECT_EQ(Run({"members", "reinstate", "member/market", "--reason", "new key", "--json"}), 0);
  EXPECT_THAT(out_, HasSubstr("\"party\": \"member/market\",\n  \"sequence\": 4711"));
  EXPECT_EQ(Run({"groups", "join", "asia-desk", "market"}), 0);
  EXPECT_EQ(out_, "member/market joined asia-desk, event 4,711\n");
  EXPECT_EQ(Run({"groups", "leave", "asia-desk", "market"}), 0);
  EXPECT_THAT(registry_.lines,
              ElementsAre("suspend member/market key lost", "reinstate member/market new key",
                          "join asia-desk member/market", "leave asia-desk member/market"));
  EXPECT_EQ(Run({"groups", "create", "eu-desk", "--name", "EU desk", "--region", "ie", "--region",
                 "DE", "--transfer-instrument", "GDPR"}),
            0);
  EXPECT_THAT(registry_.created[0].permitted_regions(), ElementsAre("IE", "DE"));
}

TEST_F(CoordinatorCliTest, RefusesWrongArgumentsBeforeItCalls) {
  EXPECT_EQ(Run({"members", "admit", "Market!", "--name", "M", "--region", "IE"}), 2);
  EXPECT_EQ(Run({"members", "admit", "hub/main", "--name", "M", "--region", "IE"}), 2);
  EXPECT_EQ(Run({"members", "admit", "market", "--name", "M", "--region", "Ireland"}), 2);
  EXPECT_THAT(err_, HasSubstr("--region: must be two letters"));
  EXPECT_EQ(Run({"members", "admit", "market", "--name", "M"}), 2);
  EXPECT_EQ(Run({"members", "suspend", "market", "--reason", ""}), 2);
  EXPECT_EQ(Run({"groups", "create", "EU desk", "--name", "N", "--transfer-instrument", "T"}), 2);
  EXPECT_EQ(Run({"groups", "join", "asia-desk"}), 2);
  EXPECT_EQ(Run({"member", "list"}), 2);
  EXPECT_THAT(err_, HasSubstr("did you mean members list?"));
  EXPECT_THAT(registry_.admitted, IsEmpty());
  EXPECT_THAT(registry_.lines, IsEmpty());
}

TEST_F(CoordinatorCliTest, ListsWhoIsBehindInAlignedColumns) {
  FillRoster();
  EXPECT_EQ(Run({"members", "list"}), 0);
  EXPECT_EQ(
      out_,
      R"(PARTY            NAME            REGION  STATE      GROUPS               POSITION  BEHIND    HEARD  RECORDS
member/market    Example Market  IE      connected  asia-desk,coalition     4,711       0  3 s ago       12
member/social    交流网络        SG      suspended                          4,650      61  2 h ago        0
coordinator/ana  Ana             ES      admitted

)"
      "member/social is suspended: key lost\xEF\xBF\xBD[2J\n");
}

TEST_F(CoordinatorCliTest, ListsGroups) {
  FillRoster();
  EXPECT_EQ(Run({"groups", "list"}), 0);
  EXPECT_EQ(out_,
            "GROUP      NAME       MEMBERS  REGIONS  TRANSFER INSTRUMENT\n"
            "asia-desk  Asia desk        2  IE,SG    SCC 2021/914\n");
}

TEST_F(CoordinatorCliTest, WritesEverythingForPrograms) {
  FillRoster();
  EXPECT_EQ(Run({"status", "--json"}), 0);
  EXPECT_THAT(out_, HasSubstr("\"size\": 4711"));
  EXPECT_THAT(out_, HasSubstr("\"live_records\": 20004"));
  EXPECT_THAT(out_, HasSubstr("\"behind\": 61"));
  EXPECT_THAT(out_, HasSubstr("\"applied\": null"));
  EXPECT_THAT(out_, HasSubstr("\"transfer_instrument\": \"SCC 2021/914\""));
  EXPECT_THAT(out_, Not(HasSubstr("\033")));
}

TEST_F(CoordinatorCliTest, ChecksTheSignatureUnderTheLogsHead) {
  FillRoster();
  EXPECT_EQ(Run({"status"}), 0);
  EXPECT_THAT(out_, HasSubstr("signature not checked"));
  WriteConfig(absl::StrCat("log_public_key: \"", absl::BytesToHexString(key_.public_key), "\"\n"));
  EXPECT_EQ(Run({"status"}), 0);
  EXPECT_THAT(out_, HasSubstr("signature right"));
  EXPECT_THAT(out_, HasSubstr("records    20,004 live, 81,220 signatures"));
  EXPECT_THAT(out_, HasSubstr("parties    3 on the roster, 1 connected, 1 suspended"));
  registry_.list.mutable_head()->set_size(4710);
  EXPECT_EQ(Run({"status"}), 1);
  EXPECT_THAT(out_, IsEmpty());
  EXPECT_THAT(err_, HasSubstr("compare the key with another coordinator"));
}

TEST_F(CoordinatorCliTest, TakesTheConnectionFromFlagsFileOrEnvironment) {
  EXPECT_EQ(Run({"status", "--hub", "other.example:1"}), 0);
  EXPECT_EQ(settings_.hub_target, "other.example:1");
  EXPECT_EQ(settings_.tls.ca_path, Path("ca.crt"));
  setenv("VERVET_CONFIG", Path("c.textproto").c_str(), 1);
  EXPECT_EQ(RunPlain({"status"}), 0);
  EXPECT_EQ(settings_.hub_target, "hub.example:7443");
  unsetenv("VERVET_CONFIG");
  EXPECT_EQ(RunPlain({"status"}), 2);
  EXPECT_THAT(err_, HasSubstr("--hub: must be \"host:port\""));
  EXPECT_THAT(err_, HasSubstr("--config FILE"));
}

TEST_F(CoordinatorCliTest, PointsAtAWrongFieldOfTheConfiguration) {
  WriteConfig("log_public_key: \"abc\"\n");
  EXPECT_EQ(Run({"status"}), 2);
  EXPECT_THAT(err_, HasSubstr("c.textproto:4:1: log_public_key: must be 64 hexadecimal digits"));
  WriteConfig("log_key: \"abc\"\n");
  EXPECT_EQ(Run({"status"}), 2);
  EXPECT_THAT(err_, HasSubstr("c.textproto:4:8:"));
}

TEST_F(CoordinatorCliTest, EveryCommandHasAPageWithItsExitCodes) {
  for (const char* command :
       {"members admit", "members suspend", "members reinstate", "members list", "groups create",
        "groups join", "groups leave", "groups list", "status"}) {
    const std::vector<std::string> words = absl::StrSplit(command, ' ');
    std::vector<std::string> args(words);
    args.push_back("--help");
    EXPECT_EQ(Run(args), 0) << command;
    EXPECT_THAT(out_, HasSubstr("Exit codes\n")) << command;
    EXPECT_THAT(out_, HasSubstr("Examples\n")) << command;
  }
}

}  // namespace
}  // namespace vervet::coordinator_cli
