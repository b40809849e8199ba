#include "member-sdk/src/engine/follow_up/follow_ups.h"

#include <algorithm>

#include "core/base/status_macros.h"

namespace vervet::engine {

absl::Status FollowUps::Look(const std::string& record_id, const RecordFate& fate, bool has_marks) {
  if (fate.NeedsRemedy()) {
    VERVET_RETURN_IF_ERROR(remedies_.Look(record_id, fate, has_marks, &batch_, &added_));
  }
  VERVET_ASSIGN_OR_RETURN(const absl::Time sighting, sightings_.Look(record_id, fate, &batch_));
  VERVET_ASSIGN_OR_RETURN(const absl::Time objection, objections_.Look(record_id, fate));
  const absl::Time due = std::min(sighting, objection);
  if (due != absl::InfiniteFuture()) due_.emplace(due, record_id);
  return absl::OkStatus();
}

absl::Status FollowUps::Flush(uint64_t* added) {
  *added = std::exchange(added_, 0);
  if (batch_.entries.empty()) return absl::OkStatus();
  VERVET_RETURN_IF_ERROR(vault_->QueueFollowUp(batch_));
  *added += batch_.entries.size();
  batch_ = vault::FollowUp();
  remedies_.Flushed();
  sightings_.Flushed();
  return absl::OkStatus();
}

std::vector<std::string> FollowUps::TakeDue() {
  const absl::Time now = env_->Now();
  std::vector<std::string> records;
  while (!due_.empty() && due_.begin()->first <= now) {
    records.push_back(due_.begin()->second);
    due_.erase(due_.begin());
  }
  return records;
}

}  // namespace vervet::engine
