// An answer of the hub that was touched on its way, or that another key made: nothing of it is
// believed, and nothing is kept.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/member-sdk/member_fixture.h"

namespace vervet::testing {
namespace {

class EvaluationTest : public MemberTest {
 protected:
  EvaluationTest() { FoundCoalition(); }

  // Checks three accounts in one batch whose answer `tamper` changes.
  void ExpectRefused(const std::function<void(v1::EvaluatedBatch&)>& tamper) {
    auto social = Open("social");
    CatchUp(*social);
    std::vector<Subject> subjects;
    for (const char* account :
         {"market.example:1001", "market.example:1002", "market.example:1003"}) {
      subjects.push_back({account, {{IdentifierType::kPlatformAccount, account, ""}}});
    }
    hub_.set_tamper_evaluated(
        [&](v1::EvaluateResponse& answer) { tamper(*answer.mutable_batches(0)); });
    const auto refused = social->CheckBatch(subjects, {});
    ASSERT_EQ(refused.status(), absl::OkStatus());
    for (const SubjectResult& subject : *refused) {
      EXPECT_EQ(subject.results[0].outcome, CheckOutcome::kNotKnown);
      EXPECT_EQ(subject.results[0].status.code(), absl::StatusCode::kDataLoss);
    }
    EXPECT_EQ(social->GetSyncState().cached_tokens, 0u);

    hub_.set_tamper_evaluated(nullptr);
    const auto answered = social->CheckBatch(subjects, {});
    ASSERT_EQ(answered.status(), absl::OkStatus());
    for (const SubjectResult& subject : *answered) {
      EXPECT_EQ(subject.results[0].outcome, CheckOutcome::kNoMatch);
      EXPECT_TRUE(subject.results[0].evaluated_now) << "nothing was kept of the first answer";
    }
    EXPECT_EQ(social->GetSyncState().cached_tokens, 3u);
  }
};

TEST_F(EvaluationTest, RefusesABatchWhoseProofHasOneWrongBit) {
  ExpectRefused([](v1::EvaluatedBatch& batch) {
    // The lowest bit of the response: still two canonical scalars.
    std::string proof = batch.proof();
    proof[32] = static_cast<char>(proof[32] ^ 1);
    batch.set_proof(proof);
  });
}

TEST_F(EvaluationTest, RefusesABatchAnsweredInAnotherOrder) {
  ExpectRefused([](v1::EvaluatedBatch& batch) {
    std::string evaluated = batch.evaluated();
    batch.set_evaluated(evaluated.substr(64) + evaluated.substr(32, 32) + evaluated.substr(0, 32));
  });
}

TEST_F(EvaluationTest, RefusesABatchThatLacksAnElement) {
  ExpectRefused(
      [](v1::EvaluatedBatch& batch) { batch.set_evaluated(batch.evaluated().substr(0, 64)); });
}

TEST_F(EvaluationTest, RefusesABatchWithOneElementThatIsNone) {
  ExpectRefused([](v1::EvaluatedBatch& batch) {
    std::string evaluated = batch.evaluated();
    evaluated.replace(32, 32, std::string(32, '\0'));
    batch.set_evaluated(evaluated);
  });
}

TEST_F(EvaluationTest, RefusesAnAnswerOfAnotherKeyThanTheAnnouncedOne) {
  auto social = Open("social");
  CatchUp(*social);
  hub_.set_wrong_proof(true);  // right for a key that the log has never named
  const Subject subject{"user-1", {{IdentifierType::kPlatformAccount, "market.example:1001", ""}}};
  const auto answer = social->Check(subject, {});
  EXPECT_EQ(answer->results[0].outcome, CheckOutcome::kNotKnown);
  EXPECT_EQ(answer->results[0].status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(social->GetSyncState().cached_tokens, 0u);
}

}  // namespace
}  // namespace vervet::testing
