// A log that members and auditors verify: whole, rolled back behind their backs, and forked.
#include <gtest/gtest.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "core/cli/exit_codes.h"
#include "tests/integration/coalition_fixture.h"

namespace vervet::integration {
namespace {

using coalition::CommandResult;
using ::testing::HasSubstr;

class LogAudit : public ::testing::Test {
 protected:
  // `vervet` as the coordinator.
  CommandResult Vervet(std::vector<std::string> arguments) {
    const auto result = coalition_->RunCoordinator(std::move(arguments));
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result : CommandResult();
  }
  void MakeGroup(const std::string& name) {
    const CommandResult made =
        Vervet({"groups", "create", name, "--name", name, "--transfer-instrument", "none"});
    ASSERT_TRUE(made.Require().ok()) << made.Require();
  }
  void SyncSocial() {
    const CommandResult synced = Member(coalition_, "social", {"sync"});
    ASSERT_TRUE(synced.Require().ok()) << synced.Require();
  }
  void SaveHead() {
    const CommandResult saved = Vervet({"log", "verify", "--save-head", coalition_.path("head")});
    ASSERT_TRUE(saved.Require().ok()) << saved.Require();
  }
  std::string Store(const std::string& ending = "") {
    return coalition_.hub().store_path() + ending;
  }
  // The store as it is, put aside; and back again behind everybody's back. The hub is stopped
  // meanwhile.
  void PutStoreAside() {
    ASSERT_EQ(coalition_.hub().Stop().value_or(-1), 0);
    std::filesystem::copy_file(Store(), coalition_.path("aside.db"));
    if (std::filesystem::exists(Store("-wal")))
      std::filesystem::copy_file(Store("-wal"), coalition_.path("aside.db-wal"));
    ASSERT_TRUE(coalition_->StartHub().ok());
  }
  void PutStoreBack() {
    ASSERT_EQ(coalition_.hub().Stop().value_or(-1), 0);
    for (const char* ending : {"", "-wal", "-shm"}) std::filesystem::remove(Store(ending));
    for (const char* ending : {"", "-wal"}) {
      const std::string aside = absl::StrCat(coalition_.path("aside.db"), ending);
      if (std::filesystem::exists(aside)) std::filesystem::copy_file(aside, Store(ending));
    }
    ASSERT_TRUE(coalition_->StartHub().ok());
  }
  std::string MemberReport() { return coalition_->vault_of("social") + ".log-report"; }
  // What a third party finds in it, with the log key alone.
  int CheckReport(const std::string& path) {
    return Vervet({"log", "check-report", path}).exit_code;
  }
  // The member refuses the hub, keeps a report, and says so.
  void ExpectSocialRefuses() {
    const CommandResult refused = Member(coalition_, "social", {"sync"});
    EXPECT_EQ(refused.exit_code, cli::kExitDataLoss);
    EXPECT_THAT(refused.error, HasSubstr(MemberReport()));
    EXPECT_TRUE(std::filesystem::exists(MemberReport()));
    const CommandResult status = Member(coalition_, "social", {"status", "--json"});
    EXPECT_EQ(status.exit_code, cli::kExitDataLoss);
    const auto json = status.ReadJson();
    ASSERT_TRUE(json.ok()) << json.status();
    EXPECT_EQ((*json)["log_report"]["path"].text(), MemberReport());
    EXPECT_THAT((*json)["log_report"]["known_head"].text(), HasSubstr("size "));
    EXPECT_THAT((*json)["log_report"]["shown_head"].text(), HasSubstr("size "));
    // For people, too, and without the hub.
    const CommandResult offline = Member(coalition_, "social", {"status", "--offline"});
    EXPECT_EQ(offline.exit_code, cli::kExitOk);
    EXPECT_THAT(offline.output, HasSubstr(MemberReport()));
  }
  CommandResult VerifyAgainstHead() {
    return Vervet({"log", "verify", "--old-head", coalition_.path("head"), "--report",
                   coalition_.path("report")});
  }

  TestCoalition coalition_;
};

TEST_F(LogAudit, IsVerifiedByACoordinatorAndByAnAuditor) {
  SaveHead();
  const CommandResult published =
      Member(coalition_, "market",
             {"publish", "--json", "--email", "known@example.com", "--offence", "auction",
              "--taxon", "Manis javanica", "--decision", "CASE-1"});
  const auto ticket = published.ReadJson();
  ASSERT_TRUE(ticket.ok()) << ticket.status();
  const std::string record_id = (*ticket)["record_id"].text();
  const CommandResult verified = Vervet(
      {"log", "verify", "--old-head", coalition_.path("head"), "--record", record_id, "--json"});
  ASSERT_TRUE(verified.Require().ok()) << verified.Require();
  const auto json = verified.ReadJson();
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_TRUE((*json)["verified"].truth());
  EXPECT_EQ((*json)["head"]["size"].number(), coalition_.LogSize());
  EXPECT_GE((*json)["leaf_hashes"].number(), 1u) << "the record is for the members of its group";

  const auto tls =
      coalition_.Issue(test_support::ClientLeaf("auditor/eye"), coalition_.authority());
  const std::vector<std::string> as_auditor = {
      "log",           "verify",        "--sequence",    "1",
      "--certificate", tls.certificate, "--private-key", tls.private_key};
  EXPECT_EQ(Vervet(as_auditor).exit_code, cli::kExitFailed);  // not admitted yet
  ASSERT_TRUE(Vervet({"members", "admit", "auditor/eye", "--name", "The eye", "--region", "IE"})
                  .Require()
                  .ok());
  const CommandResult audited = Vervet(as_auditor);
  ASSERT_TRUE(audited.Require().ok()) << audited.Require();
  EXPECT_THAT(audited.output, HasSubstr("verified"));
}

TEST_F(LogAudit, ALogThatWasRolledBackIsRefusedByMembersAndAuditors) {
  SyncSocial();
  PutStoreAside();
  MakeGroup("later");
  MakeGroup("latest");
  SyncSocial();
  SaveHead();
  PutStoreBack();
  ExpectSocialRefuses();
  EXPECT_EQ(CheckReport(MemberReport()), cli::kExitPartial);
  const CommandResult verified = VerifyAgainstHead();
  EXPECT_EQ(verified.exit_code, cli::kExitDataLoss);
  EXPECT_THAT(verified.error, HasSubstr("shorter"));
  EXPECT_EQ(CheckReport(coalition_.path("report")), cli::kExitPartial);
  // Local checks go on, and a member that never saw the lost events is not disturbed.
  EXPECT_EQ(OutcomeOf(coalition_, "social", "x@example.com", {"--local-only"}), "not_known");
  EXPECT_EQ(Member(coalition_, "market", {"sync"}).exit_code, cli::kExitOk);
}

TEST_F(LogAudit, AForkedLogIsProvedToAnybody) {
  SyncSocial();
  PutStoreAside();
  MakeGroup("one");
  SyncSocial();
  SaveHead();
  PutStoreBack();
  MakeGroup("other");
  MakeGroup("another");
  ExpectSocialRefuses();
  EXPECT_EQ(CheckReport(MemberReport()), cli::kExitOk);
  const CommandResult verified = VerifyAgainstHead();
  EXPECT_EQ(verified.exit_code, cli::kExitDataLoss);
  EXPECT_THAT(verified.error, HasSubstr("does not begin with"));
  EXPECT_EQ(CheckReport(coalition_.path("report")), cli::kExitOk);
}

}  // namespace
}  // namespace vervet::integration
