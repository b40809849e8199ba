#include "hub/services/exchange_service.h"

#include "core/net/peer.h"
#include "core/net/retry_after.h"
#include "hub/engine/alerts.h"
#include "hub/engine/evaluate.h"
#include "hub/engine/lookup.h"
#include "hub/engine/publish.h"
#include "hub/services/unary_call.h"

namespace vervet::hub {
namespace {

// And not a full queue, which asks for a shorter wait: so members tell the two apart as well.
bool IsSpentBudget(const absl::Status& refusal) {
  const auto wait = net::RetryAfter(refusal);
  return absl::IsResourceExhausted(refusal) && wait && *wait >= absl::Seconds(1);
}

}  // namespace

grpc::ServerUnaryReactor* ExchangeService::Evaluate(grpc::CallbackServerContext* context,
                                                    const v1::EvaluateRequest* request,
                                                    v1::EvaluateResponse* response) {
  const UnaryCall call(hub_, context, "Evaluate");
  // Else it would have a budget reserved in the log before it is refused.
  if (call.RefusedByArithmeticPool()) return call.reactor();
  const absl::Status checked = CheckEvaluate(*request, *hub_->keyring);
  if (!checked.ok()) {
    call.Finish(checked);
    return call.reactor();
  }
  Budgets::Needs needs;
  for (const auto& batch : request->batches()) needs[batch.type()] = ElementsOf(batch);
  hub_->budgets->Take(
      call.party(), needs,
      [this, call, request, response](const absl::StatusOr<Budgets::Charge>& charge) {
        if (!charge.ok()) {
          if (IsSpentBudget(charge.status())) hub_->metrics->budget_refusals.Add();
          return call.Finish(charge.status());
        }
        call.OnArithmeticPool(
            [this, call, request, response] { EvaluateCharged(call, *request, response); },
            [this, call, charge] { hub_->budgets->GiveBack(call.party(), *charge); });
      });
  return call.reactor();
}

void ExchangeService::EvaluateCharged(const UnaryCall& call, const v1::EvaluateRequest& request,
                                      v1::EvaluateResponse* response) {
  const absl::Status status = hub::Evaluate(request, *hub_->keyring, *hub_->env, response);
  if (status.ok()) {
    uint64_t elements = 0;
    for (const auto& batch : request.batches()) {
      const uint64_t count = ElementsOf(batch);
      hub_->budgets->CountServed(call.party(), batch.type(), count, batch.own_users());
      elements += count;
    }
    hub_->metrics->evaluated_elements.Add(elements);
  }
  call.Finish(status);
}

grpc::ServerUnaryReactor* ExchangeService::Publish(grpc::CallbackServerContext* context,
                                                   const v1::PublishRequest* request,
                                                   v1::PublishResponse* response) {
  const UnaryCall call(hub_, context, "Publish");
  if (call.RefusedByArithmeticPool()) return call.reactor();
  // Where the log has no room, the arithmetic would be for nothing.
  if (const absl::Status full = hub_->appender->WouldTake(); !full.ok()) {
    call.Finish(full);
    return call.reactor();
  }
  call.OnArithmeticPool([this, call, request, response] {
    call.Append(PublishCommand(call.party(), *request, *hub_->env),
                [response](const RequestOutcome& outcome) {
                  response->set_record_id(outcome.record_id);
                  response->set_sequence(outcome.sequence);
                });
  });
  return call.reactor();
}

grpc::ServerUnaryReactor* ExchangeService::Retract(grpc::CallbackServerContext* context,
                                                   const v1::RetractRequest* request,
                                                   v1::RetractResponse* response) {
  const UnaryCall call(hub_, context, "Retract");
  call.Append(
      RetractCommand(call.party(), *request, hub_->remedy),
      [response](const RequestOutcome& outcome) { response->set_sequence(outcome.sequence); });
  return call.reactor();
}

grpc::ServerUnaryReactor* ExchangeService::Lookup(grpc::CallbackServerContext* context,
                                                  const v1::LookupRequest* request,
                                                  v1::LookupResponse* response) {
  const UnaryCall call(hub_, context, "Lookup");
  const absl::Status status =
      hub::Lookup(call.party(), *request, *hub_->state, hub_->env->Now(), response);
  if (!status.ok()) {
    response->Clear();
  } else {
    hub_->positions->LookedUp(call.party(), hub_->env->Now());
    RaiseCanaryHits(call.party(), *response);
  }
  call.Finish(status);
  return call.reactor();
}

// The answer stays as it is: whoever guesses does not learn which of the records are bait.
void ExchangeService::RaiseCanaryHits(const std::string& party,
                                      const v1::LookupResponse& response) {
  const auto canaries =
      hub_->state->Read([&](const HubState& state) { return CanariesIn(response, party, state); });
  for (const std::string& record_id : canaries) {
    hub_->alerts->RaiseLater(CanaryHit(party, record_id, hub_->budgets->LogTime(), "looked up"));
  }
}

grpc::ServerBidiReactor<v1::SyncRequest, v1::SyncResponse>* ExchangeService::Sync(
    grpc::CallbackServerContext* context) {
  return streams_->Open(context, net::PeerIdentity(*context->auth_context(), hub_->coalition));
}

}  // namespace vervet::hub
