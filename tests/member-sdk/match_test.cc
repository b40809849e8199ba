// Told without asking: what on_match and on_match_ended say, and how often.
#include "absl/strings/escaping.h"
#include "tests/member-sdk/member_fixture.h"

namespace vervet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class MatchTest : public MemberTest {
 protected:
  MatchTest() { FoundCoalition(); }

  std::unique_ptr<engine::Engine> OpenSocial(Told* told) {
    ClientOptions options = OptionsOf("social");
    told->AddTo(&options);
    auto social = Open("social", std::move(options));
    CatchUp(*social);
    return social;
  }

  // Publishes at the market; the record's id.
  std::string PublishAtMarket(Identifier identifier) {
    if (market_ == nullptr) market_ = Open("market");
    CatchUp(*market_);
    const auto ticket = market_->Publish(RecordOf({std::move(identifier)}));
    EXPECT_EQ(ticket.status(), absl::OkStatus());
    Deliver(*market_);
    return market_->GetDelivery(ticket->request_id)->record_id;
  }

  std::unique_ptr<engine::Engine> market_;
};

TEST_F(MatchTest, TellsOfARecordThatArrivesAfterTheCheck) {
  Told told;
  auto social = OpenSocial(&told);
  ASSERT_EQ(social->Check({"user-42", {Phone("020 7946 0018", "GB")}}, {}).status(),
            absl::OkStatus());
  ASSERT_EQ(social->Check({"user-43", {Phone("+442079460018")}}, {}).status(), absl::OkStatus());
  const int calls = hub_.evaluate_calls();
  const std::string record_id = PublishAtMarket(Phone("+44 20 7946 0018"));
  ASSERT_TRUE(Eventually([&] { return told.matches().size() == 1; }));
  const MatchEvent event = told.matches()[0];
  EXPECT_EQ(event.match.record_id, record_id);
  EXPECT_EQ(event.match.publisher, "member/market");
  EXPECT_EQ(event.match.signature_type, "phone");
  EXPECT_THAT(event.subject_references, ElementsAre("user-42", "user-43"));
  // The market evaluated what it published; the social network asked nothing.
  EXPECT_EQ(hub_.evaluate_calls(), calls + 1);
}

TEST_F(MatchTest, TellsAfterARestartWhatTheFormerProcessHadCached) {
  Told before;
  {
    auto social = OpenSocial(&before);
    ASSERT_EQ(social->Check({"user-42", {Phone("+442079460018")}}, {}).status(), absl::OkStatus());
  }
  PublishAtMarket(Phone("+442079460018"));
  Told after;
  auto social = OpenSocial(&after);
  EXPECT_TRUE(Eventually([&] { return after.matches().size() == 1; }));
  EXPECT_THAT(before.matches(), IsEmpty());
}

TEST_F(MatchTest, DoesNotRepeatAReportAfterARestart) {
  Told first;
  {
    auto social = OpenSocial(&first);
    ASSERT_EQ(social->Check({"user-42", {Phone("+442079460018")}}, {}).status(), absl::OkStatus());
    PublishAtMarket(Phone("+442079460018"));
    ASSERT_TRUE(Eventually([&] { return first.matches().size() == 1; }));
  }
  Told second;
  auto social = OpenSocial(&second);
  // A later record shows that the queue has moved past the first one.
  ASSERT_EQ(social->Check({"user-7", {Email("jane@example.com")}}, {}).status(), absl::OkStatus());
  PublishAtMarket(Email("jane@example.com"));
  ASSERT_TRUE(Eventually([&] { return !second.matches().empty(); }));
  ASSERT_EQ(second.matches().size(), 1u);
  EXPECT_THAT(second.matches()[0].subject_references, ElementsAre("user-7"));
}

TEST_F(MatchTest, RepeatsAReportWhoseMarkWasLost) {
  // No callback took it, as when the process dies before its callback returns: nothing is marked.
  {
    auto social = Open("social");
    CatchUp(*social);
    ASSERT_EQ(social->Check({"user-42", {Phone("+442079460018")}}, {}).status(), absl::OkStatus());
    PublishAtMarket(Phone("+442079460018"));
    CatchUp(*social);
  }
  Told told;
  auto social = OpenSocial(&told);
  EXPECT_TRUE(Eventually([&] { return told.matches().size() == 1; }));
}

