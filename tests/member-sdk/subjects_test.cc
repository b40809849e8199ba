// One person at the platform: what is shown, what an objection comes to, what is deleted.
#include "tests/member-sdk/aftermath_fixture.h"

namespace vervet::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class SubjectsTest : public AftermathTest {
 protected:
  void SetUp() override {
    social_ = OpenTold("social", &told_);
    record_id_ = Publish(kPhoneOfTrader);
    CatchUp(*social_);
  }
  SubjectHoldings Show(const Subject& subject) {
    const auto holdings = social_->ShowSubject(subject);
    EXPECT_EQ(holdings.status(), absl::OkStatus());
    return *holdings;
  }
  SubjectHoldings ShowUser(const std::string& reference) { return Show({reference, {}}); }
  std::string Object(const std::string& reference) {
    const auto ticket = social_->ObjectForSubject(record_id_, reference, "the number was sold");
    EXPECT_EQ(ticket.status(), absl::OkStatus());
    Deliver(*social_);
    CatchUp(*social_);
    return ticket->request_id;
  }
  ObjectionState StateOf(const std::string& reference) {
    const auto holdings = ShowUser(reference);
    return holdings.objections.empty() ? ObjectionState::kOpen : holdings.objections[0].state;
  }

  Told told_;
  std::unique_ptr<engine::Engine> social_;
  std::string record_id_;
};

TEST_F(SubjectsTest, AreShownEverythingThatIsHeldOfThem) {
  Subject jane{"user-42", {kPhoneOfTrader, kEmailOfJane}};
  ASSERT_TRUE(social_->Check(jane, {})->matched());
  ASSERT_EQ(social_->NoteAction(record_id_, "user-42", "account suspended"), absl::OkStatus());
  Object("user-42");

  const SubjectHoldings held = ShowUser("user-42");
  ASSERT_THAT(held.tokens, SizeIs(3));  // phone, e-mail, its alias form
  EXPECT_EQ(held.tokens[0].signature_type, "phone");
  EXPECT_EQ(held.tokens[0].rules_version, 1u);
  EXPECT_EQ(held.tokens[0].since, absl::ToChronoTime(env_.Now()));
  EXPECT_THAT(held.tokens[0].references, ElementsAre("user-42"));
  EXPECT_THAT(held.references, ElementsAre("user-42"));
  ASSERT_THAT(held.matches, SizeIs(1));
  EXPECT_EQ(held.matches[0].record_id, record_id_);
  EXPECT_EQ(held.matches[0].publisher, "member/market");
  ASSERT_THAT(held.matched, SizeIs(1));
  EXPECT_TRUE(held.matched[0].in_force);
  ASSERT_THAT(held.actions, SizeIs(1));
  EXPECT_EQ(held.actions[0].action, "account suspended");
  ASSERT_THAT(held.objections, SizeIs(1));
  EXPECT_EQ(held.objections[0].state, ObjectionState::kOpen);
  EXPECT_EQ(absl::FromChrono(*held.objections[0].answer_due), env_.Now() + absl::Hours(30 * 24));
  EXPECT_THAT(held.own_records, IsEmpty());
}

TEST_F(SubjectsTest, AreFoundByWhatTheyCallTheirsInAnyNotation) {
  Match(*social_, "user-42", kPhoneOfTrader);
  const SubjectHoldings held =
      Show({"", {Phone("020 7946 0018", "GB"), Email("nobody@example.com"), Phone("nonsense")}});
  ASSERT_THAT(held.identifiers, SizeIs(3));
  EXPECT_TRUE(held.identifiers[0].cached);
  EXPECT_FALSE(held.identifiers[1].cached);
  EXPECT_EQ(held.identifiers[1].status, absl::OkStatus());
  EXPECT_TRUE(absl::IsInvalidArgument(held.identifiers[2].status));
  EXPECT_THAT(held.references, ElementsAre("user-42"));
  EXPECT_TRUE(Show({"user-99", {}}).empty());
  EXPECT_TRUE(absl::IsInvalidArgument(social_->ShowSubject({"", {}}).status()));
}

TEST_F(SubjectsTest, AreShownAPausedRecordAndTheirOwnPlatformsRecords) {
  hub_.set_dispute_share_percent(20);
  ASSERT_EQ(social_->Check(User("user-42", kPhoneOfTrader), {}).status(), absl::OkStatus());
  OffenderRecord record = RecordOf({kPhoneOfTrader});
  record.subject_reference = "user-42";
  const auto ticket = social_->Publish(record);
  Object("user-42");
  CatchUp(*social_);
  const SubjectHoldings held = ShowUser("user-42");
  ASSERT_THAT(held.matches, SizeIs(1));
  EXPECT_TRUE(held.matches[0].paused);
  EXPECT_THAT(held.own_records, ElementsAre(social_->GetDelivery(ticket->request_id)->record_id));
}

