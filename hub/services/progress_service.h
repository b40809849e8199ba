// The Progress service: contributions, definitions, panels, releases, and the figures.
#ifndef VERVET_HUB_SERVICES_PROGRESS_SERVICE_H_
#define VERVET_HUB_SERVICES_PROGRESS_SERVICE_H_

#include <functional>

#include "core/base/work_pool.h"
#include "hub/engine/progress_figures.h"
#include "hub/engine/progress_query.h"
#include "hub/services/hub_context.h"
#include "hub/services/unary_call.h"
#include "vervet/v1/progress.grpc.pb.h"

namespace vervet::hub {

// Figures are computed on a thread of its own, one question after the other, so that neither gRPC's
// threads nor the curve arithmetic wait for them.
class ProgressService final : public v1::Progress::CallbackService {
 public:
  // Begins at once to compute what a page asks first.
  explicit ProgressService(HubContext* hub);

  // Answers what is queued; before the appender stops.
  void Stop() { pool_.Stop(); }

  grpc::ServerUnaryReactor* Contribute(grpc::CallbackServerContext* context,
                                       const v1::ContributeRequest* request,
                                       v1::ContributeResponse* response) override;
  grpc::ServerUnaryReactor* Define(grpc::CallbackServerContext* context,
                                   const v1::DefineRequest* request,
                                   v1::DefineResponse* response) override;
  grpc::ServerUnaryReactor* CreatePanel(grpc::CallbackServerContext* context,
                                        const v1::CreatePanelRequest* request,
                                        v1::CreatePanelResponse* response) override;
  grpc::ServerUnaryReactor* Release(grpc::CallbackServerContext* context,
                                    const v1::ReleaseRequest* request,
                                    v1::ReleaseResponse* response) override;
  grpc::ServerUnaryReactor* GetReduction(grpc::CallbackServerContext* context,
                                         const v1::GetReductionRequest* request,
                                         v1::GetReductionResponse* response) override;
  grpc::ServerUnaryReactor* GetCoverage(grpc::CallbackServerContext* context,
                                        const v1::GetCoverageRequest* request,
                                        v1::GetCoverageResponse* response) override;
  grpc::ServerUnaryReactor* GetSeries(grpc::CallbackServerContext* context,
                                      const v1::GetSeriesRequest* request,
                                      v1::GetSeriesResponse* response) override;
  grpc::ServerUnaryReactor* GetDisplacement(grpc::CallbackServerContext* context,
                                            const v1::GetDisplacementRequest* request,
                                            v1::GetDisplacementResponse* response) override;
  grpc::ServerUnaryReactor* Plan(grpc::CallbackServerContext* context,
                                 const v1::PlanRequest* request,
                                 v1::PlanResponse* response) override;
  grpc::ServerUnaryReactor* ListRestatements(grpc::CallbackServerContext* context,
                                             const v1::ListRestatementsRequest* request,
                                             v1::ListRestatementsResponse* response) override;
  grpc::ServerUnaryReactor* ListContributions(grpc::CallbackServerContext* context,
                                              const v1::ListContributionsRequest* request,
                                              v1::ListContributionsResponse* response) override;
  grpc::ServerUnaryReactor* ListReleases(grpc::CallbackServerContext* context,
                                         const v1::ListReleasesRequest* request,
                                         v1::ListReleasesResponse* response) override;
  grpc::ServerUnaryReactor* GetDefinitions(grpc::CallbackServerContext* context,
                                           const v1::GetDefinitionsRequest* request,
                                           v1::GetDefinitionsResponse* response) override;
  grpc::ServerUnaryReactor* ListPanels(grpc::CallbackServerContext* context,
                                       const v1::ListPanelsRequest* request,
                                       v1::ListPanelsResponse* response) override;
  grpc::ServerUnaryReactor* GetProgressVersion(grpc::CallbackServerContext* context,
                                               const v1::GetProgressVersionRequest* request,
                                               v1::GetProgressVersionResponse* response) override;

 private:
  ProgressAsker AskerFor(const std::string& party);
  // Computes what a page shows, a period at a time from the newest back; questions come in between.
  void WarmUp(size_t periods_back);
  // Runs `answer` on the pool and finishes the call; RESOURCE_EXHAUSTED where its queue is full.
  void Compute(const UnaryCall& call, std::function<absl::Status()> answer);
  // Runs `work`, which finishes the call itself.
  void Queue(const UnaryCall& call, std::function<void()> work);

  HubContext* const hub_;
  ProgressFigures figures_;
  WorkPool pool_;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVICES_PROGRESS_SERVICE_H_
