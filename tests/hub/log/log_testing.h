// What the tests of the log share: entries, a log in memory that fails or waits when told, and the
// answers of commands.
#ifndef VERVET_TESTS_HUB_LOG_LOG_TESTING_H_
#define VERVET_TESTS_HUB_LOG_LOG_TESTING_H_

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/manual_environment.h"
#include "core/base/mutex.h"
#include "hub/log/appender.h"
#include "hub/log/event_log.h"
#include "hub/log/sqlcipher_event_log.h"
#include "tests/core/base/gate.h"
#include "tests/core/oprf/oprf_testing.h"
#include "tests/core/storage/store_fixture.h"

namespace vervet::hub {

inline constexpr char kCoalition[] = "coalition.example";

inline std::string IdOf(uint32_t number, char fill = 'q') {
  std::string id(16, fill);
  for (int i = 0; i < 4; ++i) id[12 + i] = static_cast<char>(number >> (8 * (3 - i)));
  return id;
}

inline AppendEntry AdmitEntry(const std::string& party,
                              const std::string& display_name = "a name") {
  AppendEntry entry;
  entry.draft.audience.add_roles(v1::MEMBER);
  auto& admitted = *entry.draft.body.mutable_member_admitted();
  admitted.set_party(party);
  admitted.set_display_name(display_name);
  admitted.set_region("IE");
  return entry;
}

inline RequestKey KeyOf(uint32_t number, const std::string& fingerprint = std::string(32, 'f')) {
  return {"member/market", IdOf(number), fingerprint};
}

// Answers of commands, in the order in which they came. Thread-safe.
class Answers {
 public:
  std::function<void(absl::StatusOr<RequestOutcome>)> Into(int key) {
    return [this, key](absl::StatusOr<RequestOutcome> outcome) {
      MutexLock lock(mutex_);
      EXPECT_TRUE(answers_.emplace(key, std::move(outcome)).second)
          << "command " << key << " was answered twice";
      changed_.NotifyAll();
    };
  }
  // Waits for the answer.
  absl::StatusOr<RequestOutcome> Of(int key) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    MutexLock lock(mutex_);
    while (answers_.count(key) == 0) {
      if (!changed_.WaitUntil(mutex_, deadline))
        return absl::DeadlineExceededError("no answer within a minute");
    }
    return answers_.at(key);
  }
  size_t size() {
    MutexLock lock(mutex_);
    return answers_.size();
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::map<int, absl::StatusOr<RequestOutcome>> answers_ ABSL_GUARDED_BY(mutex_);
};

// A log in memory. Append waits when told; append, find and read fail when told. Thread-safe.
class FakeEventLog final : public EventLog {
 public:
  explicit FakeEventLog(Environment* env) : env_(env) {}

  absl::StatusOr<std::vector<StoredEventPtr>> Append(absl::Span<const AppendEntry> batch) override {
    if (hold_.exchange(false)) {
      entered_.Open();
      EXPECT_TRUE(release_.Pass());
    }
    MutexLock lock(mutex_);
    batches_.push_back(batch.size());
    if (!append_error_.ok()) return append_error_;
    std::vector<StoredEventPtr> stored;
    for (const AppendEntry& entry : batch) {
      auto event = std::make_shared<StoredEvent>();
      event->event = log::SealEvent(entry.draft, events_.size() + 1, env_->Now(), *env_);
      event->parsed = log::ParseEvent(event->event).value();
      event->leaf_hash = log::LeafHash(event->event);
      if (entry.request) {
        requests_[entry.request->party + entry.request->request_id] = {
            entry.request->fingerprint, RequestOutcome{event->sequence(), entry.record_id}};
      }
      events_.push_back(event);
      stored.push_back(std::move(event));
    }
    return stored;
  }
  absl::StatusOr<std::vector<StoredEventPtr>> Read(uint64_t from, size_t limit, size_t) override {
    MutexLock lock(mutex_);
    if (!read_error_.ok()) return read_error_;
    std::vector<StoredEventPtr> events;
    for (uint64_t i = from; i <= events_.size() && events.size() < limit; ++i)
      events.push_back(events_[i - 1]);
    return events;
  }
  absl::StatusOr<std::optional<RequestOutcome>> FindRequest(const RequestKey& key) override {
    MutexLock lock(mutex_);
    if (!find_error_.ok()) return find_error_;
    const auto it = requests_.find(key.party + key.request_id);
    if (it == requests_.end()) return std::optional<RequestOutcome>();
    if (it->second.first != key.fingerprint)
      return absl::AlreadyExistsError("request_id: used before");
    return std::optional<RequestOutcome>(it->second.second);
  }
  LogPosition Position() override {
    MutexLock lock(mutex_);
    return {events_.size(), RootLocked(events_.size())};
  }
  absl::StatusOr<log::Hash> RootAt(uint64_t size) override {
    MutexLock lock(mutex_);
    if (!read_error_.ok()) return read_error_;
    if (size > events_.size()) return absl::OutOfRangeError("above the log's size");
    return RootLocked(size);
  }
  absl::StatusOr<log::Hash> RangeRoot(const log::LeafRange& range) override {
    MutexLock lock(mutex_);
    if (!read_error_.ok()) return read_error_;
    if (range.end > events_.size()) return absl::OutOfRangeError("above the log's size");
    log::MerkleFrontier frontier;
    for (uint64_t i = range.first; i < range.end; ++i) frontier.Append(events_[i]->leaf_hash);
    return frontier.Root();
  }

