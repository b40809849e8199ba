// The hub of a simulation: the real log on a disk in memory, the real commands and fold, and no
// network.
#ifndef VERVET_TESTS_SIMULATION_SIM_HUB_H_
#define VERVET_TESTS_SIMULATION_SIM_HUB_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/manual_environment.h"
#include "hub/engine/believed_clock.h"
#include "hub/engine/dispute_share.h"
#include "hub/engine/remedy_policy.h"
#include "hub/engine/sync_feed.h"
#include "hub/log/appender.h"
#include "hub/log/sqlcipher_event_log.h"
#include "tests/simulation/ground.h"

namespace vervet::simulation {

// A unary request on its way: who asks, and what the hub makes of the bytes.
struct Request {
  std::string caller;
  std::string id;
  std::function<absl::StatusOr<hub::Command>(Environment& env)> command;
};

using Answer = absl::StatusOr<hub::RequestOutcome>;

// A refusal that another attempt will not change.
bool IsFinal(const absl::Status& status);

// One thread.
class SimHub {
 public:
  using OnCommit = std::function<void(absl::Span<const hub::StoredEventPtr>)>;

  SimHub(Disks* disks, std::string folder, ManualEnvironment* env, OnCommit on_commit)
      : disks_(disks), folder_(std::move(folder)), env_(env), on_commit_(std::move(on_commit)) {}
  ~SimHub() { Drop(); }

  // Opens the store, folds it, and appends what the configuration says. An error: it does not
  // start; FAILED_PRECONDITION where the clock stands long before the log, or long after it.
  absl::Status Start(bool accept_clock = false);
  // Power is gone: of what was not synced, the disk keeps what the seed says (platter.h).
  void Crash(uint64_t power_seed);
  // The store of another time, as a backup that somebody restores.
  test_support::Files CopyStore() const { return disk_->AfterPowerLoss(1); }
  void ReplaceStore(const test_support::Files& files);

  // The time that it would give to an event now; only while it runs.
  absl::Time Now() { return process_->clock.Now(); }
  bool running() const { return process_ != nullptr; }
  // Rises with every start: what an earlier process promised, this one knows nothing of.
  uint64_t generation() const { return generation_; }
  // The log could not be written: the real hub exits.
  bool failed() const { return process_ != nullptr && process_->failed; }

  // All of them queue up before the appender takes them, as requests do that come together. One
  // answer each.
  std::vector<Answer> Call(const std::vector<Request>& requests);
  // What the hub does every second: expiry, counts and pauses.
  void Tick();

  bool IsActive(const std::string& party) const;
  std::unique_ptr<hub::SyncFeed> OpenFeed(const net::Identity& caller, size_t max_entries);

  hub::EventLog& log() { return *process_->log; }
  const hub::SharedState& state() const { return *process_->state; }
  const hub::RemedyPolicy& remedy() const { return remedy_; }
  test_support::FaultDisk& disk() { return *disk_; }
  Disks::Disk disk_ptr() const { return disk_; }
  std::string store_path() const { return folder_ + "/log.db"; }

 private:
  struct Process {
    explicit Process(Environment* env) : clock(env, [](absl::Duration) {}) {}
    hub::BelievedClock clock;
    std::unique_ptr<hub::SharedState> state = std::make_unique<hub::SharedState>();
    std::unique_ptr<hub::SqlcipherEventLog> log;
    std::unique_ptr<hub::HeadSigner> heads;
    std::unique_ptr<hub::Appender> appender;
    hub::PauseReview pause_review{{kSharePercent}};
    bool failed = false;
  };

  void Drop();
  void RunHubsOwn(hub::Command command);

  Disks* const disks_;
  const std::string folder_;
  ManualEnvironment* const env_;
  const OnCommit on_commit_;
  const hub::RemedyPolicy remedy_ = {kSharePercent};
  Disks::Disk disk_ = std::make_shared<test_support::FaultDisk>();
  std::unique_ptr<Process> process_;
  uint64_t generation_ = 0;
};

}  // namespace vervet::simulation

#endif  // VERVET_TESTS_SIMULATION_SIM_HUB_H_
