// Checks through the public interface: what the hub learns, what the vault answers, what is
// refused.
#include <set>
#include <string>
#include <vector>

#include "tests/member-sdk/member_fixture.h"

namespace vervet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

CheckOptions LocalOnly() {
  CheckOptions options;
  options.local_only = true;
  return options;
}

class CheckTest : public MemberTest {
 protected:
  CheckTest() { FoundCoalition(); }

  // The market publishes, and the social network has it.
  std::string PublishAtMarket(std::vector<Identifier> identifiers) {
    auto market = Open("market");
    CatchUp(*market);
    const auto ticket = market->Publish(RecordOf(std::move(identifiers)));
    EXPECT_EQ(ticket.status(), absl::OkStatus());
    Deliver(*market);
    return market->GetDelivery(ticket->request_id)->record_id;
  }
};

TEST_F(CheckTest, RecognisesAnOffenderInAnotherNotation) {
  const std::string record_id =
      PublishAtMarket({Phone("+44 20 7946 0018"), Email("Jane.Doe@gmail.com")});
  auto social = Open("social");
  CatchUp(*social);
  const auto answer = social->Check(
      {"user-42", {Phone("０２０ 7946 0018", "GB"), Email("janedoe+ivory@GMAIL.com")}}, {});
  ASSERT_EQ(answer.status(), absl::OkStatus());
  ASSERT_EQ(answer->results.size(), 2u);
  for (const CheckResult& result : answer->results) {
    EXPECT_EQ(result.outcome, CheckOutcome::kMatch);
    ASSERT_EQ(result.matches.size(), 1u);
    const Match& match = result.matches[0];
    EXPECT_EQ(match.record_id, record_id);
    EXPECT_EQ(match.publisher, "member/market");
    EXPECT_EQ(match.publisher_name, "The member/market");
    EXPECT_FALSE(match.own);
    EXPECT_EQ(match.facts.legal_entity, "market Ltd, Dublin");
    EXPECT_THAT(match.facts.taxa, ElementsAre("Loxodonta africana"));
    EXPECT_EQ(match.facts.certainty, Certainty::kReviewerConfirmed);
    EXPECT_GT(match.expires, match.published);
  }
  EXPECT_EQ(answer->results[0].matches[0].signature_type, "phone");
  EXPECT_EQ(answer->results[1].matches[0].signature_type, "email_alias");
}

TEST_F(CheckTest, PrefersTheStrongerTypeWhereARecordMatchesTwice) {
  PublishAtMarket({Email("jane@example.com")});
  auto social = Open("social");
  CatchUp(*social);
  const auto answer = social->Check({"", {Email("JANE@example.com")}}, {});
  ASSERT_EQ(answer->results[0].matches.size(), 1u);
  EXPECT_EQ(answer->results[0].matches[0].signature_type, "email");
}

TEST_F(CheckTest, AsksTheHubOnceAndThenTheVault) {
  auto social = Open("social");
  CatchUp(*social);
  const Subject subject{"user-1", {Phone("+442079460018")}};
  const auto first = social->Check(subject, {});
  EXPECT_EQ(first->results[0].outcome, CheckOutcome::kNoMatch);
  EXPECT_TRUE(first->results[0].evaluated_now);
  const int calls = hub_.evaluate_calls();
  EXPECT_EQ(calls, 1);
  const auto second = social->Check(subject, {});
  EXPECT_EQ(second->results[0].outcome, CheckOutcome::kNoMatch);
  EXPECT_FALSE(second->results[0].evaluated_now);
  EXPECT_EQ(social->Check(subject, LocalOnly())->results[0].outcome, CheckOutcome::kNoMatch);
  EXPECT_EQ(hub_.evaluate_calls(), calls);
}

TEST_F(CheckTest, RemembersAcrossARestartWithoutTheHub) {
  {
    auto social = Open("social");
    CatchUp(*social);
    ASSERT_EQ(social->Check({"user-1", {Phone("+442079460018")}}, {}).status(), absl::OkStatus());
  }
  hub_.SetReachable(false);
  auto social = Open("social");
  const auto answer =
      social->Check({"user-1", {Phone("+442079460018"), Phone("+442079460019")}}, {});
  EXPECT_EQ(answer->results[0].outcome, CheckOutcome::kNoMatch);
  EXPECT_EQ(answer->results[1].outcome, CheckOutcome::kNotKnown);
  EXPECT_EQ(answer->results[1].status.code(), absl::StatusCode::kUnavailable);
}