  // The next Append waits inside until it is let go; Held() waits until it is there.
  void HoldNextAppend() { hold_ = true; }
  [[nodiscard]] bool Held() { return entered_.Pass(); }
  void LetGo() { release_.Open(); }

  void FailAppends(absl::Status error) {
    MutexLock lock(mutex_);
    append_error_ = std::move(error);
  }
  void FailFinds(absl::Status error) {
    MutexLock lock(mutex_);
    find_error_ = std::move(error);
  }
  // Of events and of roots.
  void FailReads(absl::Status error) {
    MutexLock lock(mutex_);
    read_error_ = std::move(error);
  }
  // Sizes of the batches that were tried.
  std::vector<size_t> batches() {
    MutexLock lock(mutex_);
    return batches_;
  }

 private:
  log::Hash RootLocked(uint64_t size) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    log::MerkleFrontier frontier;
    for (uint64_t i = 0; i < size; ++i) frontier.Append(events_[i]->leaf_hash);
    return frontier.Root();
  }

  Environment* const env_;
  std::atomic<bool> hold_{false};
  Gate entered_, release_;
  Mutex mutex_;
  absl::Status append_error_ ABSL_GUARDED_BY(mutex_);
  absl::Status find_error_ ABSL_GUARDED_BY(mutex_);
  absl::Status read_error_ ABSL_GUARDED_BY(mutex_);
  std::vector<size_t> batches_ ABSL_GUARDED_BY(mutex_);
  std::vector<StoredEventPtr> events_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::pair<std::string, RequestOutcome>> requests_ ABSL_GUARDED_BY(mutex_);
};

// Appends one admission.
inline Command AdmitCommandOf(const std::string& party,
                              std::function<void(absl::StatusOr<RequestOutcome>)> done) {
  Command command;
  command.decide = [party](const views::CoalitionState&, absl::Time) {
    return Command::Decision(AdmitEntry(party));
  };
  command.done = std::move(done);
  return command;
}

// Holds the appender's thread inside a decision, so that what is submitted meanwhile queues up
// behind it.
class Plug {
 public:
  explicit Plug(Appender& appender) {
    Command command;
    command.decide = [this](const views::CoalitionState&, absl::Time) {
      held_.Open();
      EXPECT_TRUE(release_.Pass());
      return Command::Decision(RequestOutcome{});
    };
    command.done = [](const absl::StatusOr<RequestOutcome>&) {};
    EXPECT_TRUE(appender.Submit(std::move(command)).ok());
    EXPECT_TRUE(held_.Pass());
  }
  void Pull() { release_.Open(); }

 private:
  Gate held_, release_;
};

inline absl::StatusOr<std::unique_ptr<SqlcipherEventLog>> OpenLog(
    const std::string& path, Environment* env,
    const SqlcipherEventLog::Fold& fold = [](const StoredEvent&) {}) {
  return SqlcipherEventLog::Open(path, storage::TestKey(), kCoalition, env, fold);
}

}  // namespace vervet::hub

#endif  // VERVET_TESTS_HUB_LOG_LOG_TESTING_H_
