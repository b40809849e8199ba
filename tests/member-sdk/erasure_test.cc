// An erasure at a member: what is deleted, what is still owed, and that it holds through crashes,
// rewinds and a hub that lies.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "member-sdk/src/vault/vault.h"
#include "tests/member-sdk/aftermath_fixture.h"

namespace vervet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kReason[] = "the photographs show a replica";

class ErasureTest : public AftermathTest {
 protected:
  // The record as the social network has it, with an opinion on it; its token.
  std::string Receive(engine::Engine& social) {
    record_id_ = Publish(kPhoneOfTrader);
    CatchUp(social);
    Match(social, "user-42", kPhoneOfTrader);
    EXPECT_EQ(social.Opine(record_id_, Stance::kDisagree, kReason).status(), absl::OkStatus());
    Deliver(social);
    CatchUp(social);
    return record_id_;
  }

  void ExpectForgotten(const std::string& name) {
    const std::string dump = DumpVault(name);
    EXPECT_THAT(dump, Not(HasSubstr("CASE-SECRET-17")));
    EXPECT_THAT(dump, Not(HasSubstr(kReason)));
    EXPECT_THAT(dump, Not(HasSubstr("market Ltd")));
  }

  std::string record_id_;
};

TEST_F(ErasureTest, LeavesOnlyWhoIsOwedARemedyUntilItIsAcknowledged) {
  {
    Told told;
    auto social = OpenTold("social", &told);
    Receive(*social);
    ASSERT_EQ(social->NoteAction(record_id_, "user-42", "account suspended"), absl::OkStatus());
    Erase(record_id_);
    ASSERT_TRUE(Eventually([&] { return told.ended().size() == 1; }));
    EXPECT_EQ(told.ended()[0].reason, "erased");
    EXPECT_EQ(told.ended()[0].affected[0].action, "account suspended");
    EXPECT_FALSE(social->Check(User("user-42", kPhoneOfTrader), {})->matched());
  }
  ExpectForgotten("social");
  const std::string owed = DumpVault("social");
  EXPECT_THAT(owed, HasSubstr("account suspended"));
  EXPECT_THAT(owed, HasSubstr("matched:|" + Bytes(record_id_) + "|user-42"));
  EXPECT_THAT(owed, Not(HasSubstr("reported:|" + Bytes(record_id_))));
  EXPECT_THAT(owed, Not(HasSubstr("sightings:|" + Bytes(record_id_))));
  {
    Told told;
    auto social = OpenTold("social", &told);
    ASSERT_THAT(*social->OpenRemedies(), SizeIs(1));
    ASSERT_EQ(social->AcknowledgeRemedy(record_id_, RemedyOutcome::kReversed).status(),
              absl::OkStatus());
    Deliver(*social);
  }
  EXPECT_EQ(hub_.acknowledgements().back().subjects(), 1u);
  const std::string done = DumpVault("social");
  EXPECT_THAT(done, Not(HasSubstr("account suspended")));
  EXPECT_THAT(done, Not(HasSubstr("matched:|" + Bytes(record_id_))));
}

TEST_F(ErasureTest, IsDoneWhenTheHubHearsOfIt) {
  Told told;
  auto social = OpenTold("social", &told);
  Receive(*social);
  Erase(record_id_);
  const uint64_t ended = hub_.size();
  ASSERT_TRUE(Eventually([&] { return hub_.applied("member/social") >= ended; }));
  CrashCopy("social", "copy");
  // The write-ahead log may hold what came since, and nothing from before.
  ExpectForgotten("copy");
}

