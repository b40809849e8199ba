// Calls the platform back, on one thread, until what was reported is what is true.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_SYNC_MATCH_REPORTER_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_SYNC_MATCH_REPORTER_H_

#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "core/base/environment.h"
#include "core/base/mutex.h"
#include "member-sdk/src/engine/live_state.h"
#include "member-sdk/src/vault/vault.h"
#include "vervet/match.h"

namespace vervet::engine {

struct Callbacks {
  std::function<void(const MatchEvent&)> on_match;
  std::function<void(const MatchEndedEvent&)> on_match_ended;
  std::function<void(const std::string&)> on_notice;
};

// For each record that was touched it compares the references that match now with those whose
// report is marked in the vault, calls back for the difference, and marks it afterwards: a crash in
// between repeats a report and loses none. Thread-safe.
class MatchReporter {
 public:
  MatchReporter(vault::Vault* vault, LiveState* state, Environment* env, Callbacks callbacks)
      : vault_(vault), state_(state), env_(env), callbacks_(std::move(callbacks)) {}
  ~MatchReporter() { Stop(std::chrono::steady_clock::now()); }

  void Start();
  // Reports what is queued until `deadline`, waits for a callback in progress, and ends the thread.
  // Idempotent.
  void Stop(std::chrono::steady_clock::time_point deadline);

  // Looks at these records again, in this order.
  void Touch(std::vector<std::string> record_ids);
  // A line for on_notice, in order with the reports.
  void Notice(std::string line);

 private:
  struct Record {
    std::string id;
  };
  struct Line {
    std::string text;
  };

  void Run();
  void Report(const std::string& record_id);

  vault::Vault* const vault_;
  LiveState* const state_;
  Environment* const env_;
  const Callbacks callbacks_;

  Mutex mutex_;
  CondVar changed_;
  std::deque<std::variant<Record, Line>> queue_ ABSL_GUARDED_BY(mutex_);
  bool working_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_SYNC_MATCH_REPORTER_H_
