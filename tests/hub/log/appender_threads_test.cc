// The engine's threads all at once; most of its worth is under ThreadSanitizer.
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "hub/log/head_signer.h"
#include "tests/hub/log/log_testing.h"

namespace vervet::hub {
namespace {

constexpr int kSubmitters = 4;
constexpr int kEach = 100;

TEST(AppenderThreads, KeepLogStateAndAnswersInStep) {
  ManualEnvironment env;
  const storage::TempFolder folder;
  auto log = OpenLog(folder.File("log"), &env);
  ASSERT_TRUE(log.ok()) << log.status();
  const log::LogSigningKey key = log::LogSigningKey::FromSeed(storage::TestKey(1));
  HeadSigner signer(&key, kCoalition, log->get(), &env);
  SharedState state;
  std::atomic<size_t> committed{0};
  Appender appender(
      log->get(), &state, &env, {},
      [&](absl::Span<const StoredEventPtr> events) { committed += events.size(); },
      [](const absl::Status& status) { ADD_FAILURE() << status; });

  Answers answers;
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  for (int reader = 0; reader < 2; ++reader) {
    threads.emplace_back([&] {
      while (!done) {
        const LogPosition position = (*log)->Position();
        // The state is never ahead of the log, and what the log says it has can be read.
        const auto root = (*log)->RootAt(position.size);
        ASSERT_TRUE(root.ok()) << root.status();
        ASSERT_EQ(*root, position.root);
        const auto events = (*log)->Read(1, 1'000, 1 << 20);
        ASSERT_TRUE(events.ok()) << events.status();
        ASSERT_GE(events->size(), position.size);
        const uint64_t folded = state.Read([](const auto& folded) { return folded.position; });
        ASSERT_LE(folded, (*log)->Position().size);
        ASSERT_TRUE(log::VerifyTreeHead(key.public_key, kCoalition, signer.Current()).ok());
      }
    });
  }
  std::vector<std::thread> submitters;
  for (int s = 0; s < kSubmitters; ++s) {
    submitters.emplace_back([&, s] {
      for (int i = 0; i < kEach; ++i) {
        const int number = s * kEach + i;
        Command command = AdmitCommandOf(absl::StrCat("member/m", number), answers.Into(number));
        command.request = KeyOf(static_cast<uint32_t>(number));
        if (i % 10 == 0) command.exclusive = true;
        if (i % 3 == 0) command.touches = {"shared"};
        EXPECT_TRUE(appender.Submit(std::move(command)).ok());
      }
    });
  }
  for (std::thread& submitter : submitters) submitter.join();
  std::set<uint64_t> sequences;
  for (int number = 0; number < kSubmitters * kEach; ++number) {
    const auto answer = answers.Of(number);
    ASSERT_TRUE(answer.ok()) << answer.status();
    sequences.insert(answer->sequence);
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
  appender.Stop();

  EXPECT_EQ(sequences.size(), static_cast<size_t>(kSubmitters * kEach));
  EXPECT_EQ(*sequences.begin(), 1u);
  EXPECT_EQ(*sequences.rbegin(), static_cast<uint64_t>(kSubmitters * kEach));
  EXPECT_EQ(committed, sequences.size());
  EXPECT_EQ(state.Read([](const auto& folded) { return folded.roster.parties().size(); }),
            sequences.size());
  EXPECT_EQ(signer.Current().size(), sequences.size());
}

}  // namespace
}  // namespace vervet::hub
