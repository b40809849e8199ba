// Who is owed a remedy after a record was retracted or erased, and what the hub is told of it.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_FOLLOW_UP_REMEDIES_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_FOLLOW_UP_REMEDIES_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/environment.h"
#include "member-sdk/src/engine/live_state.h"
#include "member-sdk/src/vault/vault.h"
#include "vervet/match.h"
#include "vervet/remedy.h"

namespace vervet::engine {

// Distinct references; what a remedy counts as subjects.
std::vector<std::string> ReferencesOf(const std::vector<vault::AffectedRow>& affected);
std::vector<AffectedSubject> ToAffected(const std::vector<vault::AffectedRow>& affected);

// Of the reporter's thread, but for what says otherwise.
class Remedies {
 public:
  Remedies(vault::Vault* vault, LiveState* state, Environment* env, bool acknowledge_unaffected,
           std::function<void(const MatchEndedEvent&)> on_match_ended)
      : vault_(vault),
        state_(state),
        env_(env),
        acknowledge_unaffected_(acknowledge_unaffected),
        on_match_ended_(std::move(on_match_ended)) {}

  // The log's size when the vault first met the hub: an end before that is not acknowledged
  // unasked, because another vault of this member may have had somebody to name. From any thread.
  void set_first_met(uint64_t size) { first_met_ = size; }
  uint64_t first_met() const { return first_met_; }

  // A record that was retracted or erased: notes durably what is owed, names the affected by
  // on_match_ended, and notes that they were named; a crash between repeats the callback. Where
  // nobody is affected, adds the acknowledgement to `batch`, once a record. An erasure of what was
  // retracted and acknowledged before gets the same acknowledgement in the outbox at once, which
  // counts up `added`. `has_marks`: matches of it are marked as reported.
  absl::Status Look(const std::string& record_id, const RecordFate& fate, bool has_marks,
                    vault::FollowUp* batch, uint64_t* added);
  // `batch` is stored, or was dropped.
  void Flushed() { gathered_.clear(); }

  // From any thread.
  absl::StatusOr<std::vector<OpenRemedy>> Open();
  // What Client::AcknowledgeRemedy leaves in the outbox. NOT_FOUND, FAILED_PRECONDITION,
  // INVALID_ARGUMENT as there. From any thread.
  absl::StatusOr<vault::FollowUp> Acknowledge(const std::string& record_id, RemedyOutcome outcome);

 private:
  void AddAcknowledgement(const std::string& record_id, const RecordFate& fate,
                          RemedyOutcome outcome, uint32_t subjects, vault::FollowUp* batch);
  void Tell(const std::string& record_id, const RecordFate& fate,
            const std::vector<vault::AffectedRow>& affected);

  vault::Vault* const vault_;
  LiveState* const state_;
  Environment* const env_;
  const bool acknowledge_unaffected_;
  const std::function<void(const MatchEndedEvent&)> on_match_ended_;
  std::atomic<uint64_t> first_met_{std::numeric_limits<uint64_t>::max()};
  std::set<std::string> gathered_;  // in the batch that is not stored yet
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_FOLLOW_UP_REMEDIES_H_
