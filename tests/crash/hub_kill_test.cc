// The hub's process is killed at random moments under load. Every answer that it gave stays true.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/log/tree_head.h"
#include "examples/coalition/process.h"
#include "tests/crash/crash_rounds.h"
#include "tests/crash/log_copy.h"
#include "tests/crash/publishers.h"
#include "tests/integration/coalition_fixture.h"
#include "vervet/client.h"

namespace vervet::crash {
namespace {

using coalition::Process;
using integration::TestCoalition;
using ::testing::IsEmpty;

constexpr absl::Duration kDeadline = absl::Seconds(60);
constexpr int kPublishers = 4;
constexpr uint64_t kMostAcknowledgementsBeforeAKill = 40;
constexpr uint64_t kLongestDelayUs = 4'000;

// Signed heads that somebody was given, by size. Thread-safe.
class SeenHeads {
 public:
  explicit SeenHeads(std::string log_public_key) : log_public_key_(std::move(log_public_key)) {}

  void Add(const v1::SignedTreeHead& head) {
    MutexLock lock(mutex_);
    const absl::Status genuine =
        log::VerifyTreeHead(log_public_key_, test_support::kTestCoalition, head);
    const auto [seen, is_new] = roots_.emplace(head.size(), head.root());
    if (!genuine.ok() || seen->second != head.root()) {
      violations_.push_back(absl::StrCat("size ", head.size(), ": ",
                                         genuine.ok() ? "two roots" : genuine.ToString()));
    }
  }
  std::map<uint64_t, std::string> roots() {
    MutexLock lock(mutex_);
    return roots_;
  }
  std::vector<std::string> violations() {
    MutexLock lock(mutex_);
    return violations_;
  }

 private:
  const std::string log_public_key_;
  Mutex mutex_;
  std::map<uint64_t, std::string> roots_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> violations_ ABSL_GUARDED_BY(mutex_);
};

class HubKill : public ::testing::Test {
 protected:
  HubKill() : heads_(absl::HexStringToBytes(coalition_.hub().log_public_key())) {
    copies_ = coalition_.path("copies");
    std::filesystem::create_directory(copies_);
  }

  // A member whose vault follows the log all the while.
  std::unique_ptr<Client> Follower(const std::string& member) {
    const coalition::TlsPaths& tls = coalition_->tls_of(member);
    ClientOptions options;
    options.hub_target = coalition_.hub().address();
    options.coalition = test_support::kTestCoalition;
    options.log_public_key = coalition_.hub().log_public_key();
    options.certificate_path = tls.certificate;
    options.private_key_path = tls.private_key;
    options.ca_path = tls.ca;
    options.vault_path = coalition_->vault_of(member);
    options.vault_key_path = coalition_->vault_key_of(member);
    options.legal_entity = "Test Ltd";
    options.lawful_basis = "GDPR Art. 6(1)(f)";
    options.default_groups = {integration::kEverybody};
    options.backoff_min = std::chrono::milliseconds(5);
    options.backoff_max = std::chrono::milliseconds(50);
    auto client = Client::Open(options);
    EXPECT_TRUE(client.ok()) << client.status();
    return client.ok() ? *std::move(client) : nullptr;
  }

  // Dies while it starts: in the middle of its store's recovery, or soon before or after.
  void KillDuringStart(std::mt19937_64& random) {
    coalition::HubProcess& hub = coalition_.hub();
    const auto process =
        Process::Start({{hub.settings().program, "serve", "--config", hub.config_path()}});
    ASSERT_TRUE(process.ok()) << process.status();
    const absl::Duration delay = absl::Microseconds(static_cast<int64_t>(random() % start_us_));
    // Ends by its timeout; sooner only where the hub does not start.
    const auto nothing = (*process)->WaitForLine(
        Process::Stream::kError, [](absl::string_view) { return false; }, delay);
    ASSERT_TRUE(absl::IsDeadlineExceeded(nothing.status())) << nothing.status();
    (*process)->Signal(SIGKILL);
    ASSERT_TRUE((*process)->Wait(kDeadline).ok());
  }

