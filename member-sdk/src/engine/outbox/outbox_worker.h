// Delivers the outbox: one thread builds requests, one sends them, many in flight; everything
// survives a crash.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_OUTBOX_OUTBOX_WORKER_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_OUTBOX_OUTBOX_WORKER_H_

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/base/mutex.h"
#include "member-sdk/src/engine/backoff.h"
#include "member-sdk/src/engine/outbox/request_builder.h"
#include "member-sdk/src/engine/sync/match_reporter.h"
#include "member-sdk/src/engine/transport.h"
#include "member-sdk/src/vault/vault.h"

namespace vervet::engine {

// Below the hub's streams a connection (100), so that checks and the Sync stream always find room.
inline constexpr size_t kMaxInFlight = 64;

struct Attempts {
  int count = 0;
  absl::Status last;
};

// Thread-safe. An entry goes draft → built → delivered or refused, each step on disk before the
// next begins; a request is sent again byte for byte until the hub answers, and the hub knows it by
// its request id.
class OutboxWorker {
 public:
  using Clock = std::chrono::steady_clock;

  OutboxWorker(vault::Vault* vault, RequestBuilder builder, MatchReporter* reporter,
               Transport* transport, absl::Duration rpc_deadline, Backoff backoff);
  ~OutboxWorker() { Stop(Clock::now()); }

  // `pending`: how many the vault holds.
  void Start(uint64_t pending);
  // Waits until `deadline` for answers that are on their way, then shuts the transport down. What
  // was not answered stays in the vault. Idempotent.
  void Stop(Clock::time_point deadline);

  // So many entries were stored.
  void Added(uint64_t entries);
  // Tries at once what waits for its next attempt.
  void Nudge();
  // As Client::Flush.
  absl::Status WaitUntilEmpty(Clock::time_point deadline);
  Attempts AttemptsOf(const std::string& request_id);
  uint64_t pending();

 private:
  struct Answer {
    vault::OutboxEntry entry;
    uint64_t round = 0;
    absl::Status status;
  };
  // Outlives the worker while calls are on their way.
  struct Shared {
    Mutex mutex;
    CondVar changed;
    std::vector<Answer> answers ABSL_GUARDED_BY(mutex);
    size_t in_flight ABSL_GUARDED_BY(mutex) = 0;
    std::deque<vault::OutboxEntry> ready ABSL_GUARDED_BY(mutex);
    // Of statements that are on their way: a later one about the same record waits for the answer.
    absl::flat_hash_set<std::string> busy_records ABSL_GUARDED_BY(mutex);
    absl::flat_hash_map<std::string, Attempts> attempts ABSL_GUARDED_BY(mutex);
    uint64_t pending ABSL_GUARDED_BY(mutex) = 0;
    bool unscrubbed ABSL_GUARDED_BY(mutex) = false;  // identifiers were erased, their old pages not
    bool drafts_added ABSL_GUARDED_BY(mutex) = false;
    bool stopping ABSL_GUARDED_BY(mutex) = false;
    Clock::time_point build_after ABSL_GUARDED_BY(mutex);
    Clock::time_point send_after ABSL_GUARDED_BY(mutex);
    // Calls to the hub that begin together are a round: a waiter believes a refusal only from one
    // that began after it came.
    uint64_t rounds ABSL_GUARDED_BY(mutex) = 0;
    uint64_t nudged_at ABSL_GUARDED_BY(mutex) = 0;      // the last round before the last nudge
    uint64_t refused_round ABSL_GUARDED_BY(mutex) = 0;  // the newest that the hub refused
    absl::Status refusal ABSL_GUARDED_BY(mutex);

    // The first in `ready` that may be sent; the end where none may.
    std::deque<vault::OutboxEntry>::iterator NextReady() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

    // Notes a refusal of this member; says when to try again.
    Clock::time_point NextAttempt(const absl::Status& trouble, uint64_t round, Backoff& backoff)
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  };

  // The builder's thread.
  void RunBuilder();
  void QueueBuiltBefore();
  bool WaitForDrafts(bool left_over);
  bool BuildSome(int64_t* after_id, bool* left_over);
  bool WaitForRoom();

  // The sender's thread.
  void RunSender();
  void Send(vault::OutboxEntry entry, uint64_t round);
  void Settle(std::vector<Answer> answers);
  bool StoreDone(const std::vector<vault::OutboxEntry>& done);
  void ScrubWhenQuiet();

  vault::Vault* const vault_;
  RequestBuilder builder_;  // of the builder's thread
  MatchReporter* const reporter_;
  Transport* const transport_;
  const absl::Duration rpc_deadline_;
  Backoff build_backoff_;         // of the builder's thread
  Backoff send_backoff_;          // of the sender's thread
  Clock::time_point last_scrub_;  // of the sender's thread
  const std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  std::thread build_thread_;
  std::thread send_thread_;
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_OUTBOX_OUTBOX_WORKER_H_
