// Grants of evaluations, and what each member has used and may use.
#ifndef VERVET_HUB_ENGINE_BUDGETS_H_
#define VERVET_HUB_ENGINE_BUDGETS_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/environment.h"
#include "core/net/identity.h"
#include "hub/engine/budget_policy.h"
#include "hub/log/appender.h"
#include "hub/views/hub_state.h"
#include "vervet/v1/budgets.pb.h"

namespace vervet::hub {

// Checks the request alone at once (INVALID_ARGUMENT with the field) and the rest against the
// state, in the log's order; the errors are those of budgets.proto. `done` is not set; the
// outcome's record id is the grant's. `by` is the calling coordinator's party.
absl::StatusOr<Command> GrantCommand(absl::string_view by, const v1::GrantRequest& request,
                                     Environment& env);

// Of one member and type, since the day began or the hub started.
struct ServedCount {
  uint64_t evaluations = 0;
  uint64_t own_users = 0;  // of them, as the member says
};

// Where one party is asked for: a line for each type in use. Otherwise the lines that say more than
// the configured limits do, of whatever the caller may see. `now` is the log's time: what begins a
// day.
absl::Status ListBudgets(
    const HubState& state, const net::Identity& caller, const v1::ListBudgetsRequest& request,
    const BudgetPolicy& policy,
    const std::function<ServedCount(absl::string_view party, v1::SignatureType)>& served,
    absl::Time now, v1::ListBudgetsResponse* response);

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_BUDGETS_H_