TEST_F(CheckTest, ForgetsWhatItIsToldNotToRemember) {
  auto social = Open("social");
  CatchUp(*social);
  CheckOptions options;
  options.remember = false;
  EXPECT_EQ(social->Check({"user-1", {Phone("+442079460018")}}, options)->results[0].outcome,
            CheckOutcome::kNoMatch);
  EXPECT_EQ(social->GetSyncState().cached_tokens, 0u);
  EXPECT_EQ(social->Check({"user-1", {Phone("+442079460018")}}, LocalOnly())->results[0].outcome,
            CheckOutcome::kNotKnown);
}

TEST_F(CheckTest, NeverTouchesTheNetworkWhenLocalOnly) {
  auto social = Open("social");
  CatchUp(*social);
  const auto answer = social->Check({"user-1", {Phone("+442079460018")}}, LocalOnly());
  EXPECT_EQ(answer->results[0].outcome, CheckOutcome::kNotKnown);
  EXPECT_THAT(answer->results[0].status.message(), HasSubstr("local_only"));
  EXPECT_EQ(hub_.evaluate_calls(), 0);
}

TEST_F(CheckTest, RefusesWhatHasNoCanonicalFormAndHashesNothingInItsPlace) {
  auto social = Open("social");
  CatchUp(*social);
  const auto answer = social->Check(
      {"user-1", {Phone("7946 0018"), Email("not an address"), Phone("+442079460018")}}, {});
  ASSERT_EQ(answer.status(), absl::OkStatus());
  EXPECT_EQ(answer->results[0].outcome, CheckOutcome::kRefused);
  EXPECT_EQ(answer->results[0].status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(answer->results[0].status.message()), Not(HasSubstr("7946")));
  EXPECT_EQ(answer->results[1].outcome, CheckOutcome::kRefused);
  EXPECT_EQ(answer->results[2].outcome, CheckOutcome::kNoMatch);
  EXPECT_EQ(hub_.evaluated_elements(), 1);
}

TEST_F(CheckTest, AsksForEachDistinctIdentifierOfABatchOnce) {
  auto social = Open("social");
  CatchUp(*social);
  std::vector<Subject> subjects;
  for (int i = 0; i < 50; ++i) {
    subjects.push_back({"user-" + std::to_string(i), {Phone("+442079460018")}});
  }
  const auto answers = social->CheckBatch(subjects, {});
  ASSERT_EQ(answers->size(), 50u);
  EXPECT_EQ(hub_.evaluated_elements(), 1);
  EXPECT_EQ(hub_.evaluate_calls(), 1);
}

TEST_F(CheckTest, SplitsALargeBatchAtTheHubsLimit) {
  auto social = Open("social");
  CatchUp(*social);
  std::vector<Subject> subjects;
  for (int i = 0; i < 1030; ++i) {
    subjects.push_back(
        {"",
         {{IdentifierType::kPlatformAccount, "market.example:" + std::to_string(100000 + i), ""}}});
  }
  const auto answers = social->CheckBatch(subjects, {});
  ASSERT_EQ(answers.status(), absl::OkStatus());
  for (const SubjectResult& result : *answers) {
    EXPECT_EQ(result.results[0].outcome, CheckOutcome::kNoMatch) << result.results[0].status;
  }
  EXPECT_EQ(hub_.evaluated_elements(), 1030);
  EXPECT_EQ(hub_.evaluate_calls(), 2);
}

TEST_F(CheckTest, FindsTheFewOffendersAmongManyWhereverTheyStand) {
  const auto account = [](int number) {
    return Identifier{IdentifierType::kPlatformAccount,
                      "market.example:" + std::to_string(100000 + number), ""};
  };
  const std::set<int> offenders = {0, 1023, 1024, 2049};
  std::vector<Identifier> published;
  for (const int number : offenders) published.push_back(account(number));
  const std::string record_id = PublishAtMarket(published);
  auto social = Open("social");
  CatchUp(*social);
  std::vector<Subject> subjects;
  for (int i = 0; i < 2050; ++i) subjects.push_back({"", {account(i)}});
  const auto answers = social->CheckBatch(subjects, {});
  ASSERT_EQ(answers.status(), absl::OkStatus());
  for (int i = 0; i < 2050; ++i) {
    const CheckResult& result = (*answers)[static_cast<size_t>(i)].results[0];
    ASSERT_EQ(result.matches.size(), offenders.count(i)) << i;
    for (const Match& match : result.matches) EXPECT_EQ(match.record_id, record_id);
  }
}

