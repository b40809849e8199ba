// Following the log: what a member believes, what it refuses, and what joining or leaving a group
// changes.
#include "core/log/tree_head.h"
#include "tests/member-sdk/member_fixture.h"

namespace vervet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SyncTest : public MemberTest {
 protected:
  SyncTest() { FoundCoalition(); }

  std::unique_ptr<engine::Engine> Social() {
    ClientOptions options = OptionsOf("social");
    told_.AddTo(&options);
    return Open("social", std::move(options));
  }
  std::string PublishAtMarket(Identifier identifier, std::vector<std::string> groups = {"all"}) {
    if (market_ == nullptr) market_ = Open("market");
    CatchUp(*market_);
    OffenderRecord record = RecordOf({std::move(identifier)});
    record.facts.groups = std::move(groups);
    const auto ticket = market_->Publish(record);
    EXPECT_EQ(ticket.status(), absl::OkStatus());
    Deliver(*market_);
    return market_->GetDelivery(ticket->request_id)->record_id;
  }
  CheckOutcome Outcome(Client& client, const Identifier& identifier) {
    return client.Check({"", {identifier}}, {})->results[0].outcome;
  }
  bool Stops(Client& client, const std::string& reason) {
    return Eventually([&] {
      const SyncState state = client.GetSyncState();
      return !state.connected && state.last_error.find("DATA_LOSS") != std::string::npos &&
             state.last_error.find(reason) != std::string::npos;
    });
  }

  std::unique_ptr<engine::Engine> market_;
  Told told_;
};

TEST_F(SyncTest, ReachesTheHubsSizeAndRoot) {
  hub_.AppendHidden();
  auto social = Social();
  CatchUp(*social);
  const SyncState state = social->GetSyncState();
  EXPECT_TRUE(state.connected);
  EXPECT_TRUE(state.caught_up);
  EXPECT_EQ(state.position, hub_.size());
  EXPECT_EQ(state.hub_size, hub_.size());
  EXPECT_EQ(state.root.size(), 64u);
  EXPECT_THAT(state.groups, ElementsAre("all"));
  EXPECT_TRUE(Eventually([&] { return hub_.applied("member/social") == hub_.size(); }));
}

TEST_F(SyncTest, ReceivesAllWithOneEntryAMessageToo) {
  hub_.set_entries_per_message(1);
  auto social = Social();
  CatchUp(*social);
  EXPECT_EQ(social->GetSyncState().position, hub_.size());
}

TEST_F(SyncTest, WorksWithAHubThatSendsNoOpeningHead) {
  hub_.set_opening_head(false);
  PublishAtMarket(Phone("+442079460018"));
  auto social = Social();
  CatchUp(*social);
  EXPECT_EQ(Outcome(*social, Phone("+442079460018")), CheckOutcome::kMatch);
}

TEST_F(SyncTest, GoesOnWhereItLeftOff) {
  { CatchUp(*Social()); }
  const size_t hellos = hub_.hellos().size();
  const uint64_t position = hub_.size();
  hub_.AppendHidden();
  auto social = Social();
  CatchUp(*social);
  EXPECT_EQ(hub_.hellos()[hellos].position(), position);
  EXPECT_EQ(hub_.hellos()[hellos].root().size(), 32u);
}

TEST_F(SyncTest, ComesBackWhenTheHubDoes) {
  auto social = Social();
  CatchUp(*social);
  hub_.SetReachable(false);
  ASSERT_TRUE(Eventually([&] { return !social->GetSyncState().connected; }));
  EXPECT_THAT(social->GetSyncState().last_error, HasSubstr("connection refused"));
  hub_.AppendHidden();
  hub_.SetReachable(true);
  CatchUp(*social);
  EXPECT_EQ(social->GetSyncState().position, hub_.size());
  EXPECT_THAT(social->GetSyncState().last_error, IsEmpty());
}