TEST_F(MatchTest, DoesNotTellWhatACheckHasSaid) {
  PublishAtMarket(Phone("+442079460018"));
  {
    Told told;
    auto social = OpenSocial(&told);
    const auto answer = social->Check({"user-42", {Phone("+442079460018")}}, {});
    ASSERT_TRUE(answer->matched());
  }
  Told told;
  auto social = OpenSocial(&told);
  ASSERT_EQ(social->Check({"user-7", {Email("jane@example.com")}}, {}).status(), absl::OkStatus());
  PublishAtMarket(Email("jane@example.com"));
  ASSERT_TRUE(Eventually([&] { return !told.matches().empty(); }));
  EXPECT_THAT(told.matches()[0].subject_references, ElementsAre("user-7"));
}

TEST_F(MatchTest, MarksThirtyMatchesOfACheckInAsManyTransactionsAsOne) {
  PublishAtMarket(Phone("+442079460018"));
  ClientOptions options = OptionsOf("social");
  {
    auto social = Open("social", options);
    CatchUp(*social);
    ASSERT_TRUE(social->Check({"user-0", {Phone("+442079460018")}}, {})->matched());
  }
  options.background = false;  // nothing else writes
  auto social = Open("social", std::move(options));
  const auto commits_for = [&](int from, int to) {
    std::vector<Subject> subjects;
    for (int i = from; i < to; ++i) {
      subjects.push_back({"user-" + std::to_string(i), {Phone("+442079460018")}});
    }
    const int before = CommitsOf("social");
    const auto answers = social->CheckBatch(subjects, {});
    EXPECT_EQ(answers.status(), absl::OkStatus());
    for (const SubjectResult& answer : *answers) EXPECT_TRUE(answer.matched());
    return CommitsOf("social") - before;
  };
  const int for_one = commits_for(1, 2);
  EXPECT_GT(for_one, 0);
  EXPECT_EQ(commits_for(2, 32), for_one);
}

TEST_F(MatchTest, TellsWhenAMatchEndsByRetraction) {
  Told told;
  auto social = OpenSocial(&told);
  ASSERT_EQ(social->Check({"user-42", {Phone("+442079460018")}}, {}).status(), absl::OkStatus());
  const std::string record_id = PublishAtMarket(Phone("+442079460018"));
  ASSERT_TRUE(Eventually([&] { return told.matches().size() == 1; }));
  ASSERT_EQ(market_->Retract(record_id, "mistaken").status(), absl::OkStatus());
  ASSERT_TRUE(Eventually([&] { return told.ended().size() == 1; }));
  const MatchEndedEvent ended = told.ended()[0];
  EXPECT_EQ(ended.record_id, record_id);
  EXPECT_EQ(ended.publisher, "member/market");
  EXPECT_EQ(ended.reason, "retracted");
  EXPECT_THAT(ended.subject_references, ElementsAre("user-42"));
  EXPECT_EQ(social->Check({"user-42", {Phone("+442079460018")}}, {})->results[0].outcome,
            CheckOutcome::kNoMatch);
}

TEST_F(MatchTest, TellsWhenAMatchOfACheckEnds) {
  const std::string record_id = PublishAtMarket(Phone("+442079460018"));
  Told told;
  auto social = OpenSocial(&told);
  ASSERT_TRUE(social->Check({"user-42", {Phone("+442079460018")}}, {})->matched());
  ASSERT_EQ(market_->Retract(record_id, "mistaken").status(), absl::OkStatus());
  ASSERT_TRUE(Eventually([&] { return told.ended().size() == 1; }));
  EXPECT_THAT(told.ended()[0].subject_references, ElementsAre("user-42"));
}

