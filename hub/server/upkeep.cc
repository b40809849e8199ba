#include "hub/server/upkeep.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "hub/engine/publish.h"
#include "hub/engine/records.h"

namespace vervet::hub {
namespace {

// In one tick, so that nobody who publishes waits behind all of them.
constexpr size_t kExpiriesPerTick = 1'000;
constexpr size_t kCountsPerTick = 1'000;

}  // namespace

Upkeep::Upkeep(const HubContext* hub, absl::Duration sighting_count_interval, size_t most_queued)
    : hub_(hub),
      sighting_count_interval_(sighting_count_interval),
      most_queued_(most_queued),
      sightings_counted_(hub->env->Monotonic()),
      pause_review_(hub->remedy) {}

void Upkeep::Tick() {
  Expire();
  CountSightings();
  ReviewPauses();
  Tidy();
}

bool Upkeep::Submit(Command command) {
  if (hub_->appender->queue_length() > most_queued_) return false;
  command.done = [](const absl::StatusOr<RequestOutcome>&) {};
  return hub_->appender->Submit(std::move(command)).ok();
}

void Upkeep::Expire() {
  const absl::Time now = hub_->env->Now();
  const auto due = hub_->state->Read([&](const HubState& state) {
    return state.records.DueForExpiry(std::max(now, state.last_time), kExpiriesPerTick);
  });
  for (const std::string& record_id : due) {
    if (!Submit(ExpireCommand(record_id))) return;
  }
}

void Upkeep::CountSightings() {
  if (uncounted_.empty()) {
    const absl::Duration now = hub_->env->Monotonic();
    if (now - sightings_counted_ < sighting_count_interval_) return;
    sightings_counted_ = now;
    uncounted_ = hub_->state->Read([](const HubState& state) {
      return state.sightings.Unannounced(std::numeric_limits<size_t>::max());
    });
  }
  for (size_t i = 0; i < kCountsPerTick && !uncounted_.empty(); ++i) {
    if (!Submit(CountSightingsCommand(uncounted_.back()))) return;
    uncounted_.pop_back();
  }
}

void Upkeep::ReviewPauses() {
  if (unreviewed_.empty()) {
    unreviewed_ =
        hub_->state->Read([&](const HubState& state) { return pause_review_.Next(state); });
  }
  while (!unreviewed_.empty()) {
    if (!Submit(ReviewPauseCommand(unreviewed_.back(), hub_->remedy))) return;
    unreviewed_.pop_back();
  }
}

void Upkeep::Tidy() {
  if (!hub_->log->TidyDue()) return;
  Command nothing;
  nothing.decide = [](const HubState&, absl::Time) -> absl::StatusOr<Command::Decision> {
    return Command::Decision(RequestOutcome{});
  };
  (void)Submit(std::move(nothing));
}

}  // namespace vervet::hub
