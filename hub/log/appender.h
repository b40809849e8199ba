// The one thread that changes the log: takes whatever commands have queued up, decides each against
// the state, commits them in one transaction, folds them into the state, and only then answers.
#ifndef VERVET_HUB_LOG_APPENDER_H_
#define VERVET_HUB_LOG_APPENDER_H_

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/environment.h"
#include "core/base/metrics.h"
#include "core/base/mutex.h"
#include "core/net/retry_turns.h"
#include "hub/log/event_log.h"
#include "hub/log/shared_state.h"

namespace vervet::hub {

// A change that somebody asks for.
struct Command {
  // What becomes of it: an entry to append (or several, of which the first is what was asked for
  // and the rest follow from it; all or none), or the answer where nothing is left to do.
  using Decision = std::variant<AppendEntry, std::vector<AppendEntry>, RequestOutcome>;

  // Empty for the hub's own commands.
  std::optional<RequestKey> request;

  // What the decision reads and the event changes ("record:…", "roster"). Commands that share one
  // are not decided within one commit, so that each decision sees the effects of those before it.
  std::vector<std::string> touches;

  // Waits for everything before it and is committed alone: for changes of the roster, on which all
  // decisions rest.
  bool exclusive = false;

  // On the appender's thread, against the state of everything committed. Must not block.
  std::function<absl::StatusOr<Decision>(const HubState& state, absl::Time now)> decide;

  // Exactly once, after the commit is durable and folded in, or with the reason why not. On the
  // appender's thread: hand over and return.
  std::function<void(absl::StatusOr<RequestOutcome>)> done;
};

// Thread-safe.
class Appender {
 public:
  struct Options {
    size_t queue_capacity = 4'096;
    // Events in one commit. Bounds how long the first of a burst waits for the last.
    size_t max_batch = 512;
    // False: no thread; what is queued waits for RunQueued. For a simulation, which has one thread.
    bool own_thread = true;
    // Takes how long each commit took, until it was on the disk; may be null.
    Histogram* commit_seconds = nullptr;
  };
  // After each commit, with its events, on the appender's thread.
  using CommitListener = std::function<void(absl::Span<const StoredEventPtr>)>;
  // Once, when the log cannot be written any more. Every later command is refused with UNAVAILABLE.
  using FailureListener = std::function<void(const absl::Status&)>;

  // Everything given must outlive the appender.
  Appender(EventLog* log, SharedState* state, Environment* env, Options options,
           CommitListener on_commit, FailureListener on_failure);
  ~Appender();  // as Stop()

  // RESOURCE_EXHAUSTED, with the time to retry after, when the queue is full; UNAVAILABLE when
  // stopping or broken. Then `done` is not called.
  absl::Status Submit(Command command);
  // What Submit would say now: before work on a command that would then be refused.
  absl::Status WouldTake();

  // Where the appender has no thread of its own: takes what is queued, as the thread would. False
  // where nothing was.
  bool RunQueued();

  // Commits what is queued and joins. Idempotent; not from a callback.
  void Stop();

  // Commands that wait for the writer.
  size_t queue_length() const {
    MutexLock lock(mutex_);
    return queue_.size();
  }

 private:
  struct Pending;

  absl::Status Refusal() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Run();
  void Process(std::deque<Command> commands);
  void DecideInto(std::vector<Pending>& batch, Command command);
  void Commit(std::vector<Pending>& batch);
  bool Clashes(const Command& command) const;
  void Fail(const absl::Status& status);

  EventLog* const log_;
  SharedState* const state_;
  Environment* const env_;
  const Options options_;
  const CommitListener on_commit_;
  const FailureListener on_failure_;

  mutable Mutex mutex_;
  CondVar wake_;
  std::deque<Command> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status broken_ ABSL_GUARDED_BY(mutex_);

  net::RetryTurns turns_;

  // Of the commit that is being gathered; the appender's thread only.
  absl::flat_hash_set<std::string> touched_;
  Mutex join_mutex_;
  std::thread thread_ ABSL_GUARDED_BY(join_mutex_);
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_LOG_APPENDER_H_
