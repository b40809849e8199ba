// The Exchange service: thin. Validates, enqueues, and is finished by the worker.
#ifndef VERVET_HUB_SERVICES_EXCHANGE_SERVICE_H_
#define VERVET_HUB_SERVICES_EXCHANGE_SERVICE_H_

#include "hub/services/hub_context.h"
#include "hub/services/sync_streams.h"
#include "hub/services/unary_call.h"
#include "vervet/v1/exchange.grpc.pb.h"

namespace vervet::hub {

class ExchangeService final : public v1::Exchange::CallbackService {
 public:
  ExchangeService(HubContext* hub, SyncStreams* streams) : hub_(hub), streams_(streams) {}

  grpc::ServerUnaryReactor* Evaluate(grpc::CallbackServerContext* context,
                                     const v1::EvaluateRequest* request,
                                     v1::EvaluateResponse* response) override;
  grpc::ServerUnaryReactor* Publish(grpc::CallbackServerContext* context,
                                    const v1::PublishRequest* request,
                                    v1::PublishResponse* response) override;
  grpc::ServerUnaryReactor* Retract(grpc::CallbackServerContext* context,
                                    const v1::RetractRequest* request,
                                    v1::RetractResponse* response) override;
  grpc::ServerUnaryReactor* Lookup(grpc::CallbackServerContext* context,
                                   const v1::LookupRequest* request,
                                   v1::LookupResponse* response) override;
  grpc::ServerBidiReactor<v1::SyncRequest, v1::SyncResponse>* Sync(
      grpc::CallbackServerContext* context) override;

 private:
  // On the arithmetic pool, when the budgets have been charged.
  void EvaluateCharged(const UnaryCall& call, const v1::EvaluateRequest& request,
                       v1::EvaluateResponse* response);
  void RaiseCanaryHits(const std::string& party, const v1::LookupResponse& response);

  HubContext* const hub_;
  SyncStreams* const streams_;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVICES_EXCHANGE_SERVICE_H_
