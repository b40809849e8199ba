// A log on the disk with what stands on it of a hub: state, appender, alerts, budgets. It can be
// started again, as after a crash.
#ifndef VERVET_TESTS_HUB_ACCESS_BUDGETS_FIXTURE_H_
#define VERVET_TESTS_HUB_ACCESS_BUDGETS_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/net/retry_after.h"
#include "hub/access/alert_queue.h"
#include "hub/access/budgets.h"
#include "tests/hub/log/log_testing.h"

namespace vervet::hub {

inline constexpr char kMarket[] = "member/market";
inline constexpr char kSocial[] = "member/social";
inline constexpr absl::Duration kDay = absl::Hours(24);

// What requests got, in the order of asking. Thread-safe.
class Charges {
 public:
  Budgets::Done Into(int key) {
    return [this, key](absl::StatusOr<Budgets::Charge> charge) {
      MutexLock lock(mutex_);
      EXPECT_TRUE(charges_.emplace(key, std::move(charge)).second)
          << "request " << key << " was answered twice";
      changed_.NotifyAll();
    };
  }
  // Waits for it.
  absl::StatusOr<Budgets::Charge> Of(int key) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    MutexLock lock(mutex_);
    while (charges_.count(key) == 0) {
      if (!changed_.WaitUntil(mutex_, deadline))
        return absl::DeadlineExceededError("no answer within a minute");
    }
    return charges_.at(key);
  }
  size_t answered() {
    MutexLock lock(mutex_);
    return charges_.size();
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::map<int, absl::StatusOr<Budgets::Charge>> charges_ ABSL_GUARDED_BY(mutex_);
};

class BudgetsTest : public ::testing::Test {
 protected:
  void SetUp() override { Start(); }
  void TearDown() override { End(); }

  void Start() {
    state_ = std::make_unique<SharedState>();
    auto log = OpenLog(folder_.File("log"), &env_, [this](const StoredEvent& event) {
      const std::vector<StoredEventPtr> one = {std::make_shared<StoredEvent>(event)};
      state_->Apply(one);
    });
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
    appender_ = std::make_unique<Appender>(
        log_.get(), state_.get(), &env_, Appender::Options{},
        [](absl::Span<const StoredEventPtr>) {},
        [](const absl::Status& status) { ADD_FAILURE() << status; });
    alerts_ = std::make_unique<AlertQueue>(state_.get(), appender_.get(), &env_,
                                           policy_.longest_alert_delay);
    budgets_ =
        std::make_unique<Budgets>(policy_, state_.get(), appender_.get(), alerts_.get(), &env_);
  }
  void End() {
    if (appender_) appender_->Stop();
    budgets_.reset();
    alerts_.reset();
    appender_.reset();
    log_.reset();
  }
  // As a crash does it: nothing of what is in memory is kept.
  void Restart() {
    End();
    Start();
  }
  void RestartWith(const BudgetPolicy& policy) {
    policy_ = policy;
    Restart();
  }
  void RestartWith(uint64_t daily, uint64_t total = 1'000'000'000) {
    policy_.limits = {daily, total};
    Restart();
  }

  int Begin(const std::string& party, const Budgets::Needs& needs) {
    const int key = next_++;
    budgets_->Take(party, needs, charges_.Into(key));
    return key;
  }
  absl::StatusOr<Budgets::Charge> Take(const std::string& party, const Budgets::Needs& needs) {
    return charges_.Of(Begin(party, needs));
  }
  absl::Status TakePhones(uint64_t evaluations) {
    return Take(kMarket, {{v1::PHONE, evaluations}}).status();
  }

  // Waits until everything that was submitted before is committed.
  void Settle() {
    Command command;
    command.exclusive = true;
    command.decide = [](const HubState&, absl::Time) {
      return Command::Decision(RequestOutcome{});
    };
    const int key = next_++;
    command.done = answers_.Into(key);
    while (absl::IsResourceExhausted(appender_->Submit(command))) std::this_thread::yield();
    ASSERT_TRUE(answers_.Of(key).ok());
  }

  void Grant(const std::string& party, v1::SignatureType type, uint64_t evaluations,
             absl::Duration life) {
    v1::BudgetGranted granted;
    granted.set_grant_id(IdOf(static_cast<uint32_t>(next_), 'g'));
    granted.set_party(party);
    granted.set_type(type);
    granted.set_evaluations(evaluations);
    granted.set_expires_us(absl::ToUnixMicros(env_.Now() + life));
    Command command;
    command.decide = [granted](const HubState&, absl::Time) {
      AppendEntry entry;
      *entry.draft.body.mutable_budget_granted() = granted;
      return Command::Decision(std::move(entry));
    };
    const int key = next_++;
    command.done = answers_.Into(key);
    ASSERT_TRUE(appender_->Submit(std::move(command)).ok());
    ASSERT_TRUE(answers_.Of(key).ok());
  }

  // The blocks that the log holds, in order.
  std::vector<v1::BudgetReserved> Reserved() {
    std::vector<v1::BudgetReserved> reserved;
    for (const StoredEventPtr& event : Events()) {
      if (event->parsed.body.has_budget_reserved())
        reserved.push_back(event->parsed.body.budget_reserved());
    }
    return reserved;
  }
  std::vector<StoredEventPtr> Events() {
    if (log_->Position().size == 0) return {};
    return log_->Read(1, 100'000, 1 << 26).value();
  }
  std::vector<v1::AlertRaised> RaisedAlerts() {
    Settle();
    std::vector<v1::AlertRaised> raised;
    for (const StoredEventPtr& event : Events()) {
      if (event->parsed.body.has_alert_raised())
        raised.push_back(event->parsed.body.alert_raised());
    }
    return raised;
  }
  absl::Time Midnight() { return absl::UnixEpoch() + (DayOf(env_.Now()) + 1) * kDay; }

  ManualEnvironment env_;
  const storage::TempFolder folder_;
  BudgetPolicy policy_;
  Charges charges_;
  Answers answers_;
  int next_ = 0;
  std::unique_ptr<SharedState> state_;
  std::unique_ptr<SqlcipherEventLog> log_;
  std::unique_ptr<Appender> appender_;
  std::unique_ptr<AlertQueue> alerts_;
  std::unique_ptr<Budgets> budgets_;
};

}  // namespace vervet::hub

#endif  // VERVET_TESTS_HUB_ACCESS_BUDGETS_FIXTURE_H_
