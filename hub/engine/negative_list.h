// The negative list: experts mark pictures that mean nothing, and take their marks back.
#ifndef VERVET_HUB_ENGINE_NEGATIVE_LIST_H_
#define VERVET_HUB_ENGINE_NEGATIVE_LIST_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hub/log/appender.h"
#include "hub/log/shared_state.h"
#include "vervet/v1/negative_list.pb.h"

namespace vervet::hub {

// Each checks its request alone at once (INVALID_ARGUMENT with the field) and the rest against the
// state, in the log's order; the errors are those of negative_list.proto. `done` is not set.
// `party` is the caller, an expert or, for Clear, a coordinator.
absl::StatusOr<Command> MarkHarmlessCommand(absl::string_view party,
                                            const v1::MarkHarmlessRequest& request);
absl::StatusOr<Command> ClearHarmlessCommand(absl::string_view party,
                                             const v1::ClearHarmlessRequest& request);

// Is the image of this hash in force now?
bool IsInForce(const HubState& state, absl::string_view hash);

// Thread-safe. At most kMaxHarmlessListed images, and kMaxHarmlessListBytes unless one alone is
// larger.
absl::Status ListHarmless(const v1::ListHarmlessRequest& request, const SharedState& state,
                          v1::ListHarmlessResponse* response);

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_NEGATIVE_LIST_H_
