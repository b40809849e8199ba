// The NegativeList service: pictures that experts have marked harmless.
#ifndef VERVET_HUB_SERVICES_NEGATIVE_LIST_SERVICE_H_
#define VERVET_HUB_SERVICES_NEGATIVE_LIST_SERVICE_H_

#include "hub/services/hub_context.h"
#include "vervet/v1/negative_list.grpc.pb.h"

namespace vervet::hub {

// Thread-safe. Borrows the context.
class NegativeListService final : public v1::NegativeList::CallbackService {
 public:
  explicit NegativeListService(HubContext* hub) : hub_(hub) {}

  grpc::ServerUnaryReactor* MarkHarmless(grpc::CallbackServerContext* context,
                                         const v1::MarkHarmlessRequest* request,
                                         v1::MarkHarmlessResponse* response) override;
  grpc::ServerUnaryReactor* ClearHarmless(grpc::CallbackServerContext* context,
                                          const v1::ClearHarmlessRequest* request,
                                          v1::ClearHarmlessResponse* response) override;
  grpc::ServerUnaryReactor* ListHarmless(grpc::CallbackServerContext* context,
                                         const v1::ListHarmlessRequest* request,
                                         v1::ListHarmlessResponse* response) override;

 private:
  HubContext* const hub_;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVICES_NEGATIVE_LIST_SERVICE_H_
