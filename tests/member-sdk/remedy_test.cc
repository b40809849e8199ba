// After a retraction: who is named, what the hub is told, and that nothing of it is lost or said
// twice.
#include "member-sdk/src/vault/vault.h"
#include "tests/member-sdk/aftermath_fixture.h"

namespace vervet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RemedyTest : public AftermathTest {
 protected:
  // Two users of the social network match a record; one of them was suspended because of it.
  void MatchTwo(engine::Engine& social) {
    record_id_ = Publish(kPhoneOfTrader);
    CatchUp(social);
    Match(social, "user-42", kPhoneOfTrader);
    Match(social, "user-43", kPhoneOfTrader);
    ASSERT_EQ(social.NoteAction(record_id_, "user-42", "account suspended"), absl::OkStatus());
  }
  std::string record_id_;
};

TEST_F(RemedyTest, NamesTheAffectedAndWhatWasDoneToThem) {
  Told told;
  auto social = OpenTold("social", &told);
  MatchTwo(*social);
  Retract(record_id_);
  ASSERT_TRUE(Eventually([&] { return told.ended().size() == 1; }));
  const MatchEndedEvent event = told.ended()[0];
  EXPECT_EQ(event.record_id, record_id_);
  EXPECT_EQ(event.reason, "retracted");
  EXPECT_EQ(event.detail, "overturned on appeal");
  EXPECT_THAT(event.subject_references, ElementsAre("user-42", "user-43"));
  ASSERT_THAT(event.affected, SizeIs(2));
  EXPECT_EQ(event.affected[0].subject_reference, "user-42");
  EXPECT_EQ(event.affected[0].action, "account suspended");
  EXPECT_EQ(event.affected[1].subject_reference, "user-43");
  EXPECT_EQ(event.affected[1].action, "");
  EXPECT_EQ(absl::FromChrono(event.remedy_due), env_.Now() + absl::Hours(7 * 24));
  EXPECT_EQ(event.ended_sequence, hub_.size());
}

TEST_F(RemedyTest, AcknowledgesWithTheNumberOfUsersAndNeverWho) {
  Told told;
  auto social = OpenTold("social", &told);
  MatchTwo(*social);
  Retract(record_id_);
  ASSERT_TRUE(Eventually([&] { return told.ended().size() == 1; }));
  const auto open = social->OpenRemedies();
  ASSERT_EQ(open.status(), absl::OkStatus());
  ASSERT_THAT(*open, SizeIs(1));
  EXPECT_EQ((*open)[0].record_id, record_id_);
  EXPECT_EQ((*open)[0].publisher, "member/market");
  EXPECT_THAT((*open)[0].affected, SizeIs(2));

  const auto ticket = social->AcknowledgeRemedy(record_id_, RemedyOutcome::kReversed);
  ASSERT_EQ(ticket.status(), absl::OkStatus());
  EXPECT_THAT(*social->OpenRemedies(), IsEmpty());
  Deliver(*social);
  ASSERT_THAT(hub_.acknowledgements(), SizeIs(1));
  EXPECT_EQ(hub_.acknowledgements()[0].outcome(), v1::REVERSED);
  EXPECT_EQ(hub_.acknowledgements()[0].subjects(), 2u);
  EXPECT_EQ(social->GetDelivery(ticket->request_id)->state, DeliveryState::kDelivered);
  EXPECT_THAT(hub_.received(), Not(HasSubstr("user-4")));
  EXPECT_THAT(hub_.received(), Not(HasSubstr("account suspended")));
}

TEST_F(RemedyTest, StaysOpenAcrossARestartAndIsNotToldTwice) {
  {
    Told told;
    auto social = OpenTold("social", &told);
    MatchTwo(*social);
    Retract(record_id_);
    ASSERT_TRUE(Eventually([&] { return told.ended().size() == 1; }));
  }
  Told told;
  auto social = OpenTold("social", &told);
  ASSERT_THAT(*social->OpenRemedies(), SizeIs(1));
  // A later match shows that the queue has moved past what ended.
  ASSERT_EQ(social->Check(User("user-7", kEmailOfJane), {}).status(), absl::OkStatus());
  Publish(kEmailOfJane);
  ASSERT_TRUE(Eventually([&] { return told.matches().size() == 1; }));
  EXPECT_THAT(told.ended(), IsEmpty());
}

