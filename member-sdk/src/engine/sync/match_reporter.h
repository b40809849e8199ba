// Calls the platform back, on one thread, until what was reported is what is true.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_SYNC_MATCH_REPORTER_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_SYNC_MATCH_REPORTER_H_

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "core/base/environment.h"
#include "core/base/mutex.h"
#include "member-sdk/src/engine/follow_up/follow_ups.h"
#include "member-sdk/src/engine/images/flood_watch.h"
#include "member-sdk/src/engine/images/kept_images.h"
#include "member-sdk/src/engine/live_state.h"
#include "member-sdk/src/vault/vault.h"
#include "vervet/match.h"
#include "vervet/opinion.h"

namespace vervet::engine {

struct Callbacks {
  std::function<void(const MatchEvent&)> on_match;
  std::function<void(const MatchEndedEvent&)> on_match_ended;
  std::function<void(const std::string&)> on_notice;
  std::function<void(const OpinionEvent&)> on_opinion = nullptr;
  std::function<void(const Objection&)> on_objection_outcome = nullptr;
  std::function<void(const ImageQuarantine&)> on_quarantine = nullptr;
};

// What the reporter asks about pictures; outlives it. Both or neither.
struct ReportedPictures {
  KeptImages* kept = nullptr;
  FloodWatch* floods = nullptr;
};

// For each record that was touched it compares the references that match now with those whose
// report is marked in the vault, calls back for the difference, and marks it afterwards: a crash in
// between repeats a report and loses none. Thread-safe.
class MatchReporter {
 public:
  MatchReporter(vault::Vault* vault, LiveState* state, Environment* env, Callbacks callbacks,
                const FollowUpOptions& follow_up = {}, const ReportedPictures& pictures = {})
      : vault_(vault),
        state_(state),
        env_(env),
        callbacks_(std::move(callbacks)),
        pictures_(pictures),
        follow_ups_(vault, state, env, follow_up, callbacks_.on_match_ended,
                    callbacks_.on_objection_outcome) {}
  ~MatchReporter() { Stop(std::chrono::steady_clock::now()); }

  // `on_added` is called with the number of entries that came into the outbox.
  void Start(std::function<void(uint64_t entries)> on_added = nullptr);
  // Reports what is queued until `deadline`, waits for a callback in progress, and ends the thread.
  // Idempotent.
  void Stop(std::chrono::steady_clock::time_point deadline);

  // Instead of Start: reports what is queued, on the caller's thread. For a simulation, which has
  // one thread.
  void RunQueued();

  // Until everything that was touched has been looked at, and what follows from it is in the
  // outbox. At once on the reporter's own thread, which a callback is on.
  void WaitUntilIdle(std::chrono::steady_clock::time_point deadline);

  // Looks at these records again, in this order.
  void Touch(std::vector<std::string> record_ids);
  // Looks at every record that is near a kept picture. Finding them takes seconds where there are
  // millions; once more does nothing while it waits.
  void TouchNearKept();
  // A line for on_notice, in order with the reports.
  void Notice(std::string line);
  void Opined(OpinionEvent event);
  // For on_quarantine. `entries`: so many came into the outbox with it.
  void Quarantined(ImageQuarantine quarantine, uint64_t entries);

  // Of the thread-safe ones among its methods alone.
  Remedies& remedies() { return follow_ups_.remedies(); }

 private:
  struct Record {
    std::string id;
  };
  struct Line {
    std::string text;
  };

  struct Housekeeping {};
  struct NearKept {};

  using Item = std::variant<Record, Line, OpinionEvent, ImageQuarantine, Housekeeping, NearKept>;
  // Who began to match: by an identifier, or by a picture.
  struct Begun {
    std::vector<std::string> references;
    std::map<std::string, ImageEvidence> images;  // of those by a picture
  };

  void Run();
  // Waits for something to do; false: stopping.
  bool TakeNext(Item* next);
  Item PopFront() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool stopping();
  void Tell(const Item& next);
  void Report(const std::string& record_id);
  // Adds who began to match by a picture that is not set aside.
  absl::Status AddBegunByImage(const std::string& record_id, const ImageStanding& images,
                               const std::set<std::string>& known, Begun* begun);
  // Of those who were told and do not match now: not those whose picture was only forgotten.
  std::vector<std::string> Ended(const std::set<std::string>& known,
                                 const std::set<std::string>& current, const vault::Report& marked,
                                 const RecordStanding& standing, const ImageStanding& images) const;
  // What began to match and what ceased to.
  absl::Status ReportBegun(const std::string& record_id, const RecordStanding& standing,
                           const Begun& begun);
  absl::Status ReportEnded(const std::string& record_id, const std::string& reason,
                           const std::string& publisher, const std::vector<std::string>& ended);
  absl::Time next_due() const;
  void FlushFollowUps();

  vault::Vault* const vault_;
  LiveState* const state_;
  Environment* const env_;
  const Callbacks callbacks_;
  const ReportedPictures pictures_;
  FollowUps follow_ups_;  // of the reporter's thread
  std::function<void(uint64_t)> on_added_;

  Mutex mutex_;
  CondVar changed_;
  std::deque<Item> queue_ ABSL_GUARDED_BY(mutex_);
  bool near_kept_waits_ ABSL_GUARDED_BY(mutex_) = false;  // in queue_
  bool working_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_SYNC_MATCH_REPORTER_H_
