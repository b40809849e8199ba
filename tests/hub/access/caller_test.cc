#include "hub/access/caller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hub/access/access_table.h"
#include "tests/core/oprf/oprf_testing.h"
#include "tests/core/views/event_maker.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
constexpr auto kDenied = absl::StatusCode::kPermissionDenied;

net::Identity IdentityOf(v1::Role role, const std::string& name) {
  return {"coalition.example", role, name};
}

class CallerTest : public ::testing::Test {
 protected:
  void Apply(log::ParsedEvent parsed) {
    auto event = std::make_shared<StoredEvent>();
    event->parsed = std::move(parsed);
    const std::vector<StoredEventPtr> events = {std::move(event)};
    state_.Apply(events);
  }

  views::EventMaker make_;
  SharedState state_;
};

// Role by method, the whole of it: written out once more, so that a slip in the table is a failure
// here.
TEST_F(CallerTest, AllowsEachRoleItsMethodsAndNoOther) {
  const std::set<v1::Role> everybody = {v1::MEMBER, v1::COORDINATOR, v1::EXPERT, v1::AGENCY,
                                        v1::AUDITOR};
  const std::map<std::string, std::set<v1::Role>> allowed = {
      {"/vervet.v1.Exchange/Evaluate", {v1::MEMBER}},
      {"/vervet.v1.Exchange/Publish", {v1::MEMBER}},
      {"/vervet.v1.Exchange/Retract", {v1::MEMBER}},
      {"/vervet.v1.Exchange/Lookup", {v1::MEMBER}},
      {"/vervet.v1.Exchange/Sync", {v1::MEMBER, v1::COORDINATOR, v1::AUDITOR}},
      {"/vervet.v1.Audit/GetHead", {v1::MEMBER, v1::COORDINATOR, v1::AUDITOR}},
      {"/vervet.v1.Audit/ProveInclusion", {v1::MEMBER, v1::COORDINATOR, v1::AUDITOR}},
      {"/vervet.v1.Audit/ProveConsistency", {v1::MEMBER, v1::COORDINATOR, v1::AUDITOR}},
      {"/vervet.v1.Records/Opine", {v1::MEMBER}},
      {"/vervet.v1.Records/AnswerDisputes", {v1::MEMBER}},
      {"/vervet.v1.Records/ReportSighting", {v1::MEMBER}},
      {"/vervet.v1.Records/ReportQuarantine", {v1::MEMBER}},
      {"/vervet.v1.Records/AcknowledgeRemedy", {v1::MEMBER}},
      {"/vervet.v1.Records/Erase", {v1::MEMBER, v1::COORDINATOR}},
      {"/vervet.v1.Records/ShowRecord", {v1::MEMBER, v1::COORDINATOR}},
      {"/vervet.v1.Records/ListRecords", {v1::MEMBER, v1::COORDINATOR}},
      {"/vervet.v1.Budgets/Grant", {v1::COORDINATOR}},
      {"/vervet.v1.Budgets/ListBudgets", {v1::MEMBER, v1::COORDINATOR}},
      {"/vervet.v1.Budgets/MarkCanary", {v1::COORDINATOR}},
      {"/vervet.v1.Budgets/ListAlerts", {v1::COORDINATOR}},
      {"/vervet.v1.Budgets/CloseAlert", {v1::COORDINATOR}},
      {"/vervet.v1.Registry/Admit", {v1::COORDINATOR}},
      {"/vervet.v1.Registry/Suspend", {v1::COORDINATOR}},
      {"/vervet.v1.Registry/Reinstate", {v1::COORDINATOR}},
      {"/vervet.v1.Registry/CreateGroup", {v1::COORDINATOR}},
      {"/vervet.v1.Registry/JoinGroup", {v1::COORDINATOR}},
      {"/vervet.v1.Registry/LeaveGroup", {v1::COORDINATOR}},
      {"/vervet.v1.Registry/List", {v1::COORDINATOR, v1::AUDITOR}},
      {"/vervet.v1.Progress/Contribute", {v1::MEMBER, v1::COORDINATOR}},
      {"/vervet.v1.Progress/Define", {v1::COORDINATOR}},
      {"/vervet.v1.Progress/CreatePanel", {v1::COORDINATOR}},
      {"/vervet.v1.Progress/Release", {v1::COORDINATOR}},
      {"/vervet.v1.Progress/GetReduction", {v1::MEMBER, v1::COORDINATOR}},
      {"/vervet.v1.Progress/GetCoverage", {v1::MEMBER, v1::COORDINATOR}},
      {"/vervet.v1.Progress/GetSeries", {v1::MEMBER, v1::COORDINATOR}},
      {"/vervet.v1.Progress/GetDisplacement", {v1::MEMBER, v1::COORDINATOR}},
      {"/vervet.v1.Progress/Plan", {v1::MEMBER, v1::COORDINATOR}},
      {"/vervet.v1.Progress/ListRestatements", {v1::MEMBER, v1::COORDINATOR}},
      {"/vervet.v1.Progress/ListContributions", {v1::MEMBER, v1::COORDINATOR}},
      {"/vervet.v1.Progress/ListReleases", {v1::MEMBER, v1::COORDINATOR}},
      {"/vervet.v1.Progress/GetDefinitions", {v1::MEMBER, v1::COORDINATOR}},
      {"/vervet.v1.Progress/ListPanels", {v1::MEMBER, v1::COORDINATOR}},
      {"/vervet.v1.Progress/GetProgressVersion", {v1::MEMBER, v1::COORDINATOR}},
      {"/vervet.v1.NegativeList/MarkHarmless", {v1::EXPERT}},
      {"/vervet.v1.NegativeList/ClearHarmless", {v1::EXPERT, v1::COORDINATOR}},
      {"/vervet.v1.NegativeList/ListHarmless",
       {v1::MEMBER, v1::COORDINATOR, v1::EXPERT, v1::AUDITOR}},
      {"/grpc.health.v1.Health/Check", everybody},
  };
  ASSERT_EQ(allowed.size(), AccessTable().size());
  for (const v1::Role role : everybody) Apply(make_.Admit(absl::StrCat(net::RoleWord(role), "/x")));
  for (const auto& [method, roles] : allowed) {
    for (int number = v1::Role_MIN; number <= v1::Role_MAX; ++number) {
      const auto role = static_cast<v1::Role>(number);
      const absl::Status status = CheckCall(IdentityOf(role, "x"), method, state_);
      if (roles.count(role) != 0) {
        EXPECT_TRUE(status.ok()) << method << " " << v1::Role_Name(role) << ": " << status;
      } else {
        EXPECT_THAT(status, FailsWith(kDenied, "may not call"))
            << method << " " << v1::Role_Name(role);
      }
    }
  }
}