TEST_F(SyncTest, DoesNotClaimToHaveCaughtUpWithAnUnreachableHub) {
  auto social = Social();
  CatchUp(*social);
  hub_.SetReachable(false);
  EXPECT_EQ(social->WaitUntilCaughtUp(std::chrono::milliseconds(30)).code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST_F(SyncTest, WaitsForAdmission) {
  ClientOptions options = OptionsOf("search");
  Told told;
  told.AddTo(&options);
  auto search = Open("search", options);
  ASSERT_TRUE(Eventually([&] { return !told.notices().empty(); }));
  EXPECT_THAT(told.notices()[0], HasSubstr("not admitted"));
  hub_.Admit("member/search");
  hub_.Join("member/search", "all");
  CatchUp(*search);
  EXPECT_EQ(search->GetSyncState().position, hub_.size());
}

TEST_F(SyncTest, SaysThatItIsSuspendedAndGoesOnCheckingLocally) {
  PublishAtMarket(Phone("+442079460018"));
  auto social = Social();
  CatchUp(*social);
  EXPECT_EQ(Outcome(*social, Phone("+442079460018")), CheckOutcome::kMatch);
  hub_.Suspend("member/social");
  ASSERT_TRUE(Eventually(
      [&] { return social->GetSyncState().last_error.find("suspended") != std::string::npos; }));
  EXPECT_EQ(Outcome(*social, Phone("+442079460018")), CheckOutcome::kMatch);
  hub_.Reinstate("member/social");
  CatchUp(*social);
  EXPECT_TRUE(social->GetSyncState().caught_up);
}

// With an hour between attempts and an hour to wait, only an answer at once ends these in time.
TEST_F(SyncTest, TellsAWaiterAtOnceThatTheMemberIsRefused) {
  ClientOptions options = OptionsOf("social");
  options.backoff_min = options.backoff_max = std::chrono::hours(1);
  auto social = Open("social", std::move(options));
  CatchUp(*social);
  hub_.Suspend("member/social");
  const absl::Status refused = social->WaitUntilCaughtUp(std::chrono::hours(1));
  EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("is suspended"));
  // Each call is answered by the hub of that moment.
  hub_.Reinstate("member/social");
  EXPECT_EQ(social->WaitUntilCaughtUp(std::chrono::hours(1)), absl::OkStatus());
  EXPECT_EQ(social->GetSyncState().position, hub_.size());
}

TEST_F(SyncTest, TellsAWaiterAtOnceThatTheMemberIsNotAdmitted) {
  ClientOptions options = OptionsOf("search");
  options.backoff_min = options.backoff_max = std::chrono::hours(1);
  auto search = Open("search", std::move(options));
  const absl::Status refused = search->WaitUntilCaughtUp(std::chrono::hours(1));
  EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("not admitted"));
}

// ---- what it refuses to believe

TEST_F(SyncTest, RefusesAGap) {
  hub_.set_tamper([](v1::SyncResponse& message) {
    auto* entries = message.mutable_entries()->mutable_entries();
    if (message.has_entries() && entries->size() > 2) entries->DeleteSubrange(1, 1);
  });
  auto social = Social();
  ASSERT_TRUE(Eventually([&] {
    return social->GetSyncState().last_error.find("a gap or a repetition") != std::string::npos;
  }));
  EXPECT_EQ(social->GetSyncState().position, 0u);
  hub_.set_tamper(nullptr);
  CatchUp(*social);
}

TEST_F(SyncTest, RefusesARepetition) {
  hub_.set_tamper([](v1::SyncResponse& message) {
    if (message.has_entries() && message.entries().entries_size() > 1) {
      *message.mutable_entries()->mutable_entries(1) = message.entries().entries(0);
    }
  });
  auto social = Social();
  ASSERT_TRUE(Eventually([&] {
    return social->GetSyncState().last_error.find("a gap or a repetition") != std::string::npos;
  }));
}

TEST_F(SyncTest, StopsAtAChangedEvent) {
  hub_.set_tamper([](v1::SyncResponse& message) {
    if (!message.has_entries()) return;
    for (auto& entry : *message.mutable_entries()->mutable_entries()) {
      if (entry.has_event()) entry.mutable_event()->mutable_random()->at(0) ^= 1;
    }
  });
  auto social = Social();
  EXPECT_TRUE(Stops(*social, "not the one that this member has followed"));
}

TEST_F(SyncTest, StopsAtAHeadThatIsNotSigned) {
  hub_.set_tamper([](v1::SyncResponse& message) {
    if (message.has_head()) message.mutable_head()->set_time_us(message.head().time_us() + 1);
  });
  auto social = Social();
  EXPECT_TRUE(Stops(*social, "pinned log key"));
  EXPECT_TRUE(Eventually([&] {
    for (const std::string& line : told_.notices()) {
      if (line.find("SYNC STOPPED") != std::string::npos) return true;
    }
    return false;
  }));
}