TEST_F(RemedyTest, NamesThemAgainAfterACrashInTheCallback) {
  Told told;
  ClientOptions options = OptionsOf("social");
  told.AddTo(&options);
  const auto tell = options.on_match_ended;
  options.on_match_ended = [&](const MatchEndedEvent& event) {
    CrashCopy("social", "crashed");
    tell(event);
  };
  auto social = Open("social", std::move(options));
  CatchUp(*social);
  MatchTwo(*social);
  Retract(record_id_);
  ASSERT_TRUE(Eventually([&] { return told.ended().size() == 1; }));
  social.reset();

  Told again;
  auto restarted = OpenCopy("social", "crashed", &again);
  ASSERT_TRUE(Eventually([&] { return again.ended().size() == 1; }));
  EXPECT_THAT(again.ended()[0].affected, SizeIs(2));
  EXPECT_THAT(*restarted->OpenRemedies(), SizeIs(1));
}

TEST_F(RemedyTest, NamesWhoeverWasToldOfAMatchThatACrashForgot) {
  // The platform was told, perhaps acted, and died before the report was marked.
  Told told;
  ClientOptions options = OptionsOf("social");
  told.AddTo(&options);
  const auto tell = options.on_match;
  options.on_match = [&](const MatchEvent& event) {
    CrashCopy("social", "crashed");
    tell(event);
  };
  auto social = Open("social", std::move(options));
  CatchUp(*social);
  ASSERT_EQ(social->Check(User("user-42", kPhoneOfTrader), {}).status(), absl::OkStatus());
  const std::string record_id = Publish(kPhoneOfTrader);
  ASSERT_TRUE(Eventually([&] { return told.matches().size() == 1; }));
  social.reset();
  Retract(record_id);

  Told again;
  auto restarted = OpenCopy("social", "crashed", &again);
  ASSERT_TRUE(Eventually([&] { return again.ended().size() == 1; }));
  EXPECT_THAT(again.ended()[0].subject_references, ElementsAre("user-42"));
}

TEST_F(RemedyTest, SaysNoneByItselfOnceWhereNobodyHadMatched) {
  {
    Told told;
    auto social = OpenTold("social", &told);
    const std::string record_id = Publish(kPhoneOfTrader);
    CatchUp(*social);
    Retract(record_id);
    ASSERT_TRUE(Eventually([&] { return hub_.acknowledgements().size() == 1; }));
    Deliver(*social);
    EXPECT_EQ(hub_.acknowledgements()[0].outcome(), v1::NONE);
    EXPECT_EQ(hub_.acknowledgements()[0].subjects(), 0u);
    EXPECT_THAT(told.ended(), IsEmpty());
  }
  Told told;
  auto social = OpenTold("social", &told);
  ASSERT_EQ(social->Check(User("user-7", kEmailOfJane), {}).status(), absl::OkStatus());
  Publish(kEmailOfJane);
  ASSERT_TRUE(Eventually([&] { return told.matches().size() == 1; }));
  Deliver(*social);
  EXPECT_THAT(hub_.acknowledgements(), SizeIs(1));
  EXPECT_THAT(*social->OpenRemedies(), IsEmpty());
}

TEST_F(RemedyTest, SaysNoneForWhatEndedWhileItWasAway) {
  Told told;
  { auto social = OpenTold("social", &told); }
  for (int i = 0; i < 20; ++i) {
    Retract(Publish({IdentifierType::kPlatformAccount, "market.example:" + std::to_string(i), ""}));
  }
  auto social = OpenTold("social", &told);
  EXPECT_TRUE(Eventually([&] { return hub_.acknowledgements().size() == 20; }));
  Deliver(*social);
  EXPECT_THAT(hub_.acknowledgements(), SizeIs(20));
}

TEST_F(RemedyTest, SpeaksNotForTheTimeBeforeItsVaultMetTheHub) {
  const std::string before = Publish(kPhoneOfTrader);
  Retract(before);
  Told told;
  auto social = OpenTold("social", &told);
  const std::string after = Publish(kEmailOfJane);
  Retract(after);
  ASSERT_TRUE(Eventually([&] { return hub_.acknowledgements().size() == 1; }));
  Deliver(*social);
  EXPECT_EQ(hub_.acknowledgements()[0].record_id(), Bytes(after));
  // A person may: the hub does wait for it.
  EXPECT_EQ(social->AcknowledgeRemedy(before, RemedyOutcome::kNone).status(), absl::OkStatus());
  Deliver(*social);
  EXPECT_THAT(hub_.acknowledgements(), SizeIs(2));
}