TEST_F(CallerTest, RefusesWhoIsNotAdmitted) {
  const absl::Status status =
      CheckCall(IdentityOf(v1::MEMBER, "ghost"), "/vervet.v1.Exchange/Publish", state_);
  EXPECT_THAT(status, FailsWith(kDenied, "member/ghost is not admitted"));
  EXPECT_THAT(status, FailsWith(kDenied, "ask a coordinator to admit it"));
}

TEST_F(CallerTest, KnowsAPartyByRoleAndName) {
  Apply(make_.Admit("member/x"));
  EXPECT_TRUE(CheckCall(IdentityOf(v1::MEMBER, "x"), "/vervet.v1.Exchange/Publish", state_).ok());
  EXPECT_THAT(CheckCall(IdentityOf(v1::COORDINATOR, "x"), "/vervet.v1.Registry/Admit", state_),
              FailsWith(kDenied, "not admitted"));
}

TEST_F(CallerTest, RefusesWhoIsSuspendedAndSaysWhy) {
  Apply(make_.Admit("member/x"));
  EXPECT_TRUE(CheckRoster("member/x", state_).ok());
  Apply(make_.Suspend("member/x", "sent invented records"));
  for (const char* method : {"/vervet.v1.Exchange/Publish", "/grpc.health.v1.Health/Check"}) {
    const absl::Status status = CheckCall(IdentityOf(v1::MEMBER, "x"), method, state_);
    EXPECT_THAT(status, FailsWith(kDenied, "member/x is suspended (sent invented records)"))
        << method;
    EXPECT_THAT(status, FailsWith(kDenied, "ask a coordinator to reinstate it"));
  }
  Apply(make_.Reinstate("member/x"));
  EXPECT_TRUE(CheckRoster("member/x", state_).ok());
}

TEST_F(CallerTest, ChecksTheRoleBeforeTheRoster) {
  EXPECT_THAT(CheckCall(IdentityOf(v1::MEMBER, "ghost"), "/vervet.v1.Registry/Admit", state_),
              FailsWith(kDenied, "the role member may not call"));
}

TEST_F(CallerTest, DoesNotKnowOtherMethods) {
  Apply(make_.Admit("member/x"));
  const std::string long_path = "/" + std::string(10'000, 'a');
  const absl::Status status = CheckCall(IdentityOf(v1::MEMBER, "x"), long_path, state_);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  EXPECT_LT(status.message().size(), 200u);
}

}  // namespace
}  // namespace vervet::hub
