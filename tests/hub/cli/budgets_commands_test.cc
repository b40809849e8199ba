// budgets, canaries and alerts, against a hub that answers what a test tells it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"
#include "tests/hub/cli/cli_fixture.h"
#include "vervet/v1/budgets.grpc.pb.h"

namespace vervet::coordinator_cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kRecord[] = "0192f3a47c1e7d21a1b2c3d4e5f60718";

class FakeBudgets final : public v1::Budgets::Service {
 public:
  grpc::Status Grant(grpc::ServerContext*, const v1::GrantRequest* request,
                     v1::GrantResponse* response) override {
    grants.push_back(*request);
    response->set_sequence(4711);
    response->set_grant_id(std::string(16, 'g'));
    return refusal;
  }
  grpc::Status ListBudgets(grpc::ServerContext*, const v1::ListBudgetsRequest* request,
                           v1::ListBudgetsResponse* response) override {
    listed_party = request->party();
    *response = budgets;
    return refusal;
  }
  grpc::Status MarkCanary(grpc::ServerContext*, const v1::MarkCanaryRequest* request,
                          v1::MarkCanaryResponse* response) override {
    marked.push_back(absl::BytesToHexString(request->record_id()));
    response->set_sequence(4711);
    return refusal;
  }
  grpc::Status ListAlerts(grpc::ServerContext*, const v1::ListAlertsRequest* request,
                          v1::ListAlertsResponse* response) override {
    closed_too = request->closed_too();
    *response = alerts;
    return refusal;
  }
  grpc::Status CloseAlert(grpc::ServerContext*, const v1::CloseAlertRequest* request,
                          v1::CloseAlertResponse* response) override {
    closed.push_back(*request);
    response->set_sequence(4711);
    return refusal;
  }

  std::vector<v1::GrantRequest> grants;
  std::string listed_party;
  v1::ListBudgetsResponse budgets;
  std::vector<std::string> marked;
  bool closed_too = false;
  v1::ListAlertsResponse alerts;
  std::vector<v1::CloseAlertRequest> closed;
  grpc::Status refusal = grpc::Status::OK;
};

class BudgetsCommandsTest : public CliTest {
 protected:
  BudgetsCommandsTest() { Serve({&budgets_}); }

