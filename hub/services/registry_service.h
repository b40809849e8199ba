// The Registry service: the roster's changes and its listing.
#ifndef VERVET_HUB_SERVICES_REGISTRY_SERVICE_H_
#define VERVET_HUB_SERVICES_REGISTRY_SERVICE_H_

#include "hub/services/hub_context.h"
#include "vervet/v1/registry.grpc.pb.h"

namespace vervet::hub {

class RegistryService final : public v1::Registry::CallbackService {
 public:
  explicit RegistryService(HubContext* hub) : hub_(hub) {}

  grpc::ServerUnaryReactor* Admit(grpc::CallbackServerContext* context,
                                  const v1::AdmitRequest* request,
                                  v1::ChangeResponse* response) override;
  grpc::ServerUnaryReactor* Suspend(grpc::CallbackServerContext* context,
                                    const v1::SuspendRequest* request,
                                    v1::ChangeResponse* response) override;
  grpc::ServerUnaryReactor* Reinstate(grpc::CallbackServerContext* context,
                                      const v1::ReinstateRequest* request,
                                      v1::ChangeResponse* response) override;
  grpc::ServerUnaryReactor* CreateGroup(grpc::CallbackServerContext* context,
                                        const v1::CreateGroupRequest* request,
                                        v1::ChangeResponse* response) override;
  grpc::ServerUnaryReactor* JoinGroup(grpc::CallbackServerContext* context,
                                      const v1::JoinGroupRequest* request,
                                      v1::ChangeResponse* response) override;
  grpc::ServerUnaryReactor* LeaveGroup(grpc::CallbackServerContext* context,
                                       const v1::LeaveGroupRequest* request,
                                       v1::ChangeResponse* response) override;
  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context,
                                 const v1::ListRequest* request,
                                 v1::ListResponse* response) override;

 private:
  HubContext* const hub_;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVICES_REGISTRY_SERVICE_H_
