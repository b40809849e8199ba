// What becomes of the log by itself, as time passes: expiries, counts of sightings, pauses to look
// at again, and a store to tidy.
#ifndef VERVET_HUB_SERVER_UPKEEP_H_
#define VERVET_HUB_SERVER_UPKEEP_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "hub/engine/dispute_share.h"
#include "hub/services/hub_context.h"

namespace vervet::hub {

// Borrows the context. One thread.
class Upkeep {
 public:
  // It leaves room in the appender's queue: no more than `most_queued` commands wait there, of
  // anybody, where it adds one.
  Upkeep(const HubContext* hub, absl::Duration sighting_count_interval, size_t most_queued);

  // About once a second. What has no room waits for the next one.
  void Tick();

 private:
  // False: no room.
  bool Submit(Command command);
  void Expire();
  // From time to time, and not with each sighting: the moment of a count is not to tell whose it
  // was.
  void CountSightings();
  void ReviewPauses();
  // On a quiet hub nothing else would bring the appender to it.
  void Tidy();

  const HubContext* const hub_;
  const absl::Duration sighting_count_interval_;
  const size_t most_queued_;
  absl::Duration sightings_counted_;
  std::vector<std::string> uncounted_;  // records whose sightings this interval still has to count
  PauseReview pause_review_;
  std::vector<std::string> unreviewed_;  // records whose pause this round still has to look at
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVER_UPKEEP_H_
