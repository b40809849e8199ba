// The Budgets service: grants, canaries, alerts, and what each member has used.
#ifndef VERVET_HUB_SERVICES_BUDGETS_SERVICE_H_
#define VERVET_HUB_SERVICES_BUDGETS_SERVICE_H_

#include "hub/services/hub_context.h"
#include "vervet/v1/budgets.grpc.pb.h"

namespace vervet::hub {

class BudgetsService final : public v1::Budgets::CallbackService {
 public:
  explicit BudgetsService(HubContext* hub) : hub_(hub) {}

  grpc::ServerUnaryReactor* Grant(grpc::CallbackServerContext* context,
                                  const v1::GrantRequest* request,
                                  v1::GrantResponse* response) override;
  grpc::ServerUnaryReactor* ListBudgets(grpc::CallbackServerContext* context,
                                        const v1::ListBudgetsRequest* request,
                                        v1::ListBudgetsResponse* response) override;
  grpc::ServerUnaryReactor* MarkCanary(grpc::CallbackServerContext* context,
                                       const v1::MarkCanaryRequest* request,
                                       v1::MarkCanaryResponse* response) override;
  grpc::ServerUnaryReactor* ListAlerts(grpc::CallbackServerContext* context,
                                       const v1::ListAlertsRequest* request,
                                       v1::ListAlertsResponse* response) override;
  grpc::ServerUnaryReactor* CloseAlert(grpc::CallbackServerContext* context,
                                       const v1::CloseAlertRequest* request,
                                       v1::CloseAlertResponse* response) override;

 private:
  HubContext* const hub_;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVICES_BUDGETS_SERVICE_H_
