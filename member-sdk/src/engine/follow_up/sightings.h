// Tells the hub how many of the platform's users matched another's record.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_FOLLOW_UP_SIGHTINGS_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_FOLLOW_UP_SIGHTINGS_H_

#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/base/environment.h"
#include "member-sdk/src/engine/live_state.h"
#include "member-sdk/src/vault/vault.h"

namespace vervet::engine {

// Of the reporter's thread.
class Sightings {
 public:
  // `report`: false: nothing is ever told.
  Sightings(vault::Vault* vault, Environment* env, bool report, absl::Duration interval)
      : vault_(vault), env_(env), report_(report), interval_(interval) {}

  // Adds a sighting to `batch` where the number of users has changed since the hub was last told
  // and the interval is over. Returns when to look again; InfiniteFuture: not before it is touched.
  absl::StatusOr<absl::Time> Look(const std::string& record_id, const RecordFate& fate,
                                  vault::FollowUp* batch);
  // `batch` is stored, or was dropped.
  void Flushed() { gathered_.clear(); }

 private:
  vault::Vault* const vault_;
  Environment* const env_;
  const bool report_;
  const absl::Duration interval_;
  std::set<std::string> gathered_;  // in the batch that is not stored yet
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_FOLLOW_UP_SIGHTINGS_H_