TEST_F(SubjectsTest, HearThatThePublisherKeepsTheRecordAndWhy) {
  Object("user-42");
  CatchUp(market());
  ASSERT_EQ(market().AnswerDisputes(record_id_, "the sale came later").status(), absl::OkStatus());
  Deliver(market());
  ASSERT_TRUE(Eventually([&] { return told_.objections().size() == 1; }));
  EXPECT_EQ(told_.objections()[0].state, ObjectionState::kKept);
  EXPECT_EQ(told_.objections()[0].answer, "the sale came later");
  EXPECT_EQ(told_.objections()[0].subject_reference, "user-42");
  EXPECT_EQ(StateOf("user-42"), ObjectionState::kKept);
  // A retraction after all is told too.
  Retract(record_id_);
  ASSERT_TRUE(Eventually([&] { return told_.objections().size() == 2; }));
  EXPECT_EQ(told_.objections()[1].state, ObjectionState::kWithdrawn);
}

TEST_F(SubjectsTest, HearThatTheRecordWasErased) {
  Object("user-42");
  Erase(record_id_);
  ASSERT_TRUE(Eventually([&] { return told_.objections().size() == 1; }));
  EXPECT_EQ(told_.objections()[0].state, ObjectionState::kErased);
}

TEST_F(SubjectsTest, HearThatTheDeadlinePassedAlsoAfterARestart) {
  Object("user-42");
  social_ = nullptr;
  env_.Advance(absl::Hours(30 * 24));
  social_ = OpenTold("social", &told_);
  ASSERT_TRUE(Eventually([&] { return told_.objections().size() == 1; }));
  EXPECT_EQ(told_.objections()[0].state, ObjectionState::kDeadlinePassed);
  social_ = nullptr;
  social_ = OpenTold("social", &told_);
  CatchUp(market());
  ASSERT_EQ(market().AnswerDisputes(record_id_, "late, but kept").status(), absl::OkStatus());
  Deliver(market());
  ASSERT_TRUE(Eventually([&] { return told_.objections().size() == 2; }));
  EXPECT_EQ(told_.objections()[1].state, ObjectionState::kKept);
}

TEST_F(SubjectsTest, HearThatTheHubRefusedTheirObjection) {
  const std::string unknown(32, 'a');
  ASSERT_EQ(social_->ObjectForSubject(unknown, "user-42", "which one?").status(), absl::OkStatus());
  Deliver(*social_);
  ASSERT_TRUE(Eventually([&] { return told_.objections().size() == 1; }));
  EXPECT_EQ(told_.objections()[0].record_id, unknown);
  EXPECT_EQ(told_.objections()[0].state, ObjectionState::kRefused);
  EXPECT_THAT(told_.objections()[0].answer, HasSubstr("no such record"));
}

TEST_F(SubjectsTest, HearThatTheRecordWasWithdrawnBeforeTheirObjectionGotThere) {
  hub_.SetReachable(false);
  ASSERT_EQ(social_->ObjectForSubject(record_id_, "user-42", "not me").status(), absl::OkStatus());
  social_ = nullptr;
  hub_.SetReachable(true);
  Retract(record_id_);
  social_ = OpenTold("social", &told_);
  Deliver(*social_);
  EXPECT_EQ(StateOf("user-42"), ObjectionState::kWithdrawn);
  // The hub's refusal may be heard first.
  ASSERT_TRUE(Eventually([&] {
    const auto told = told_.objections();
    return !told.empty() && told.back().state == ObjectionState::kWithdrawn;
  }));
  EXPECT_EQ(told_.objections().back().answer, "overturned on appeal");
}

TEST_F(SubjectsTest, StayUnnamedToTheHub) {
  Match(*social_, "user-42", kPhoneOfTrader);
  Object("user-42");
  EXPECT_THAT(hub_.received(), Not(HasSubstr("user-42")));
  EXPECT_TRUE(hub_.opinions()[0].for_subject());
}

TEST_F(SubjectsTest, AreGoneFromEveryTableWhenTheyAreErased) {
  Subject jane{"user-42", {kPhoneOfTrader, kEmailOfJane}};
  ASSERT_TRUE(social_->Check(jane, {})->matched());
  Match(*social_, "user-43", kPhoneOfTrader);
  ASSERT_EQ(social_->NoteAction(record_id_, "user-42", "account suspended"), absl::OkStatus());
  Object("user-42");
  const auto erased = social_->EraseSubject({"user-42", {}});
  ASSERT_EQ(erased.status(), absl::OkStatus());
  EXPECT_EQ(erased->tokens, 2u);         // the e-mail's two
  EXPECT_EQ(erased->shared_tokens, 1u);  // user-43 has the phone too
  EXPECT_EQ(erased->references, 3u);
  EXPECT_EQ(erased->matches, 1u);
  EXPECT_EQ(erased->actions, 1u);
  EXPECT_EQ(erased->objections, 1u);
  EXPECT_TRUE(ShowUser("user-42").empty());
  EXPECT_EQ(social_->GetSyncState().cached_tokens, 1u);
  // Asked again, the person is as new.
  const int before = hub_.evaluated_elements();
  ASSERT_EQ(social_->Check(User("", kEmailOfJane), {false, false}).status(), absl::OkStatus());
  EXPECT_EQ(hub_.evaluated_elements(), before + 2);
  social_ = nullptr;
  const std::string dump = DumpVault("social");
  EXPECT_THAT(dump, Not(HasSubstr("user-42")));
  EXPECT_THAT(dump, Not(HasSubstr("account suspended")));
  EXPECT_THAT(dump, HasSubstr("user-43"));
}

