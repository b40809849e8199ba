#include "hub/services/negative_list_service.h"

#include <utility>

#include "hub/engine/negative_list.h"
#include "hub/services/unary_call.h"

namespace vervet::hub {
namespace {

// Appends the change; the answer says where the image stands after it.
template <typename Request, typename Response>
grpc::ServerUnaryReactor* Change(HubContext* hub, const UnaryCall& call,
                                 absl::StatusOr<Command> command, const Request* request,
                                 Response* response) {
  call.Append(std::move(command), [hub, request, response](const RequestOutcome& outcome) {
    response->set_sequence(outcome.sequence);
    response->set_in_force(
        hub->state->Read([&](const HubState& state) { return IsInForce(state, request->hash()); }));
  });
  return call.reactor();
}

}  // namespace

grpc::ServerUnaryReactor* NegativeListService::MarkHarmless(grpc::CallbackServerContext* context,
                                                            const v1::MarkHarmlessRequest* request,
                                                            v1::MarkHarmlessResponse* response) {
  const UnaryCall call(hub_, context, "MarkHarmless");
  return Change(hub_, call, MarkHarmlessCommand(call.party(), *request), request, response);
}

grpc::ServerUnaryReactor* NegativeListService::ClearHarmless(
    grpc::CallbackServerContext* context, const v1::ClearHarmlessRequest* request,
    v1::ClearHarmlessResponse* response) {
  const UnaryCall call(hub_, context, "ClearHarmless");
  return Change(hub_, call, ClearHarmlessCommand(call.party(), *request), request, response);
}

grpc::ServerUnaryReactor* NegativeListService::ListHarmless(grpc::CallbackServerContext* context,
                                                            const v1::ListHarmlessRequest* request,
                                                            v1::ListHarmlessResponse* response) {
  const UnaryCall call(hub_, context, "ListHarmless");
  call.Finish(hub::ListHarmless(*request, *hub_->state, response));
  return call.reactor();
}

}  // namespace vervet::hub
