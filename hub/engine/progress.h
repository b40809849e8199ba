// What members contribute to the measurement of progress, and what coordinators define and fix.
#ifndef VERVET_HUB_ENGINE_PROGRESS_H_
#define VERVET_HUB_ENGINE_PROGRESS_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hub/log/appender.h"
#include "vervet/v1/progress.pb.h"

namespace vervet::hub {

// Each checks the request alone at once (INVALID_ARGUMENT with index and field) and the rest
// against the state, in the log's order; the errors are those of progress.proto. `done` is not set.
// `by` is the calling party.
absl::StatusOr<Command> ContributeCommand(absl::string_view by,
                                          const v1::ContributeRequest& request);
absl::StatusOr<Command> DefineCommand(absl::string_view by, const v1::DefineRequest& request);
absl::StatusOr<Command> CreatePanelCommand(absl::string_view by,
                                           const v1::CreatePanelRequest& request);

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_PROGRESS_H_