TEST_F(RemedyTest, SaysNothingByItselfWhereThatIsSwitchedOff) {
  Told told;
  ClientOptions options = OptionsOf("social");
  told.AddTo(&options);
  options.acknowledge_unaffected = false;
  auto social = Open("social", std::move(options));
  CatchUp(*social);
  ASSERT_EQ(social->Check(User("user-7", kEmailOfJane), {}).status(), absl::OkStatus());
  Retract(Publish(kPhoneOfTrader));
  Publish(kEmailOfJane);
  ASSERT_TRUE(Eventually([&] { return told.matches().size() == 1; }));
  Deliver(*social);
  EXPECT_THAT(hub_.acknowledgements(), IsEmpty());
}

TEST_F(RemedyTest, SaysItOnceWhereTheAnswerIsLost) {
  Told told;
  auto social = OpenTold("social", &told);
  const std::string record_id = Publish(kPhoneOfTrader);
  CatchUp(*social);
  Retract(record_id);
  hub_.LoseAnswers(1);
  ASSERT_TRUE(Eventually([&] { return hub_.acknowledgements().size() == 1; }));
  Deliver(*social);
  EXPECT_THAT(hub_.acknowledgements(), SizeIs(1));
}

TEST_F(RemedyTest, NamesWhoMatchedBeforeThePauseThatCameFirst) {
  hub_.set_dispute_share_percent(20);
  Told told;
  auto social = OpenTold("social", &told);
  MatchTwo(*social);
  ASSERT_EQ(social->Opine(record_id_, Stance::kDispute, "a replica").status(), absl::OkStatus());
  Deliver(*social);
  ASSERT_TRUE(Eventually([&] { return told.ended().size() == 1; }));
  EXPECT_EQ(told.ended()[0].reason, "paused by disputes");
  EXPECT_THAT(told.ended()[0].affected, IsEmpty());
  Retract(record_id_);
  ASSERT_TRUE(Eventually([&] { return told.ended().size() == 2; }));
  EXPECT_EQ(told.ended()[1].reason, "retracted");
  EXPECT_THAT(told.ended()[1].subject_references, ElementsAre("user-42", "user-43"));
}

TEST_F(RemedyTest, OpensAgainWhenTheHubRefusesTheAcknowledgement) {
  Told told;
  auto social = OpenTold("social", &told);
  MatchTwo(*social);
  Deliver(*social);  // the sighting
  Retract(record_id_);
  ASSERT_TRUE(Eventually([&] { return told.ended().size() == 1; }));
  hub_.RefuseCalls(1, absl::FailedPreconditionError("record_id: not yet"));
  const auto ticket = social->AcknowledgeRemedy(record_id_, RemedyOutcome::kKeptOnOwnEvidence);
  Deliver(*social);
  EXPECT_EQ(social->GetDelivery(ticket->request_id)->state, DeliveryState::kRefused);
  const auto open = social->OpenRemedies();
  ASSERT_THAT(*open, SizeIs(1));
  EXPECT_THAT(std::string((*open)[0].refusal.message()), HasSubstr("not yet"));
  ASSERT_EQ(social->AcknowledgeRemedy(record_id_, RemedyOutcome::kReversed).status(),
            absl::OkStatus());
  Deliver(*social);
  EXPECT_THAT(*social->OpenRemedies(), IsEmpty());
}

TEST_F(RemedyTest, RepeatsTheAcknowledgementWhenARetractedRecordIsErased) {
  Told told;
  auto social = OpenTold("social", &told);
  MatchTwo(*social);
  Retract(record_id_);
  ASSERT_TRUE(Eventually([&] { return told.ended().size() == 1; }));
  ASSERT_EQ(social->AcknowledgeRemedy(record_id_, RemedyOutcome::kReversed).status(),
            absl::OkStatus());
  Deliver(*social);
  Erase(record_id_);
  ASSERT_TRUE(Eventually([&] { return told.ended().size() == 2; }));
  EXPECT_EQ(told.ended()[1].reason, "erased");
  EXPECT_EQ(told.ended()[1].detail, "");
  EXPECT_THAT(told.ended()[1].affected, SizeIs(2));
  ASSERT_TRUE(Eventually([&] { return hub_.acknowledgements().size() == 2; }));
  EXPECT_EQ(hub_.acknowledgements()[1].outcome(), v1::REVERSED);
  EXPECT_EQ(hub_.acknowledgements()[1].subjects(), 2u);
  EXPECT_EQ(hub_.acknowledgements()[1].ended_sequence(), told.ended()[1].ended_sequence);
  EXPECT_THAT(*social->OpenRemedies(), IsEmpty());
}

