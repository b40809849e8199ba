// Alerts: what raises them, what coordinators do with them, and the records that are bait.
#ifndef VERVET_HUB_ENGINE_ALERTS_H_
#define VERVET_HUB_ENGINE_ALERTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "hub/log/appender.h"
#include "hub/views/hub_state.h"
#include "vervet/v1/budgets.pb.h"
#include "vervet/v1/exchange.pb.h"

namespace vervet::hub {

// Somebody met a record that is about nobody. `deed` is for people: "looked up", "reported a
// sighting of".
v1::AlertRaised CanaryHit(absl::string_view party, absl::string_view record_id, absl::Time now,
                          absl::string_view deed);

// A member has set an image of somebody else's record aside, because it suddenly matched too much.
// `detail` is the caller's to fill.
v1::AlertRaised ImageFlood(absl::string_view party, absl::string_view record_id, absl::Time now);

// The canaries in an answer to `party`, each once. Its own are left out: who planted a record can
// meet it without guessing.
std::vector<std::string> CanariesIn(const v1::LookupResponse& response, absl::string_view party,
                                    const HubState& state);

// The hub's own: nothing happens where the same was raised that day.
Command AlertCommand(const v1::AlertRaised& alert);

// Each checks its request alone at once (INVALID_ARGUMENT with the field) and the rest against the
// state, in the log's order; the errors are those of budgets.proto. `done` is not set. `by` is the
// calling coordinator's party.
absl::StatusOr<Command> MarkCanaryCommand(absl::string_view by,
                                          const v1::MarkCanaryRequest& request);
absl::StatusOr<Command> CloseAlertCommand(absl::string_view by,
                                          const v1::CloseAlertRequest& request);

void ListAlerts(const HubState& state, const v1::ListAlertsRequest& request,
                v1::ListAlertsResponse* response);

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_ALERTS_H_
