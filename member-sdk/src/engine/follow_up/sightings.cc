#include "member-sdk/src/engine/follow_up/sightings.h"

#include <algorithm>

#include "core/base/status_macros.h"
#include "core/base/wire_limits.h"
#include "member-sdk/src/engine/outbox/record_requests.h"

namespace vervet::engine {

absl::StatusOr<absl::Time> Sightings::Look(const std::string& record_id, const RecordFate& fate,
                                           vault::FollowUp* batch) {
  const bool counts = fate.known && !fate.own && fate.state == views::OffenderRecords::State::kLive;
  if (!report_ || !counts) return absl::InfiniteFuture();
  VERVET_ASSIGN_OR_RETURN(const vault::SightingRow row, vault_->SightingOf(record_id));
  const uint32_t subjects = std::min(row.matched, kMaxSubjects);
  if (subjects == 0 || subjects == row.reported) return absl::InfiniteFuture();
  const absl::Time due = row.reported_us == 0 ? absl::InfinitePast()
                                              : absl::FromUnixMicros(row.reported_us) + interval_;
  if (due > env_->Now()) return due;
  if (gathered_.insert(record_id).second) {
    batch->entries.push_back(
        BuildSighting(record_id, subjects, row.first_us, TimeOrderedId(*env_)));
    batch->sightings.push_back({record_id, subjects});
  }
  return absl::InfiniteFuture();
}

}  // namespace vervet::engine