  void FillBudgets() {
    v1::BudgetLine& phone = *budgets_.budgets.add_lines();
    phone.set_party("member/market");
    phone.set_type(v1::PHONE);
    phone.set_daily_budget(200'000);
    phone.set_used_today(200'000);
    phone.set_total_budget(50'000'000);
    phone.set_used_in_all(1'204'096);
    phone.set_day_ends_us(int64_t{1'790'035'200} * 1'000'000);
    phone.set_served_today(198'000);
    phone.set_own_users_today(197'000);
    v1::BudgetGrant& grant = *phone.add_grants();
    grant.set_grant_id(std::string(16, 'g'));
    grant.set_evaluations(5'000'000);
    grant.set_used(4'096);
    grant.set_expires_us(int64_t{1'798'761'600} * 1'000'000);
    grant.set_reason("first check\033[2J");
    grant.set_granted_by("coordinator/ana");
    v1::BudgetLine& email = *budgets_.budgets.add_lines();
    email.set_party("member/market");
    email.set_type(v1::EMAIL_ALIAS);
    email.set_daily_budget(200'000);
    email.set_total_budget(50'000'000);
    email.set_day_ends_us(int64_t{1'790'035'200} * 1'000'000);
  }
  void FillAlerts() {
    v1::Alert& hit = *budgets_.alerts.add_alerts();
    hit.set_sequence(4'800);
    hit.set_raised_us(int64_t{1'790'000'000} * 1'000'000);
    hit.set_kind(v1::CANARY_HIT);
    hit.set_party("member/social");
    hit.set_record_id(absl::HexStringToBytes(kRecord));
    hit.set_detail("looked up a record that is about nobody");
    v1::Alert& spent = *budgets_.alerts.add_alerts();
    spent.set_sequence(4'700);
    spent.set_raised_us(int64_t{1'789'990'000} * 1'000'000);
    spent.set_kind(v1::BUDGET_SPENT);
    spent.set_party("member/market");
    spent.set_type(v1::PHONE);
    spent.set_detail("asked for more");
    spent.set_closed(true);
    spent.set_closed_by("coordinator/ana");
    spent.set_note("a first import");
  }

  FakeBudgets budgets_;
};

TEST_F(BudgetsCommandsTest, ShowsWhatEachMemberHasUsed) {
  FillBudgets();
  EXPECT_EQ(Run({"budgets"}), 0) << err_;
  EXPECT_EQ(
      out_,
      R"(MEMBER         TYPE           TODAY       OF     IN ALL          OF  GRANTS LEFT   SERVED  OWN USERS
member/market  phone        200,000  200,000  1,204,096  50,000,000    4,995,904  198,000        99%
member/market  email_alias        0  200,000          0  50,000,000            0        0

)"
      "member/market phone: granted 5,000,000, used 4,096, until 2027-01-01 00:00 UTC, by "
      "coordinator/ana: first check\xEF\xBF\xBD[2J\n"
      "\nthe day ends at 2026-09-22 00:00 UTC\n");
  EXPECT_EQ(budgets_.listed_party, "");
  EXPECT_EQ(Run({"budgets", "--party", "market"}), 0);
  EXPECT_EQ(budgets_.listed_party, "member/market");
}

TEST_F(BudgetsCommandsTest, WritesBudgetsForPrograms) {
  FillBudgets();
  EXPECT_EQ(Run({"budgets", "--json"}), 0);
  EXPECT_THAT(out_, HasSubstr("\"type\": \"phone\""));
  EXPECT_THAT(out_, HasSubstr("\"used_today\": 200000"));
  EXPECT_THAT(out_, HasSubstr("\"own_users_today\": 197000"));
  EXPECT_THAT(out_, HasSubstr("\"expires\": \"2027-01-01T00:00:00.000Z\""));
  EXPECT_THAT(out_, HasSubstr("\"grants\": []"));
  EXPECT_THAT(out_, Not(HasSubstr("\033")));
}

TEST_F(BudgetsCommandsTest, SaysWhereThereIsNothingToShow) {
  EXPECT_EQ(Run({"budgets"}), 0);
  EXPECT_THAT(out_, HasSubstr("vervet budgets --party PARTY"));
  EXPECT_EQ(Run({"alerts"}), 0);
  EXPECT_EQ(out_, "no alert is open\n");
  EXPECT_EQ(Run({"alerts", "--all"}), 0);
  EXPECT_EQ(out_, "no alert was ever raised\n");
}

TEST_F(BudgetsCommandsTest, GrantsUntilTheEndOfADay) {
  EXPECT_EQ(Run({"budgets", "grant", "market", "image-pdq", "1", "--until", "2026-12-31",
                 "--reason", "pictures"}),
            2)
      << "nobody evaluates images";
  EXPECT_EQ(Run({"budgets", "grant", "market", "email-alias", "5,000,000", "--until", "2026-12-31",
                 "--reason", "first check of all sellers"}),
            0)
      << err_;
  EXPECT_EQ(out_,
            "granted  member/market, 5,000,000 of email_alias until 2027-01-01 00:00 UTC, event "
            "4,711\n");
  ASSERT_THAT(budgets_.grants, SizeIs(1));
  const v1::GrantRequest& grant = budgets_.grants[0];
  EXPECT_EQ(grant.party(), "member/market");
  EXPECT_EQ(grant.type(), v1::EMAIL_ALIAS);
  EXPECT_EQ(grant.evaluations(), 5'000'000u);
  EXPECT_EQ(grant.expires_us(), int64_t{1'798'761'600} * 1'000'000);
  EXPECT_EQ(grant.reason(), "first check of all sellers");
  EXPECT_EQ(grant.request_id().size(), 16u);
  EXPECT_EQ(Run({"budgets", "grant", "market", "PHONE", "1", "--until", "2026-12-31", "--reason",
                 "r", "--json"}),
            0);
  EXPECT_THAT(out_, HasSubstr("\"grant_id\": \"67676767"));
}

TEST_F(BudgetsCommandsTest, RefusesWrongArgumentsBeforeItCalls) {
  const auto grant = [this](const std::string& party, const std::string& type,
                            const std::string& evaluations, const std::string& until,
                            const std::string& reason) {
    return Run(
        {"budgets", "grant", party, type, evaluations, "--until", until, "--reason", reason});
  };
  EXPECT_EQ(grant("Market!", "phone", "1", "2026-12-31", "r"), 2);
  EXPECT_EQ(grant("market", "fax", "1", "2026-12-31", "r"), 2);
  EXPECT_THAT(err_, HasSubstr("TYPE: must be one of phone"));
  EXPECT_EQ(grant("market", "signature_type_unspecified", "1", "2026-12-31", "r"), 2);
  for (const char* evaluations : {"0", "many", "-1", "10000000001"})
    EXPECT_EQ(grant("market", "phone", evaluations, "2026-12-31", "r"), 2) << evaluations;
  EXPECT_THAT(err_, HasSubstr("EVALUATIONS: must be a number from 1 to 10,000,000,000"));
  EXPECT_EQ(grant("market", "phone", "10000000000", "2026-12-31", "r"), 0);
  for (const char* until : {"tomorrow", "2026-13-01", "31.12.2026"})
    EXPECT_EQ(grant("market", "phone", "1", until, "r"), 2) << until;
  EXPECT_THAT(err_, HasSubstr("--until: must be a date"));
  EXPECT_EQ(grant("market", "phone", "1", "2026-12-31", ""), 2);
  EXPECT_EQ(Run({"budgets", "grant", "market", "phone", "1", "--reason", "r"}), 2);
  EXPECT_THAT(budgets_.grants, SizeIs(1));
  EXPECT_EQ(Run({"canaries", "mark", "4711"}), 2);
  EXPECT_THAT(budgets_.marked, IsEmpty());
  EXPECT_EQ(Run({"alerts", "close", "first", "--note", "n"}), 2);
  EXPECT_EQ(Run({"alerts", "close", "4711", "--note", ""}), 2);
  EXPECT_EQ(Run({"alerts", "close", "4711"}), 2);
  EXPECT_THAT(budgets_.closed, IsEmpty());
}

TEST_F(BudgetsCommandsTest, MarksACanary) {
  EXPECT_EQ(Run({"canaries", "mark", kRecord}), 0) << err_;
  EXPECT_THAT(budgets_.marked, ::testing::ElementsAre(kRecord));
  EXPECT_EQ(out_, std::string("marked  ") + kRecord + ", event 4,711\n");
}

TEST_F(BudgetsCommandsTest, ShowsAndClosesAlerts) {
  FillAlerts();
  EXPECT_EQ(Run({"alerts"}), 0) << err_;
  EXPECT_FALSE(budgets_.closed_too);
  EXPECT_THAT(out_, HasSubstr(" 4800  2026-09-21 14:13 UTC  canary hit    member/social"));
  EXPECT_THAT(out_, HasSubstr(kRecord));
  EXPECT_THAT(out_, HasSubstr("closed by coordinator/ana: a first import"));
  EXPECT_EQ(Run({"alerts", "--all", "--json"}), 0);
  EXPECT_TRUE(budgets_.closed_too);
  EXPECT_THAT(out_, HasSubstr("\"kind\": \"canary_hit\""));
  EXPECT_THAT(out_, HasSubstr("\"type\": \"phone\""));

  EXPECT_EQ(Run({"alerts", "close", "4800", "--note", "spoke with them"}), 0) << err_;
  ASSERT_THAT(budgets_.closed, SizeIs(1));
  EXPECT_EQ(budgets_.closed[0].alert_sequence(), 4'800u);
  EXPECT_EQ(budgets_.closed[0].note(), "spoke with them");
  EXPECT_EQ(out_, "closed  alert 4800, event 4,711\n");
}

TEST_F(BudgetsCommandsTest, PassesOnWhatTheHubRefuses) {
  budgets_.refusal = grpc::Status(grpc::StatusCode::NOT_FOUND, "party: not on the roster");
  EXPECT_EQ(Run({"budgets", "--party", "nobody"}), 1);
  EXPECT_THAT(err_, HasSubstr("party: not on the roster"));
  EXPECT_EQ(
      Run({"budgets", "grant", "nobody", "phone", "1", "--until", "2026-12-31", "--reason", "r"}),
      1);
  EXPECT_EQ(Run({"canaries", "mark", kRecord}), 1);
  EXPECT_EQ(Run({"alerts"}), 1);
  EXPECT_EQ(Run({"alerts", "close", "1", "--note", "n"}), 1);
  EXPECT_THAT(out_, IsEmpty());
}

TEST_F(BudgetsCommandsTest, EveryCommandHasAPageWithItsExitCodes) {
  for (const char* command :
       {"budgets", "budgets grant", "canaries mark", "alerts", "alerts close"}) {
    std::vector<std::string> args = absl::StrSplit(command, ' ');
    args.push_back("--help");
    EXPECT_EQ(Run(args), 0) << command;
    EXPECT_THAT(out_, HasSubstr("Exit codes\n")) << command;
    EXPECT_THAT(out_, HasSubstr("Examples\n")) << command;
  }
}

}  // namespace
}  // namespace vervet::coordinator_cli
