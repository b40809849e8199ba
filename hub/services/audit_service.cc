#include "hub/services/audit_service.h"

#include "core/net/identity.h"
#include "hub/engine/audit.h"
#include "hub/services/unary_call.h"

namespace vervet::hub {

absl::Status AuditService::ForCaller(const absl::Status& status) const {
  if (status.ok() || absl::IsInvalidArgument(status) || absl::IsOutOfRange(status) ||
      absl::IsNotFound(status)) {
    return status;
  }
  // As in a Sync stream: DATA_LOSS would tell the caller that the history was falsified.
  hub_->store_failed(status);
  return absl::UnavailableError("the hub cannot read its log; retry later");
}

grpc::ServerUnaryReactor* AuditService::GetHead(grpc::CallbackServerContext* context,
                                                const v1::GetHeadRequest*,
                                                v1::SignedTreeHead* response) {
  const UnaryCall call(hub_, context, "GetHead");
  *response = hub_->heads->Current();
  call.Finish(absl::OkStatus());
  return call.reactor();
}

grpc::ServerUnaryReactor* AuditService::ProveInclusion(grpc::CallbackServerContext* context,
                                                       const v1::ProveInclusionRequest* request,
                                                       v1::ProveInclusionResponse* response) {
  const UnaryCall call(hub_, context, "ProveInclusion");
  // Not the pump: its queue has room for the streams alone.
  call.OnArithmeticPool([this, call, request, response] {
    const auto caller = net::ParseParty(call.party());
    const v1::Role role = caller.ok() ? caller->role : v1::ROLE_UNSPECIFIED;
    call.Finish(ForCaller(hub::ProveInclusion(call.party(), role, *request,
                                              {hub_->log, hub_->state, hub_->heads}, response)));
  });
  return call.reactor();
}

grpc::ServerUnaryReactor* AuditService::ProveConsistency(grpc::CallbackServerContext* context,
                                                         const v1::ProveConsistencyRequest* request,
                                                         v1::ProveConsistencyResponse* response) {
  const UnaryCall call(hub_, context, "ProveConsistency");
  call.OnArithmeticPool([this, call, request, response] {
    call.Finish(ForCaller(
        hub::ProveConsistency(*request, {hub_->log, hub_->state, hub_->heads}, response)));
  });
  return call.reactor();
}

}  // namespace vervet::hub
