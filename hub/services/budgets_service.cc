#include "hub/services/budgets_service.h"

#include "hub/engine/alerts.h"
#include "hub/engine/budgets.h"
#include "hub/services/unary_call.h"

namespace vervet::hub {

grpc::ServerUnaryReactor* BudgetsService::Grant(grpc::CallbackServerContext* context,
                                                const v1::GrantRequest* request,
                                                v1::GrantResponse* response) {
  const UnaryCall call(hub_, context, "Grant");
  call.Append(GrantCommand(call.party(), *request, *hub_->env),
              [response](const RequestOutcome& outcome) {
                response->set_sequence(outcome.sequence);
                response->set_grant_id(outcome.record_id);
              });
  return call.reactor();
}

grpc::ServerUnaryReactor* BudgetsService::ListBudgets(grpc::CallbackServerContext* context,
                                                      const v1::ListBudgetsRequest* request,
                                                      v1::ListBudgetsResponse* response) {
  const UnaryCall call(hub_, context, "ListBudgets");
  absl::Status status = absl::InternalError("the caller's party does not parse");
  if (const auto caller = net::ParseParty(call.party()); caller.ok()) {
    const absl::Time now = hub_->budgets->LogTime();
    status = hub_->state->Read([&](const HubState& state) {
      return hub::ListBudgets(
          state, *caller, *request, hub_->budgets->policy(),
          [&](absl::string_view party, v1::SignatureType type) {
            return hub_->budgets->ServedOn(DayOf(now), party, type);
          },
          now, response);
    });
  }
  if (!status.ok()) response->Clear();
  call.Finish(status);
  return call.reactor();
}

grpc::ServerUnaryReactor* BudgetsService::MarkCanary(grpc::CallbackServerContext* context,
                                                     const v1::MarkCanaryRequest* request,
                                                     v1::MarkCanaryResponse* response) {
  const UnaryCall call(hub_, context, "MarkCanary");
  call.Append(MarkCanaryCommand(call.party(), *request), [response](const RequestOutcome& outcome) {
    response->set_sequence(outcome.sequence);
  });
  return call.reactor();
}

grpc::ServerUnaryReactor* BudgetsService::ListAlerts(grpc::CallbackServerContext* context,
                                                     const v1::ListAlertsRequest* request,
                                                     v1::ListAlertsResponse* response) {
  const UnaryCall call(hub_, context, "ListAlerts");
  hub_->state->Read([&](const HubState& state) { hub::ListAlerts(state, *request, response); });
  call.Finish(absl::OkStatus());
  return call.reactor();
}

grpc::ServerUnaryReactor* BudgetsService::CloseAlert(grpc::CallbackServerContext* context,
                                                     const v1::CloseAlertRequest* request,
                                                     v1::CloseAlertResponse* response) {
  const UnaryCall call(hub_, context, "CloseAlert");
  call.Append(CloseAlertCommand(call.party(), *request), [response](const RequestOutcome& outcome) {
    response->set_sequence(outcome.sequence);
  });
  return call.reactor();
}

}  // namespace vervet::hub