TEST_F(RemedyTest, OpensAgainWhenAnActionIsNotedAfterTheAcknowledgement) {
  Told told;
  auto social = OpenTold("social", &told);
  const std::string record_id = Publish(kPhoneOfTrader);
  CatchUp(*social);
  Retract(record_id);
  ASSERT_TRUE(Eventually([&] { return hub_.acknowledgements().size() == 1; }));
  ASSERT_EQ(social->NoteAction(record_id, "user-9", "listing removed"), absl::OkStatus());
  ASSERT_TRUE(Eventually([&] { return told.ended().size() == 1; }));
  EXPECT_THAT(told.ended()[0].subject_references, ElementsAre("user-9"));
  EXPECT_TRUE(Eventually([&] { return social->OpenRemedies()->size() == 1; }));
}

TEST_F(RemedyTest, RefusesWhatMakesNoSense) {
  Told told;
  auto social = OpenTold("social", &told);
  const std::string record_id = Publish(kPhoneOfTrader);
  CatchUp(*social);
  CatchUp(market());
  EXPECT_TRUE(absl::IsFailedPrecondition(
      social->AcknowledgeRemedy(record_id, RemedyOutcome::kNone).status()));
  EXPECT_TRUE(
      absl::IsInvalidArgument(social->AcknowledgeRemedy("abc", RemedyOutcome::kNone).status()));
  EXPECT_TRUE(absl::IsNotFound(
      social->AcknowledgeRemedy(std::string(32, 'a'), RemedyOutcome::kNone).status()));
  EXPECT_TRUE(absl::IsNotFound(social->NoteAction(std::string(32, 'a'), "user-1", "closed")));
  EXPECT_TRUE(absl::IsFailedPrecondition(market().NoteAction(record_id, "user-1", "closed")));
  EXPECT_TRUE(absl::IsInvalidArgument(social->NoteAction(record_id, "", "closed")));
  EXPECT_TRUE(absl::IsInvalidArgument(social->NoteAction(record_id, "user-1", "")));
  EXPECT_EQ(social->NoteAction(record_id, "user-1", std::string(256, 'a')), absl::OkStatus());
  EXPECT_TRUE(
      absl::IsInvalidArgument(social->NoteAction(record_id, "user-1", std::string(257, 'a'))));
  Retract(record_id);
  ASSERT_TRUE(Eventually([&] { return told.ended().size() == 1; }));
  CatchUp(market());
  EXPECT_TRUE(absl::IsFailedPrecondition(
      market().AcknowledgeRemedy(record_id, RemedyOutcome::kNone).status()));
  Told forum_told;
  auto forum = OpenTold("forum", &forum_told);
  EXPECT_TRUE(absl::IsInvalidArgument(
      forum->AcknowledgeRemedy(record_id, RemedyOutcome::kReversed).status()));
}

// ---- the vault by itself, where an answer can fall between two steps

TEST_F(RemedyTest, IsNotSettledByTheAnswerToAnAcknowledgementThatIsOutOfDate) {
  const auto opened = vault::Vault::Open(
      {vault_path("a"), {key_path(), {}}, kCoalition, "member/a", std::string(32, 'k')}, &env_);
  ASSERT_EQ(opened.status(), absl::OkStatus());
  vault::Vault& vault = **opened;
  const std::string record_id(16, 'r');
  vault::OutboxEntry entry;
  entry.kind = vault::OutboxKind::kAcknowledge;
  entry.request_id = std::string(16, 'q');
  entry.record_id = record_id;
  vault::FollowUp follow_up;
  follow_up.entries = {entry};
  follow_up.acknowledgements = {{record_id, 7, false, v1::NONE, 0, entry.request_id}};
  ASSERT_EQ(vault.QueueFollowUp(follow_up), absl::OkStatus());
  EXPECT_EQ((*vault.FindRemedy(record_id))->state, vault::RemedyState::kQueued);
  ASSERT_EQ(vault.NoteAction(record_id, {"user-9", "listing removed", 1}), absl::OkStatus());
  entry = (*vault.OutboxEntries(vault::OutboxState::kDraft, 0, 1))[0];
  entry.state = vault::OutboxState::kDelivered;
  ASSERT_EQ(vault.StoreDone({entry}), absl::OkStatus());
  EXPECT_EQ((*vault.FindRemedy(record_id))->state, vault::RemedyState::kOpen);
}

}  // namespace
}  // namespace vervet::testing
