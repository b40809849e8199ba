// Everything at once: for ThreadSanitizer, and for what must hold afterwards.
#include <atomic>
#include <set>
#include <string>
#include <thread>

#include "tests/member-sdk/member_fixture.h"

namespace vervet::testing {
namespace {

Identifier Account(int number) {
  return {IdentifierType::kPlatformAccount, "market.example:" + std::to_string(number), ""};
}

class ConcurrencyTest : public MemberTest {
 protected:
  ConcurrencyTest() { FoundCoalition(); }
};

TEST_F(ConcurrencyTest, ChecksPublicationsSyncAndFaultsAtOnceLoseNothing) {
  constexpr int kRecords = 60;
  Told told;
  ClientOptions options = OptionsOf("social");
  told.AddTo(&options);
  auto social = Open("social", std::move(options));
  auto market = Open("market");
  CatchUp(*social);
  CatchUp(*market);

  std::atomic<bool> publishing{true};
  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    for (int i = 0; i < kRecords; ++i) {
      EXPECT_EQ(market->Publish(RecordOf({Account(i)})).status(), absl::OkStatus());
    }
    EXPECT_EQ(market->Flush(std::chrono::seconds(60)), absl::OkStatus());
    publishing = false;
  });
  for (int thread = 0; thread < 3; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = thread; i < kRecords; i += 3) {
        const auto answer = social->Check({"user-" + std::to_string(i), {Account(i)}}, {});
        EXPECT_EQ(answer.status(), absl::OkStatus());
        (void)social->GetSyncState();
      }
    });
  }
  threads.emplace_back([&] {
    while (publishing) {
      hub_.SetReachable(false);
      hub_.LoseAnswers(1);
      std::this_thread::yield();
      hub_.SetReachable(true);
      (void)social->WaitUntilCaughtUp(std::chrono::milliseconds(20));
    }
  });
  for (std::thread& thread : threads) thread.join();

  // What could not be evaluated in the turmoil is checked again, as a platform would.
  for (int i = 0; i < kRecords; ++i) {
    const auto answer = social->Check({"user-" + std::to_string(i), {Account(i)}}, {});
    EXPECT_NE(answer->results[0].outcome, CheckOutcome::kNotKnown) << answer->results[0].status;
  }
  CatchUp(*social);
  EXPECT_EQ(social->GetSyncState().live_records, static_cast<uint64_t>(kRecords));
  for (int i = 0; i < kRecords; ++i) {
    EXPECT_TRUE(social->Check({"user-" + std::to_string(i), {Account(i)}}, {})->matched());
  }
}

TEST_F(ConcurrencyTest, EachSubjectLearnsOfARecordThatArrivesDuringItsCheck) {
  Told told;
  ClientOptions options = OptionsOf("social");
  told.AddTo(&options);
  auto social = Open("social", std::move(options));
  auto market = Open("market");
  CatchUp(*social);
  CatchUp(*market);
  constexpr int kRounds = 25;
  std::set<std::string> knows;
  for (int i = 0; i < kRounds; ++i) {
    const std::string user = "user-" + std::to_string(i);
    bool matched = false;
    std::thread checking([&] { matched = social->Check({user, {Account(i)}}, {})->matched(); });
    EXPECT_EQ(market->Publish(RecordOf({Account(i)})).status(), absl::OkStatus());
    checking.join();
    if (matched) knows.insert(user);
  }
  Deliver(*market);
  // By the check or by the callback, perhaps by both, never by neither.
  EXPECT_TRUE(Eventually([&] {
    for (const MatchEvent& event : told.matches()) {
      knows.insert(event.subject_references.begin(), event.subject_references.end());
    }
    return knows.size() == kRounds;
  })) << knows.size();
}

TEST_F(ConcurrencyTest, ClosesInTheMiddleOfEverything) {
  for (int round = 0; round < 10; ++round) {
    auto social = Open("social");
    std::thread checking([&] {
      for (int i = 0; i < 20; ++i) (void)social->Check({"user", {Account(round * 100 + i)}}, {});
    });
    std::thread publishing([&] {
      for (int i = 0; i < 5; ++i) (void)social->Publish(RecordOf({Account(round * 100 + 50 + i)}));
    });
    social->Close(std::chrono::milliseconds(round));
    checking.join();
    publishing.join();
  }
  auto social = Open("social");
  EXPECT_EQ(social->Flush(std::chrono::seconds(60)), absl::OkStatus());
  CatchUp(*social);
  EXPECT_EQ(social->GetSyncState().live_records, 50u);
}

}  // namespace
}  // namespace vervet::testing