TEST_F(ErasureTest, IsToldWhereTheGroupIsLeftBeforeItWasTold) {
  // A platform that is slow to take another match, while the erasure and the departure come in.
  std::atomic<bool> hold{false};
  Told told;
  ClientOptions options = OptionsOf("social");
  told.AddTo(&options);
  options.on_match = [&, tell = options.on_match](const MatchEvent& event) {
    tell(event);
    while (hold) std::this_thread::yield();
  };
  auto social = Open("social", std::move(options));
  CatchUp(*social);
  Receive(*social);
  ASSERT_EQ(social->Check(User("user-43", kEmailOfJane), {}).status(), absl::OkStatus());
  hold = true;
  Publish(kEmailOfJane);
  ASSERT_TRUE(Eventually([&] {
    const auto matches = told.matches();
    return !matches.empty() && matches.back().match.record_id != record_id_;
  }));
  Erase(record_id_);
  hub_.Leave("member/social", "all");
  ASSERT_TRUE(Eventually([&] { return hub_.applied("member/social") >= hub_.size(); }));
  hold = false;
  ASSERT_TRUE(Eventually([&] { return told.ended().size() == 2; }));
  EXPECT_EQ(told.ended()[0].record_id, record_id_);
  EXPECT_THAT(told.ended()[0].subject_references, ElementsAre("user-42"));
}

TEST_F(ErasureTest, HappensAtItsPublisherToo) {
  Told told;
  auto social = OpenTold("social", &told);
  Receive(*social);
  Erase(record_id_);
  CatchUp(market());
  market_.reset();
  ExpectForgotten("market");
  EXPECT_THAT(hub_.acknowledgements(), IsEmpty());
}

TEST_F(ErasureTest, IsAppliedByAMemberThatWasAway) {
  Told told;
  {
    auto social = OpenTold("social", &told);
    Receive(*social);
  }
  Erase(record_id_);
  {
    auto social = OpenTold("social", &told);
    ASSERT_TRUE(Eventually([&] { return told.ended().size() == 1; }));
    EXPECT_THAT(told.ended()[0].subject_references, ElementsAre("user-42"));
  }
  ExpectForgotten("social");
}

TEST_F(ErasureTest, IsAcknowledgedForARecordThatWasNeverSeen) {
  Told told;
  { auto social = OpenTold("social", &told); }
  Erase(Publish(kPhoneOfTrader));
  auto social = OpenTold("social", &told);
  ASSERT_TRUE(Eventually([&] { return hub_.acknowledgements().size() == 1; }));
  EXPECT_EQ(hub_.acknowledgements()[0].outcome(), v1::NONE);
}

TEST_F(ErasureTest, IsAppliedInTheMiddleOfARewind) {
  hub_.set_entries_per_message(2);
  hub_.CreateGroup("desk");
  Told told;
  {
    auto social = OpenTold("social", &told);
    Receive(*social);
  }
  // Joining reads the log again from its start, where the record is a hash now.
  Erase(record_id_);
  hub_.Join("member/social", "desk");
  {
    auto social = OpenTold("social", &told);
    ASSERT_TRUE(Eventually([&] { return told.ended().size() == 1; }));
    EXPECT_FALSE(social->Check(User("user-42", kPhoneOfTrader), {})->matched());
  }
  ExpectForgotten("social");
}

TEST_F(ErasureTest, ForgetsNothingThatIsNotAboutTheRecord) {
  Told told;
  std::string other;
  {
    auto social = OpenTold("social", &told);
    Receive(*social);
    other = Publish(kEmailOfJane);
    CatchUp(*social);
    v1::EventBody body;
    body.mutable_record_erased()->set_record_id(Bytes(record_id_));
    for (uint64_t sequence = 1; sequence <= hub_.size(); ++sequence) {
      body.mutable_record_erased()->add_sequences(sequence);
    }
    v1::Audience audience;
    audience.add_groups("all");
    audience.set_party("member/market");
    hub_.Append(body, audience);
    ASSERT_TRUE(Eventually([&] { return told.ended().size() == 1; }));
  }
  EXPECT_THAT(DumpVault("social"), Not(HasSubstr(kReason)));
  auto social = OpenTold("social", &told);
  EXPECT_EQ(social->GetSyncState().live_records, 1u);
  EXPECT_THAT(social->GetSyncState().groups, ElementsAre("all"));
  EXPECT_TRUE(social->Check(User("user-7", kEmailOfJane), {})->matched());
}

