#include "hub/services/exchange_service.h"

#include "core/net/peer.h"
#include "hub/engine/evaluate.h"
#include "hub/engine/lookup.h"
#include "hub/engine/publish.h"
#include "hub/services/unary_call.h"

namespace vervet::hub {

grpc::ServerUnaryReactor* ExchangeService::Evaluate(grpc::CallbackServerContext* context,
                                                    const v1::EvaluateRequest* request,
                                                    v1::EvaluateResponse* response) {
  const UnaryCall call(hub_, context, "Evaluate");
  const absl::Status checked = CheckEvaluate(*request, *hub_->keyring);
  if (!checked.ok()) {
    call.Finish(checked);
    return call.reactor();
  }
  call.OnArithmeticPool([this, call, request, response] {
    const absl::Status status = hub::Evaluate(*request, *hub_->keyring, *hub_->env, response);
    int64_t elements = 0;
    for (const auto& batch : response->batches()) {
      elements += static_cast<int64_t>(batch.evaluated().size() / oprf::Element::kSizeBytes);
    }
    hub_->counters->Add("evaluated_elements_total", elements);
    call.Finish(status);
  });
  return call.reactor();
}

grpc::ServerUnaryReactor* ExchangeService::Publish(grpc::CallbackServerContext* context,
                                                   const v1::PublishRequest* request,
                                                   v1::PublishResponse* response) {
  const UnaryCall call(hub_, context, "Publish");
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
  call.Append(RetractCommand(call.party(), *request), [response](const RequestOutcome& outcome) {
    response->set_sequence(outcome.sequence);
  });
  return call.reactor();
}

grpc::ServerUnaryReactor* ExchangeService::Lookup(grpc::CallbackServerContext* context,
                                                  const v1::LookupRequest* request,
                                                  v1::LookupResponse* response) {
  const UnaryCall call(hub_, context, "Lookup");
  const absl::Status status =
      hub::Lookup(call.party(), *request, *hub_->state, hub_->env->Now(), response);
  if (!status.ok()) response->Clear();
  call.Finish(status);
  return call.reactor();
}

grpc::ServerBidiReactor<v1::SyncRequest, v1::SyncResponse>* ExchangeService::Sync(
    grpc::CallbackServerContext* context) {
  return streams_->Open(context, net::PeerIdentity(*context->auth_context(), hub_->coalition));
}

}  // namespace vervet::hub