TEST_F(SubjectsTest, AreCountedInNoLaterSighting) {
  ASSERT_EQ(
      social_->CheckBatch({User("user-42", kPhoneOfTrader), User("user-43", kPhoneOfTrader)}, {})
          .status(),
      absl::OkStatus());
  ASSERT_TRUE(Eventually([&] { return !hub_.sightings().empty(); }));
  EXPECT_EQ(hub_.sightings()[0].subjects(), 2u);
  env_.Advance(absl::Hours(2));
  ASSERT_EQ(social_->EraseSubject({"user-42", {}}).status(), absl::OkStatus());
  ASSERT_TRUE(Eventually([&] { return hub_.sightings().back().subjects() == 1; }));
}

TEST_F(SubjectsTest, AreNotErasedWhileAPublicationAboutThemWaits) {
  hub_.SetReachable(false);
  OffenderRecord record = RecordOf({kEmailOfJane});
  record.subject_reference = "user-42";
  const auto ticket = social_->Publish(record);
  ASSERT_EQ(ticket.status(), absl::OkStatus());
  for (const Subject& who : {Subject{"user-42", {}}, Subject{"", {kEmailOfJane}}}) {
    const auto refused = social_->EraseSubject(who);
    EXPECT_TRUE(absl::IsFailedPrecondition(refused.status())) << refused.status();
    EXPECT_THAT(std::string(refused.status().message()), HasSubstr(ticket->request_id));
    EXPECT_THAT(Show(who).pending, ElementsAre(ticket->request_id));
  }
  hub_.SetReachable(true);
  Deliver(*social_);
  CatchUp(*social_);
  const auto erased = social_->EraseSubject({"user-42", {}});
  ASSERT_EQ(erased.status(), absl::OkStatus());
  EXPECT_THAT(erased->own_records,
              ElementsAre(social_->GetDelivery(ticket->request_id)->record_id));
}

TEST_F(SubjectsTest, WhoShareAnIdentifierAreNotErasedForOneAnother) {
  Match(*social_, "user-42", kPhoneOfTrader);
  Match(*social_, "user-43", kPhoneOfTrader);
  const auto unclear = social_->EraseSubject({"", {kPhoneOfTrader}});
  EXPECT_TRUE(absl::IsFailedPrecondition(unclear.status()));
  EXPECT_THAT(std::string(unclear.status().message()), HasSubstr("user-42, user-43"));
  // Each is shown their own.
  EXPECT_THAT(ShowUser("user-42").references, ElementsAre("user-42"));
  EXPECT_THAT(ShowUser("user-42").tokens[0].references, ElementsAre("user-42"));
  EXPECT_THAT(Show({"", {kPhoneOfTrader}}).references, ElementsAre("user-42", "user-43"));
  EXPECT_TRUE(absl::IsInvalidArgument(social_->EraseSubject({"", {Phone("none")}}).status()));
}

TEST_F(SubjectsTest, AreErasedByAnIdentifierAloneWithAllThatIsTheirs) {
  Subject jane{"user-42", {kPhoneOfTrader, kEmailOfJane}};
  ASSERT_TRUE(social_->Check(jane, {})->matched());
  const auto erased = social_->EraseSubject({"", {kEmailOfJane}});
  ASSERT_EQ(erased.status(), absl::OkStatus());
  EXPECT_EQ(erased->tokens, 3u);
  EXPECT_TRUE(ShowUser("user-42").empty());
}

TEST_F(SubjectsTest, DoNotComeBackWithTheReportThatWasOnItsWay) {
  // The platform erases the person while it is told of the match.
  engine::Engine* forum = nullptr;
  ClientOptions options = OptionsOf("forum");
  Told told;
  told.AddTo(&options);
  const auto tell = options.on_match;
  options.on_match = [&](const MatchEvent& event) {
    EXPECT_EQ(forum->EraseSubject({"user-42", {}}).status(), absl::OkStatus());
    tell(event);
  };
  auto opened = Open("forum", std::move(options));
  forum = opened.get();
  CatchUp(*forum);
  ASSERT_EQ(forum->Check(User("user-42", kEmailOfJane), {}).status(), absl::OkStatus());
  Publish(kEmailOfJane);
  ASSERT_TRUE(Eventually([&] { return told.matches().size() == 1; }));
  opened = nullptr;
  EXPECT_THAT(DumpVault("forum"), Not(HasSubstr("user-42")));
}

}  // namespace
}  // namespace vervet::testing
