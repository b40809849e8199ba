// Changes of the roster: from a coordinator's request to a command for the log.
#ifndef VERVET_HUB_ENGINE_REGISTRY_H_
#define VERVET_HUB_ENGINE_REGISTRY_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hub/log/appender.h"
#include "vervet/v1/registry.pb.h"

namespace vervet::hub {

// Each checks its request alone at once (INVALID_ARGUMENT with the field) and the rest against the
// state, in the log's order. `done` is not set. `by` is the calling coordinator's party.
absl::StatusOr<Command> AdmitCommand(absl::string_view by, const v1::AdmitRequest& request);
absl::StatusOr<Command> SuspendCommand(absl::string_view by, const v1::SuspendRequest& request);
absl::StatusOr<Command> ReinstateCommand(absl::string_view by, const v1::ReinstateRequest& request);
// `hub_region`: the hub stores every group's records, so a group that does not permit it cannot
// exist here.
absl::StatusOr<Command> CreateGroupCommand(absl::string_view by, absl::string_view hub_region,
                                           const v1::CreateGroupRequest& request);
absl::StatusOr<Command> JoinGroupCommand(absl::string_view by, const v1::JoinGroupRequest& request);
absl::StatusOr<Command> LeaveGroupCommand(absl::string_view by,
                                          const v1::LeaveGroupRequest& request);

// FAILED_PRECONDITION where a sharing group with members does not permit `hub_region`: the hub
// would store its records where they may not be. For the hub's start, after it was moved.
absl::Status CheckHubRegion(const views::Roster& roster, absl::string_view hub_region);

// The hub's own, at its start: a coordinator that the configuration names and the roster does not
// know yet.
Command BootstrapCommand(absl::string_view party, absl::string_view display_name,
                         absl::string_view region);
// The hub's own: what is now in force for a type. Nothing happens where the same was announced
// last.
Command AnnounceCommand(const v1::SignatureTypeAnnounced& announcement);

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_REGISTRY_H_
