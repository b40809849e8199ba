// Keeps one Sync stream open, stores what comes, folds it, and hands what was touched to the
// reporter.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_SYNC_SYNC_WORKER_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_SYNC_SYNC_WORKER_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "core/base/mutex.h"
#include "core/views/coalition_state.h"
#include "member-sdk/src/engine/backoff.h"
#include "member-sdk/src/engine/live_state.h"
#include "member-sdk/src/engine/sync/log_follower.h"
#include "member-sdk/src/engine/sync/match_reporter.h"
#include "member-sdk/src/engine/sync/report_file.h"
#include "member-sdk/src/engine/transport.h"
#include "member-sdk/src/vault/vault.h"

namespace vervet::engine {

struct SyncProgress {
  bool connected = false;
  bool caught_up = false;
  uint64_t position = 0;
  uint64_t hub_size = 0;
  std::string root;  // 32 bytes
  absl::Status last_error;
  std::string report_path;  // of a report on the hub's log; empty: there is none
};

// Thread-safe; owns one thread.
class SyncWorker {
 public:
  SyncWorker(vault::Vault* vault, LiveState* state, MatchReporter* reporter, Transport* transport,
             LogFollower follower, ReportFile report, Backoff backoff);
  ~SyncWorker() { Stop(); }

  // Folds the vault's events into the live state. Once, before Start.
  absl::Status Load();
  // `on_caught_up` is called on the worker's thread, once a stream: the hub is back, and its keys
  // are known.
  void Start(std::function<void()> on_caught_up);
  void Stop();
  // Instead of Start: one stream from its opening to its end, on the caller's thread. For a
  // simulation, which has one thread. How the stream ended; DATA_LOSS is final.
  absl::Status RunOnce();

  SyncProgress Progress();
  // As Client::WaitUntilCaughtUp.
  absl::Status WaitUntilCaughtUp(std::chrono::steady_clock::time_point deadline);
  // Waits until types were announced, or an attempt to connect failed.
  absl::Status WaitForTypes(std::chrono::steady_clock::time_point deadline);
  // OK where types were announced, or may be; else the reason for which the hub refuses this
  // member's stream. Waits for an answer of the hub until `deadline`.
  absl::Status WaitForRefusalOrTypes(std::chrono::steady_clock::time_point deadline);

 private:
  void Run();
  absl::Status RunSession();
  absl::Status Receive(const SyncFrame& frame, SyncSession& session);
  absl::Status ApplyEntries(const SyncFrame& frame);
  absl::Status ApplyBatch(ReceivedBatch& batch);
  absl::Status AddPictured(std::vector<std::string>* touched);
  absl::Status AddReportedOfSuspended(const ReceivedBatch& batch,
                                      std::vector<std::string>* touched);
  absl::Status FinishRewind();
  bool PurgeMayRun() const;
  absl::Status PurgeIfDue();
  void DropInvisible();
  // The record that the event is about, in the batch or stored before; empty: none, or not there.
  absl::StatusOr<std::string> RecordOf(uint64_t sequence, const ReceivedBatch& batch);
  // What the batch's erasures delete: of the sequence numbers that they name, those of events about
  // the record.
  absl::StatusOr<std::vector<vault::ErasedRecord>> ErasedIn(const ReceivedBatch& batch);
  // Empties the write-ahead log where records were erased since; only then the reporter looks at
  // records, and the hub hears that this member has applied the erasure.
  absl::Status ScrubIfDue();
  void Touch(std::vector<std::string> records);
  // After a state was folded anew: what was reported, what somebody matched, and what ended.
  absl::Status TouchAll(std::vector<std::string> touched);
  absl::Status NoteFirstMet(uint64_t size);
  void AfterSession(const absl::Status& status);
  // Keeps what the follower disputes as a file; where it is, for people.
  std::string KeepReport(const absl::Status& status);
  void WaitBeforeRetry(absl::Duration wait);
  void Publish();
  bool NeedsRewind(const ReceivedBatch& batch) const;
  bool LeavesGroup(const ReceivedBatch& batch) const;

  vault::Vault* const vault_;
  LiveState* const state_;
  MatchReporter* const reporter_;
  Transport* const transport_;
  const ReportFile report_;

  // Of the worker's thread (and of Load, before it starts).
  LogFollower follower_;
  SyncFrame frame_;      // the last that came
  ReceivedBatch batch_;  // that is being applied, or was
  Backoff backoff_;
  std::unique_ptr<views::CoalitionState> shadow_;  // folded anew while rewinding
  bool purge_due_ = false;
  bool scrub_due_ = false;
  std::vector<std::string> unscrubbed_;  // to be touched after that
  bool rewind_begun_ = false;
  uint64_t acknowledged_ = 0;
  std::function<void()> on_caught_up_;
  std::string notified_;  // the last notice, so that a retry says nothing new

  Mutex mutex_;
  CondVar changed_;
  SyncProgress progress_ ABSL_GUARDED_BY(mutex_);
  SyncSession* session_ ABSL_GUARDED_BY(mutex_) = nullptr;  // open now; for Cancel
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_for_good_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t sessions_begun_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t failures_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t caught_up_session_ ABSL_GUARDED_BY(mutex_) = 0;  // the newest that reached its head
  uint64_t wanted_session_ ABSL_GUARDED_BY(mutex_) = 0;     // somebody waits for this one
  uint64_t refused_session_ ABSL_GUARDED_BY(mutex_) = 0;    // the newest that the hub refused
  absl::Status refusal_ ABSL_GUARDED_BY(mutex_);            // why
  std::thread thread_;
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_SYNC_SYNC_WORKER_H_