TEST_F(SyncTest, StopsAtAHubThatWasRolledBackAndNamesBothHeads) {
  auto social = Social();
  CatchUp(*social);
  const SyncState before = social->GetSyncState();
  hub_.RollBackTo(before.position - 2);
  EXPECT_TRUE(Stops(*social, before.root));
  EXPECT_EQ(social->WaitUntilCaughtUp(std::chrono::seconds(1)).code(), absl::StatusCode::kDataLoss);
  // It goes on answering.
  EXPECT_EQ(Outcome(*social, Phone("+442079460018")), CheckOutcome::kNoMatch);
}

TEST_F(SyncTest, StopsAtARewrittenHistory) {
  auto social = Social();
  CatchUp(*social);
  hub_.RewriteHistory();
  EXPECT_TRUE(Stops(*social, "root"));
}

TEST_F(SyncTest, StopsAtAnotherKeyForTheSameEpoch) {
  auto social = Social();
  CatchUp(*social);
  hub_.AnnounceStrangeKey(v1::PHONE);
  EXPECT_TRUE(Stops(*social, "another VOPRF key"));
}

TEST_F(SyncTest, RemembersTheLastHeadAcrossARestart) {
  uint64_t position = 0;
  {
    auto social = Social();
    CatchUp(*social);
    position = social->GetSyncState().position;
  }
  EXPECT_EQ(DumpVault("social").find("last_head") == std::string::npos, false);
  hub_.RollBackTo(position - 1);
  auto social = Social();
  EXPECT_TRUE(Stops(*social, ""));
}

// ---- sharing groups

TEST_F(SyncTest, LearnsAGroupsHistoryWhenItJoins) {
  hub_.CreateGroup("ivory");
  hub_.Join("member/market", "ivory");
  auto social = Social();
  CatchUp(*social);
  ASSERT_EQ(social->Check({"user-42", {Phone("+442079460018")}}, {}).status(), absl::OkStatus());
  PublishAtMarket(Phone("+442079460018"), {"ivory"});
  CatchUp(*social);
  EXPECT_EQ(Outcome(*social, Phone("+442079460018")), CheckOutcome::kNoMatch);
  EXPECT_EQ(social->GetSyncState().live_records, 0u);
  hub_.Join("member/social", "ivory");
  CatchUp(*social);
  EXPECT_EQ(Outcome(*social, Phone("+442079460018")), CheckOutcome::kMatch);
  EXPECT_TRUE(Eventually([&] { return told_.matches().size() == 1; }));
  EXPECT_EQ(social->GetSyncState().position, hub_.size());
}

TEST_F(SyncTest, KeepsTheBackfillAcrossARestart) {
  hub_.CreateGroup("ivory");
  hub_.Join("member/market", "ivory");
  {
    auto social = Social();
    CatchUp(*social);
    PublishAtMarket(Phone("+442079460018"), {"ivory"});
    CatchUp(*social);
    hub_.Join("member/social", "ivory");
    CatchUp(*social);
  }
  hub_.SetReachable(false);
  auto social = Social();
  EXPECT_EQ(social->GetSyncState().live_records, 1u);
}

TEST_F(SyncTest, FinishesABackfillThatWasInterrupted) {
  hub_.CreateGroup("ivory");
  hub_.Join("member/market", "ivory");
  hub_.set_entries_per_message(1);
  PublishAtMarket(Phone("+442079460018"), {"ivory"});
  {
    auto social = Social();
    CatchUp(*social);
    hub_.set_tamper([count = 0](v1::SyncResponse& message) mutable {
      // The second pass breaks off before it reaches the record.
      if (message.has_entries() && message.entries().entries(0).has_event()) {
        const auto parsed = log::ParseEvent(message.entries().entries(0).event());
        if (parsed.ok() && parsed->body.has_group_joined() &&
            parsed->body.group_joined().group() == "ivory" && count++ > 0) {
          message.mutable_entries()->mutable_entries(0)->Clear();
        }
      }
    });
    hub_.Join("member/social", "ivory");
    ASSERT_TRUE(Eventually(
        [&] { return social->GetSyncState().last_error.find("is empty") != std::string::npos; }));
    EXPECT_LT(social->GetSyncState().position, hub_.size());
  }
  hub_.set_tamper(nullptr);
  auto social = Social();
  CatchUp(*social);
  EXPECT_EQ(Outcome(*social, Phone("+442079460018")), CheckOutcome::kMatch);
}

