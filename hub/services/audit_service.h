// The Audit service: the log's signed head, and proofs against it.
#ifndef VERVET_HUB_SERVICES_AUDIT_SERVICE_H_
#define VERVET_HUB_SERVICES_AUDIT_SERVICE_H_

#include "hub/services/hub_context.h"
#include "vervet/v1/audit.grpc.pb.h"

namespace vervet::hub {

class AuditService final : public v1::Audit::CallbackService {
 public:
  explicit AuditService(HubContext* hub) : hub_(hub) {}

  grpc::ServerUnaryReactor* GetHead(grpc::CallbackServerContext* context,
                                    const v1::GetHeadRequest* request,
                                    v1::SignedTreeHead* response) override;
  grpc::ServerUnaryReactor* ProveInclusion(grpc::CallbackServerContext* context,
                                           const v1::ProveInclusionRequest* request,
                                           v1::ProveInclusionResponse* response) override;
  grpc::ServerUnaryReactor* ProveConsistency(grpc::CallbackServerContext* context,
                                             const v1::ProveConsistencyRequest* request,
                                             v1::ProveConsistencyResponse* response) override;

 private:
  // Of a proof: what is about the request is passed on, the store's own trouble is not.
  absl::Status ForCaller(const absl::Status& status) const;

  HubContext* const hub_;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVICES_AUDIT_SERVICE_H_