TEST_F(CheckTest, ThrowsAnAnswerWithAWrongProofAway) {
  auto social = Open("social");
  CatchUp(*social);
  hub_.set_wrong_proof(true);
  const Subject subject{"user-1", {Phone("+442079460018")}};
  const auto answer = social->Check(subject, {});
  EXPECT_EQ(answer->results[0].outcome, CheckOutcome::kNotKnown);
  EXPECT_EQ(answer->results[0].status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(social->GetSyncState().cached_tokens, 0u);
  hub_.set_wrong_proof(false);
  EXPECT_EQ(social->Check(subject, {})->results[0].outcome, CheckOutcome::kNoMatch);
}

TEST_F(CheckTest, SaysWhyNothingCanBeAnsweredBeforeTheFirstSync) {
  hub_.SetReachable(false);
  auto social = Open("social");
  const auto answer = social->Check({"user-1", {Phone("+442079460018")}}, {});
  EXPECT_EQ(answer->results[0].outcome, CheckOutcome::kNotKnown);
  EXPECT_EQ(answer->results[0].status.code(), absl::StatusCode::kUnavailable);
}

TEST_F(CheckTest, EvaluatesAgainAfterAChangeOfKey) {
  auto social = Open("social");
  CatchUp(*social);
  const Subject subject{"user-1", {Phone("+442079460018")}};
  ASSERT_EQ(social->Check(subject, {}).status(), absl::OkStatus());
  hub_.ChangeKey(v1::PHONE);
  CatchUp(*social);
  EXPECT_EQ(social->Check(subject, LocalOnly())->results[0].outcome, CheckOutcome::kNotKnown);
  EXPECT_TRUE(social->Check(subject, {})->results[0].evaluated_now);
  EXPECT_EQ(social->GetSyncState().cached_tokens, 1u);
  PublishAtMarket({Phone("+442079460018")});
  CatchUp(*social);
  EXPECT_EQ(social->Check(subject, LocalOnly())->results[0].outcome, CheckOutcome::kMatch);
}

TEST_F(CheckTest, IgnoresActiveRulesThatItDoesNotKnow) {
  hub_.Announce(v1::PHONE, {1, 2});
  PublishAtMarket({Phone("+442079460018")});
  auto social = Open("social");
  CatchUp(*social);
  EXPECT_EQ(social->Check({"", {Phone("020 7946 0018", "GB")}}, {})->results[0].outcome,
            CheckOutcome::kMatch);
}

TEST_F(CheckTest, SaysWhatToDoWhereAllActiveRulesAreNewer) {
  hub_.Announce(v1::PHONE, {2});
  auto social = Open("social");
  CatchUp(*social);
  const auto answer = social->Check({"", {Phone("+442079460018")}}, {});
  EXPECT_EQ(answer->results[0].outcome, CheckOutcome::kNotKnown);
  EXPECT_THAT(std::string(answer->results[0].status.message()), HasSubstr("update the SDK"));
}

TEST_F(CheckTest, StopsMatchingByItsOwnClock) {
  hub_.Announce(v1::PHONE, {1}, absl::Hours(48));
  PublishAtMarket({Phone("+442079460018")});
  auto social = Open("social");
  CatchUp(*social);
  const Subject subject{"", {Phone("+442079460018")}};
  EXPECT_EQ(social->Check(subject, {})->results[0].outcome, CheckOutcome::kMatch);
  hub_.SetReachable(false);
  env_.Advance(absl::Hours(49));
  EXPECT_EQ(social->Check(subject, {})->results[0].outcome, CheckOutcome::kNoMatch);
}

TEST_F(CheckTest, ShowsTheMembersOwnRecordAsOwn) {
  auto market = Open("market");
  CatchUp(*market);
  ASSERT_EQ(market->Publish(RecordOf({Phone("+442079460018")})).status(), absl::OkStatus());
  Deliver(*market);
  CatchUp(*market);
  const auto answer = market->Check({"", {Phone("+442079460018")}}, {});
  ASSERT_EQ(answer->results[0].matches.size(), 1u);
  EXPECT_TRUE(answer->results[0].matches[0].own);
}

TEST_F(CheckTest, RefusesAReferenceThatIsTooLong) {
  auto social = Open("social");
  CatchUp(*social);
  const auto at = social->Check({std::string(256, 'r'), {Phone("+442079460018")}}, {});
  EXPECT_EQ(at.status(), absl::OkStatus());
  const auto past = social->Check({std::string(257, 'r'), {Phone("+442079460018")}}, {});
  EXPECT_EQ(past.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(CheckTest, ChecksLocallyWithoutBackgroundWork) {
  {
    auto social = Open("social");
    CatchUp(*social);
    ASSERT_EQ(social->Check({"user-1", {Phone("+442079460018")}}, {}).status(), absl::OkStatus());
  }
  ClientOptions options = OptionsOf("social");
  options.background = false;
  auto social = Open("social", options);
  EXPECT_EQ(social->Check({"", {Phone("+442079460018")}}, LocalOnly())->results[0].outcome,
            CheckOutcome::kNoMatch);
  // Evaluating is a call, not background work.
  EXPECT_EQ(social->Check({"", {Phone("+442079460019")}}, {})->results[0].outcome,
            CheckOutcome::kNoMatch);
}

}  // namespace
}  // namespace vervet::testing