TEST_F(SyncTest, ReadsTheLogOnceWhereItsGroupsWereJoinedBefore) {
  auto social = Social();
  CatchUp(*social);
  int from_start = 0;
  for (const v1::SyncHello& hello : hub_.hellos()) from_start += hello.position() == 0 ? 1 : 0;
  // WaitUntilCaughtUp opens a stream of its own, perhaps before the first has brought anything.
  EXPECT_LE(from_start, 2);
  const size_t hellos = hub_.hellos().size();
  hub_.Join("member/market", "all");
  CatchUp(*social);
  for (size_t i = hellos; i < hub_.hellos().size(); ++i) EXPECT_NE(hub_.hellos()[i].position(), 0u);
}

TEST_F(SyncTest, ForgetsAGroupsRecordsWhenItLeaves) {
  hub_.CreateGroup("ivory");
  hub_.Join("member/market", "ivory");
  hub_.Join("member/social", "ivory");
  PublishAtMarket(Phone("+442079460018"), {"ivory"});
  PublishAtMarket(Phone("+442079460019"), {"all"});
  {
    auto social = Social();
    CatchUp(*social);
    ASSERT_TRUE(social->Check({"user-42", {Phone("+442079460018")}}, {})->matched());
    OffenderRecord own = RecordOf({Phone("+442079460020")});
    own.facts.groups = {"ivory"};
    ASSERT_EQ(social->Publish(own).status(), absl::OkStatus());
    Deliver(*social);
    CatchUp(*social);
    EXPECT_EQ(social->GetSyncState().live_records, 3u);
    hub_.Leave("member/social", "ivory");
    CatchUp(*social);
    EXPECT_EQ(Outcome(*social, Phone("+442079460018")), CheckOutcome::kNoMatch);
    EXPECT_EQ(Outcome(*social, Phone("+442079460019")), CheckOutcome::kMatch);
    EXPECT_EQ(Outcome(*social, Phone("+442079460020")), CheckOutcome::kMatch);
    ASSERT_TRUE(Eventually([&] { return told_.ended().size() == 1; }));
    EXPECT_THAT(told_.ended()[0].subject_references, ElementsAre("user-42"));
  }
  // Its events are gone from the vault, too: of the records' bodies, two are left.
  hub_.SetReachable(false);
  auto social = Social();
  EXPECT_EQ(social->GetSyncState().live_records, 2u);
}

TEST_F(SyncTest, LeavesAndComesBack) {
  PublishAtMarket(Phone("+442079460018"));
  auto social = Social();
  CatchUp(*social);
  EXPECT_EQ(Outcome(*social, Phone("+442079460018")), CheckOutcome::kMatch);
  hub_.Leave("member/social", "all");
  CatchUp(*social);
  EXPECT_EQ(Outcome(*social, Phone("+442079460018")), CheckOutcome::kNoMatch);
  hub_.Join("member/social", "all");
  CatchUp(*social);
  EXPECT_EQ(Outcome(*social, Phone("+442079460018")), CheckOutcome::kMatch);
}

TEST_F(SyncTest, HasWhatANewMemberHasAfterLeavingAndComingBack) {
  PublishAtMarket(Phone("+442079460018"));
  hub_.Leave("member/social", "all");
  hub_.Join("member/social", "all");
  hub_.AppendHidden();
  for (const bool opening_head : {true, false}) {
    hub_.set_opening_head(opening_head);
    hub_.set_entries_per_message(opening_head ? 1 : 100);
    std::remove(vault_path("social").c_str());
    auto social = Social();
    CatchUp(*social);
    EXPECT_EQ(Outcome(*social, Phone("+442079460018")), CheckOutcome::kMatch) << opening_head;
  }
}

TEST_F(SyncTest, ASuspensionOfLongAgoIsNotReportedAgainByABackfill) {
  auto social = Social();
  CatchUp(*social);
  ASSERT_EQ(social->Check({"user-42", {Phone("+442079460018")}}, {}).status(), absl::OkStatus());
  hub_.Suspend("member/market");
  hub_.Reinstate("member/market");
  PublishAtMarket(Phone("+442079460018"));
  ASSERT_TRUE(Eventually([&] { return told_.matches().size() == 1; }));
  hub_.CreateGroup("ivory");
  hub_.Join("member/social", "ivory");
  CatchUp(*social);
  social->Close(std::chrono::seconds(5));
  EXPECT_THAT(told_.ended(), IsEmpty());
  EXPECT_EQ(told_.matches().size(), 1u);
}

}  // namespace
}  // namespace vervet::testing