TEST_F(MatchTest, TellsOfAnEndThatCameWhileTheProcessWasDown) {
  std::string record_id;
  {
    Told told;
    auto social = OpenSocial(&told);
    ASSERT_EQ(social->Check({"user-42", {Phone("+442079460018")}}, {}).status(), absl::OkStatus());
    record_id = PublishAtMarket(Phone("+442079460018"));
    ASSERT_TRUE(Eventually([&] { return told.matches().size() == 1; }));
  }
  ASSERT_EQ(market_->Retract(record_id, "mistaken").status(), absl::OkStatus());
  Deliver(*market_);
  Told told;
  auto social = OpenSocial(&told);
  EXPECT_TRUE(Eventually([&] { return told.ended().size() == 1; }));
}

TEST_F(MatchTest, EndsAndBeginsWithThePublishersSuspension) {
  Told told;
  auto social = OpenSocial(&told);
  const Subject subject{"user-42", {Phone("+442079460018")}};
  ASSERT_EQ(social->Check(subject, {}).status(), absl::OkStatus());
  PublishAtMarket(Phone("+442079460018"));
  ASSERT_TRUE(Eventually([&] { return told.matches().size() == 1; }));
  hub_.Suspend("member/market");
  ASSERT_TRUE(Eventually([&] { return told.ended().size() == 1; }));
  EXPECT_EQ(told.ended()[0].reason, "publisher suspended");
  EXPECT_EQ(social->Check(subject, {})->results[0].outcome, CheckOutcome::kNoMatch);
  hub_.Reinstate("member/market");
  ASSERT_TRUE(Eventually([&] { return told.matches().size() == 2; }));
  EXPECT_EQ(social->Check(subject, {})->results[0].outcome, CheckOutcome::kMatch);
}

TEST_F(MatchTest, EndsByAnExpiryEvent) {
  Told told;
  auto social = OpenSocial(&told);
  ASSERT_EQ(social->Check({"user-42", {Phone("+442079460018")}}, {}).status(), absl::OkStatus());
  PublishAtMarket(Phone("+442079460018"));
  ASSERT_TRUE(Eventually([&] { return told.matches().size() == 1; }));
  hub_.Expire(absl::HexStringToBytes(told.matches()[0].match.record_id));
  ASSERT_TRUE(Eventually([&] { return told.ended().size() == 1; }));
  EXPECT_EQ(told.ended()[0].reason, "expired");
}

TEST_F(MatchTest, SaysNothingOfItsOwnRecords) {
  Told told;
  auto social = OpenSocial(&told);
  ASSERT_EQ(social->Check({"user-42", {Phone("+442079460018")}}, {}).status(), absl::OkStatus());
  ASSERT_EQ(social->Publish(RecordOf({Phone("+442079460018")})).status(), absl::OkStatus());
  Deliver(*social);
  CatchUp(*social);
  PublishAtMarket(Phone("+442079460018"));
  ASSERT_TRUE(Eventually([&] { return !told.matches().empty(); }));
  EXPECT_EQ(told.matches()[0].match.publisher, "member/market");
}

TEST_F(MatchTest, TellsThePublisherWhoElseKnowsItsOffender) {
  PublishAtMarket(Phone("+442079460018"));
  Told told;
  auto social = OpenSocial(&told);
  OffenderRecord record = RecordOf({Phone("+442079460018")});
  record.subject_reference = "seller-9";
  ASSERT_EQ(social->Publish(record).status(), absl::OkStatus());
  ASSERT_TRUE(Eventually([&] { return told.matches().size() == 1; }));
  EXPECT_THAT(told.matches()[0].subject_references, ElementsAre("seller-9"));
}

TEST_F(MatchTest, CallsBackInLogOrder) {
  Told told;
  auto social = OpenSocial(&told);
  std::vector<std::string> expected;
  for (int i = 0; i < 20; ++i) {
    const std::string account = "market.example:" + std::to_string(5000 + i);
    ASSERT_EQ(
        social->Check({"user", {{IdentifierType::kPlatformAccount, account, ""}}}, {}).status(),
        absl::OkStatus());
    expected.push_back(PublishAtMarket({IdentifierType::kPlatformAccount, account, ""}));
  }
  ASSERT_TRUE(Eventually([&] { return told.matches().size() == 20; }));
  std::vector<std::string> order;
  for (const MatchEvent& event : told.matches()) order.push_back(event.match.record_id);
  EXPECT_EQ(order, expected);
}

}  // namespace
}  // namespace vervet::testing
