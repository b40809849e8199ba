// At a hub's start: does its log belong to this configuration and keyring, and what does the
// configuration say that the log does not yet?
#ifndef VERVET_HUB_SERVER_ANNOUNCEMENTS_H_
#define VERVET_HUB_SERVER_ANNOUNCEMENTS_H_

#include "absl/status/status.h"
#include "hub/config/config.h"
#include "hub/services/hub_context.h"

namespace vervet::hub {

// FAILED_PRECONDITION, with the remedy: a keyring that is not the log's, or a region that a sharing
// group does not permit.
absl::Status CheckLogFits(const Config& config, const HubContext& hub);

// Coordinators of the configuration who were never admitted, and types that are announced
// differently. Waits until all is durable.
absl::Status AppendAnnouncements(const Config& config, const HubContext& hub);

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVER_ANNOUNCEMENTS_H_