TEST_F(ErasureTest, IsAskedForByThePublisherAlone) {
  Told told;
  auto social = OpenTold("social", &told);
  Receive(*social);
  EXPECT_TRUE(
      absl::IsFailedPrecondition(social->Erase(record_id_, ErasureGround::kSubjectRight).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(market().Erase("xyz", ErasureGround::kWithdrawn).status()));
  // Of a record that is not known here, the hub judges.
  const auto unknown = social->Erase(std::string(32, 'a'), ErasureGround::kWithdrawn);
  Deliver(*social);
  const auto delivery = social->GetDelivery(unknown->request_id);
  EXPECT_EQ(delivery->state, DeliveryState::kRefused);
  EXPECT_TRUE(absl::IsNotFound(delivery->status));
}

TEST_F(ErasureTest, ByACourtsOrderReachesEverybody) {
  Told told;
  auto social = OpenTold("social", &told);
  Receive(*social);
  hub_.EraseByOrder(Bytes(record_id_));
  ASSERT_TRUE(Eventually([&] { return told.ended().size() == 1; }));
  EXPECT_EQ(told.ended()[0].publisher, "member/market");
}

TEST_F(ErasureTest, LeavingTheGroupForgetsWhatBecameOfItsRecordsToo) {
  Told told;
  {
    auto social = OpenTold("social", &told);
    Receive(*social);
    ASSERT_EQ(market().AnswerDisputes(record_id_, "x").status(), absl::OkStatus());  // refused
    hub_.CountSightings(Bytes(record_id_), 1, 1);
    Told forum_told;
    auto forum = OpenTold("forum", &forum_told);
    ASSERT_EQ(forum->Opine(record_id_, Stance::kAgree, "seen here").status(), absl::OkStatus());
    Deliver(*forum);
    Publish(kEmailOfJane);
    hub_.Leave("member/social", "all");
    ASSERT_TRUE(Eventually([&] { return told.ended().size() == 1; }));
    EXPECT_EQ(told.ended()[0].reason, "no longer shared with this member");
  }
  ExpectForgotten("social");
  EXPECT_THAT(DumpVault("social"), Not(HasSubstr("seen here")));
}

// ---- the vault by itself, where a crash can fall between two steps

class ErasureVaultTest : public MemberTest {
 protected:
  std::unique_ptr<vault::Vault> OpenVault() {
    auto vault = vault::Vault::Open(
        {vault_path("a"), {key_path(), {}}, kCoalition, "member/a", std::string(32, 'k')}, &env_);
    EXPECT_EQ(vault.status(), absl::OkStatus());
    return *std::move(vault);
  }
};

TEST_F(ErasureVaultTest, IsStillToBeScrubbedAfterACrash) {
  {
    auto vault = OpenVault();
    vault::LogBatch batch;
    batch.events = {{1, "header 1", "body 1"}, {2, "header 2", "body 2"}};
    ASSERT_EQ(vault->Commit(batch), absl::OkStatus());
    vault::LogBatch erasure;
    erasure.events = {{3, "header 3", "body 3"}};
    erasure.erased = {{std::string(16, 'r'), {1, 3}}};
    ASSERT_EQ(vault->Commit(erasure), absl::OkStatus());
  }
  {
    auto vault = OpenVault();
    EXPECT_TRUE(vault->Position()->scrub_due);
    EXPECT_EQ(*vault->FindEvent(1), std::nullopt);
    EXPECT_NE(*vault->FindEvent(2), std::nullopt);
    EXPECT_EQ(*vault->FindEvent(3), std::nullopt);
    ASSERT_EQ(vault->ScrubErased(), absl::OkStatus());
  }
  EXPECT_FALSE(OpenVault()->Position()->scrub_due);
}

}  // namespace
}  // namespace vervet::testing