  void KillUnderLoad(std::mt19937_64& random, Publishers& publishers) {
    const absl::Time before = absl::Now();
    const absl::Status started = coalition_->StartHub();
    ASSERT_TRUE(started.ok()) << started;
    start_us_ = static_cast<uint64_t>(
        std::max<int64_t>(1'000, absl::ToInt64Microseconds(absl::Now() - before)));
    publishers.Start();
    std::thread coordinator([this] {
      integration::RawClient client = coalition_.As("coordinator");
      for (auto list = client.List(); list.ok(); list = client.List()) heads_.Add(list->head());
    });
    const bool came =
        publishers.WaitForMore(1 + random() % kMostAcknowledgementsBeforeAKill, kDeadline);
    const auto delay = absl::Microseconds(static_cast<int64_t>(random() % kLongestDelayUs));
    coalition_.hub()
        .process()
        .WaitForLine(
            Process::Stream::kOutput, [](absl::string_view) { return false; }, delay)
        .IgnoreError();
    EXPECT_TRUE(coalition_.hub().Kill().ok());
    publishers.Stop();
    coordinator.join();
    ASSERT_TRUE(came) << "the hub acknowledged too little in time";
  }

  // Everything that anybody was told is in what the hub left. Roots: those above `from_size`.
  void Check(Publishers& publishers, uint64_t from_size) {
    const auto copy = CopyLog(coalition_.hub(), copies_);
    ASSERT_TRUE(copy.ok()) << copy.status();
    for (const Acknowledgement& answer : publishers.acknowledged()) {
      const auto found = copy->publications.find(answer.decision);
      ASSERT_NE(found, copy->publications.end())
          << answer.decision << " was acknowledged as event " << answer.sequence << " and is lost";
      EXPECT_EQ(found->second.front().sequence, answer.sequence) << answer.decision;
      EXPECT_EQ(found->second.front().record_id, answer.record_id) << answer.decision;
    }
    for (const auto& [decision, publications] : copy->publications) {
      EXPECT_EQ(publications.size(), 1u) << decision << " is there more than once";
    }
    const auto roots = heads_.roots();
    for (auto it = roots.upper_bound(from_size); it != roots.end(); ++it) {
      const auto root = copy->log->RootAt(it->first);
      ASSERT_TRUE(root.ok()) << root.status();
      EXPECT_EQ(log::AsBytes(*root), it->second) << "another root at size " << it->first;
    }
    EXPECT_THAT(heads_.violations(), IsEmpty());
    EXPECT_THAT(publishers.violations(), IsEmpty());
    checked_size_ = roots.empty() ? 0 : roots.rbegin()->first;
  }

  TestCoalition coalition_{{{"market", "social", "forum"}, ""}};
  SeenHeads heads_;
  std::string copies_;
  uint64_t start_us_ = 50'000;  // how long the hub takes to start
  uint64_t checked_size_ = 0;
};

TEST_F(HubKill, LeavesEveryAnswerTrue) {
  Publishers publishers(&coalition_, {"market", "social"}, kPublishers);
  const auto follower = Follower("forum");
  ASSERT_NE(follower, nullptr);
  ASSERT_TRUE(coalition_.hub().Kill().ok());
  int during_start = 0;
  for (int round = 0; round < Rounds() && !HasFailure(); ++round) {
    const uint64_t seed = BaseSeed() + static_cast<uint64_t>(round);
    SCOPED_TRACE(absl::StrCat("have this round again: VERVET_CRASH_SEED=", seed));
    std::mt19937_64 random(seed);
    if (random() % 4 == 0) {
      ++during_start;
      ASSERT_NO_FATAL_FAILURE(KillDuringStart(random));
    }
    ASSERT_NO_FATAL_FAILURE(KillUnderLoad(random, publishers));
    ASSERT_NO_FATAL_FAILURE(Check(publishers, checked_size_));
  }

  ASSERT_TRUE(coalition_->StartHub().ok());
  publishers.Start();  // sends what was not answered
  EXPECT_TRUE(publishers.WaitForMore(2 * kPublishers, kDeadline));
  publishers.Stop();
  const absl::Status caught_up = follower->WaitUntilCaughtUp(absl::ToChronoMilliseconds(kDeadline));
  EXPECT_TRUE(caught_up.ok()) << caught_up;
  const SyncState state = follower->GetSyncState();
  ASSERT_TRUE(coalition_.hub().Kill().ok());
  Check(publishers, /*from_size=*/0);
  const auto copy = CopyLog(coalition_.hub(), copies_);
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_EQ(state.position, copy->log->Position().size);
  EXPECT_EQ(state.root, absl::BytesToHexString(log::AsBytes(copy->log->Position().root)));
  std::printf(
      "%d rounds from seed %llu, %d of them with a kill during the start: %zu acknowledged, "
      "%zu heads, log of %llu events\n",
      Rounds(), static_cast<unsigned long long>(BaseSeed()), during_start,
      publishers.acknowledged().size(), heads_.roots().size(),
      static_cast<unsigned long long>(copy->log->Position().size));
}

}  // namespace
}  // namespace vervet::crash
