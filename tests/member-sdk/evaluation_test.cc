// An answer of the hub that was touched on its way, or that another key made: nothing of it is
// believed, and nothing is kept.
#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "member-sdk/src/engine/checker.h"
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

std::vector<Subject> Accounts(int count) {
  std::vector<Subject> subjects;
  for (int i = 0; i < count; ++i) {
    const std::string account = "market.example:" + std::to_string(100'000 + i);
    subjects.push_back({account, {{IdentifierType::kPlatformAccount, account, ""}}});
  }
  return subjects;
}

TEST_F(EvaluationTest, AsksAgainOnlyForWhatWasNotAnswered) {
  auto social = Open("social");
  CatchUp(*social);
  std::atomic<bool> failed{false};
  hub_.set_tamper_evaluated([&](v1::EvaluateResponse& answer) {
    if (!failed.exchange(true)) answer.mutable_batches(0)->set_epoch(9);  // not announced yet
  });
  const auto subjects = Accounts(3'000);
  const auto first = social->CheckBatch(subjects, {});
  ASSERT_EQ(first.status(), absl::OkStatus());
  int waiting = 0;
  for (const SubjectResult& subject : *first) {
    if (subject.results[0].outcome == CheckOutcome::kNoMatch) continue;
    EXPECT_EQ(subject.results[0].status.code(), absl::StatusCode::kUnavailable);
    ++waiting;
  }
  EXPECT_GE(waiting, 952);
  EXPECT_EQ(social->GetSyncState().cached_tokens, 3'000u - waiting) << "nothing of that answer";

  const int before = hub_.evaluated_elements();
  const auto second = social->CheckBatch(subjects, {});
  ASSERT_EQ(second.status(), absl::OkStatus());
  for (const SubjectResult& subject : *second) {
    EXPECT_EQ(subject.results[0].outcome, CheckOutcome::kNoMatch);
  }
  EXPECT_EQ(hub_.evaluated_elements() - before, waiting);
}

TEST_F(EvaluationTest, PaysOnceForWhatTwoLargeChecksAskAtTheSameTime) {
  auto social = Open("social");
  CatchUp(*social);
  const auto subjects = Accounts(300);
  absl::StatusOr<std::vector<SubjectResult>> other;
  std::thread thread;
  hub_.set_tamper_evaluated([&](v1::EvaluateResponse&) {
    if (!thread.joinable()) thread = std::thread([&] { other = social->CheckBatch(subjects, {}); });
  });
  const auto answers = social->CheckBatch(subjects, {});
  thread.join();
  ASSERT_EQ(answers.status(), absl::OkStatus());
  ASSERT_EQ(other.status(), absl::OkStatus());
  for (size_t i = 0; i < subjects.size(); ++i) {
    EXPECT_TRUE((*answers)[i].results[0].evaluated_now);
    EXPECT_FALSE((*other)[i].results[0].evaluated_now);
    EXPECT_EQ((*other)[i].results[0].outcome, CheckOutcome::kNoMatch);
  }
  EXPECT_EQ(hub_.evaluated_elements(), 300);
}

TEST_F(EvaluationTest, PaysOnceForWhatAnotherCheckWasAnsweredMeanwhile) {
  auto social = Open("social");
  CatchUp(*social);
  const auto subjects = Accounts(engine::kEvaluationsAtATime + 1);
  std::atomic<bool> asked{false};
  hub_.set_tamper_evaluated([&](v1::EvaluateResponse&) {
    if (asked.exchange(true)) return;
    EXPECT_TRUE(social->Check(subjects.back(), {}).ok());
  });
  const auto answers = social->CheckBatch(subjects, {});
  ASSERT_EQ(answers.status(), absl::OkStatus());
  EXPECT_FALSE(answers->back().results[0].evaluated_now);
  EXPECT_EQ(answers->back().results[0].outcome, CheckOutcome::kNoMatch);
  EXPECT_EQ(hub_.evaluated_elements(), static_cast<int>(subjects.size()));
}

TEST_F(EvaluationTest, AsksItselfWhereTheOtherCheckWasNotAnswered) {
  auto social = Open("social");
  CatchUp(*social);
  const auto subjects = Accounts(300);
  absl::StatusOr<std::vector<SubjectResult>> other;
  std::thread thread;
  hub_.set_tamper_evaluated([&](v1::EvaluateResponse& answer) {
    if (thread.joinable()) return;
    thread = std::thread([&] { other = social->CheckBatch(subjects, {}); });
    answer.mutable_batches(0)->clear_proof();
  });
  const auto answers = social->CheckBatch(subjects, {});
  thread.join();
  EXPECT_EQ(answers->front().results[0].outcome, CheckOutcome::kNotKnown);
  ASSERT_EQ(other.status(), absl::OkStatus());
  EXPECT_EQ(other->front().results[0].outcome, CheckOutcome::kNoMatch);
}

TEST_F(EvaluationTest, ASmallCheckDoesNotWaitForALargeOne) {
  auto social = Open("social");
  CatchUp(*social);
  const auto subjects = Accounts(300);
  std::atomic<bool> asked{false};
  hub_.set_tamper_evaluated([&](v1::EvaluateResponse&) {
    if (asked.exchange(true)) return;
    // The large one goes on when this has its answer.
    const auto began = std::chrono::steady_clock::now();
    EXPECT_TRUE(social->Check(subjects[0], {})->results[0].evaluated_now);
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
  });
  EXPECT_EQ(social->CheckBatch(subjects, {}).status(), absl::OkStatus());
}

}  // namespace
}  // namespace vervet::testing
