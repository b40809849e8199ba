// What follows from a record that was touched, beside the match itself: remedies, sightings and
// objections.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_FOLLOW_UP_FOLLOW_UPS_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_FOLLOW_UP_FOLLOW_UPS_H_

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/base/environment.h"
#include "member-sdk/src/engine/follow_up/objections.h"
#include "member-sdk/src/engine/follow_up/remedies.h"
#include "member-sdk/src/engine/follow_up/sightings.h"
#include "member-sdk/src/engine/live_state.h"
#include "member-sdk/src/vault/vault.h"

namespace vervet::engine {

struct FollowUpOptions {
  bool report_sightings = false;
  absl::Duration sighting_interval = absl::Hours(1);
  bool acknowledge_unaffected = false;
};

// Of the reporter's thread. What it adds to the outbox is gathered and stored together: ten
// thousand retractions are not ten thousand disk flushes.
class FollowUps {
 public:
  FollowUps(vault::Vault* vault, LiveState* state, Environment* env, const FollowUpOptions& options,
            std::function<void(const MatchEndedEvent&)> on_match_ended,
            std::function<void(const Objection&)> on_objection_outcome)
      : vault_(vault),
        env_(env),
        remedies_(vault, state, env, options.acknowledge_unaffected, std::move(on_match_ended)),
        sightings_(vault, env, options.report_sightings, options.sighting_interval),
        objections_(vault, env, std::move(on_objection_outcome)) {}

  Remedies& remedies() { return remedies_; }

  // Looks at one record.
  absl::Status Look(const std::string& record_id, const RecordFate& fate, bool has_marks);

  bool wants_flush() const { return batch_.entries.size() >= kMaxGathered; }
  // Stores what was gathered, in one transaction. On an error it stays gathered. `*added`: entries
  // that came into the outbox since the last call.
  absl::Status Flush(uint64_t* added);

  // When a record is to be looked at though nothing touched it; InfiniteFuture: none.
  absl::Time next_due() const {
    return due_.empty() ? absl::InfiniteFuture() : due_.begin()->first;
  }
  std::vector<std::string> TakeDue();

 private:
  static constexpr size_t kMaxGathered = 256;

  vault::Vault* const vault_;
  Environment* const env_;
  Remedies remedies_;
  Sightings sightings_;
  Objections objections_;
  vault::FollowUp batch_;
  uint64_t added_ = 0;  // stored by Look itself
  std::set<std::pair<absl::Time, std::string>> due_;
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_FOLLOW_UP_FOLLOW_UPS_H_
