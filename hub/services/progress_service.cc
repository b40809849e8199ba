#include "hub/services/progress_service.h"

#include <utility>

#include "hub/engine/progress.h"
#include "hub/engine/progress_release.h"
#include "hub/engine/progress_warm_up.h"

namespace vervet::hub {
namespace {

// Questions that wait for the thread; a page asks about ten at a time.
constexpr size_t kQueuedQuestions = 256;

}  // namespace

ProgressService::ProgressService(HubContext* hub)
    : hub_(hub), figures_(hub->state), pool_("progress", 1, kQueuedQuestions) {
  (void)pool_.TrySubmit([this] { WarmUp(0); });
}

void ProgressService::WarmUp(size_t periods_back) {
  if (!WarmUpPeriod(AskerFor("coordinator/warm-up"), periods_back)) return;
  (void)pool_.TrySubmit([this, periods_back] { WarmUp(periods_back + 1); });
}

ProgressAsker ProgressService::AskerFor(const std::string& party) {
  return {hub_->state, &figures_, hub_->env, party, hub_->env->Now()};
}

void ProgressService::Queue(const UnaryCall& call, std::function<void()> work) {
  call.OnPool(pool_, "figures", std::move(work));
}

void ProgressService::Compute(const UnaryCall& call, std::function<absl::Status()> answer) {
  Queue(call, [call, answer = std::move(answer)] { call.Finish(answer()); });
}

grpc::ServerUnaryReactor* ProgressService::Contribute(grpc::CallbackServerContext* context,
                                                      const v1::ContributeRequest* request,
                                                      v1::ContributeResponse* response) {
  const UnaryCall call(hub_, context, "Contribute");
  call.Append(ContributeCommand(call.party(), *request),
              [request, response](const RequestOutcome& outcome) {
                response->set_first_sequence(outcome.sequence);
                response->set_stored(static_cast<uint32_t>(request->contributions_size()));
              });
  return call.reactor();
}

grpc::ServerUnaryReactor* ProgressService::Define(grpc::CallbackServerContext* context,
                                                  const v1::DefineRequest* request,
                                                  v1::DefineResponse* response) {
  const UnaryCall call(hub_, context, "Define");
  call.Append(DefineCommand(call.party(), *request),
              [request, response](const RequestOutcome& outcome) {
                response->set_sequence(outcome.sequence);
                response->set_version(request->after_version() + 1);
              });
  return call.reactor();
}

grpc::ServerUnaryReactor* ProgressService::CreatePanel(grpc::CallbackServerContext* context,
                                                       const v1::CreatePanelRequest* request,
                                                       v1::CreatePanelResponse* response) {
  const UnaryCall call(hub_, context, "CreatePanel");
  call.Append(
      CreatePanelCommand(call.party(), *request),
      [response](const RequestOutcome& outcome) { response->set_sequence(outcome.sequence); });
  return call.reactor();
}

grpc::ServerUnaryReactor* ProgressService::Release(grpc::CallbackServerContext* context,
                                                   const v1::ReleaseRequest* request,
                                                   v1::ReleaseResponse* response) {
  const UnaryCall call(hub_, context, "Release");
  Queue(call, [this, call, request, response] {
    const auto prepared = PrepareRelease(AskerFor(call.party()), *request);
    if (request->preview()) {
      if (prepared.ok()) FillReleaseResponse(*prepared, response);
      return call.Finish(prepared.status());
    }
    call.Append(ReleaseCommand(call.party(), *request, prepared),
                [this, response](const RequestOutcome& outcome) {
                  response->set_sequence(outcome.sequence);
                  hub_->state->Read([&](const HubState& state) {
                    for (const ProgressLedger::Release& release : state.progress.releases()) {
                      if (release.sequence != outcome.sequence) continue;
                      FillReleaseResponse(release.released, response);
                    }
                  });
                });
  });
  return call.reactor();
}

grpc::ServerUnaryReactor* ProgressService::GetReduction(grpc::CallbackServerContext* context,
                                                        const v1::GetReductionRequest* request,
                                                        v1::GetReductionResponse* response) {
  const UnaryCall call(hub_, context, "GetReduction");
  Compute(call, [this, call, request, response] {
    return hub::GetReduction(AskerFor(call.party()), *request, response);
  });
  return call.reactor();
}

grpc::ServerUnaryReactor* ProgressService::GetCoverage(grpc::CallbackServerContext* context,
                                                       const v1::GetCoverageRequest* request,
                                                       v1::GetCoverageResponse* response) {
  const UnaryCall call(hub_, context, "GetCoverage");
  Compute(call, [this, call, request, response] {
    return hub::GetCoverage(AskerFor(call.party()), *request, response);
  });
  return call.reactor();
}

grpc::ServerUnaryReactor* ProgressService::GetSeries(grpc::CallbackServerContext* context,
                                                     const v1::GetSeriesRequest* request,
                                                     v1::GetSeriesResponse* response) {
  const UnaryCall call(hub_, context, "GetSeries");
  Compute(call, [this, call, request, response] {
    return hub::GetSeries(AskerFor(call.party()), *request, response);
  });
  return call.reactor();
}

grpc::ServerUnaryReactor* ProgressService::GetDisplacement(
    grpc::CallbackServerContext* context, const v1::GetDisplacementRequest* request,
    v1::GetDisplacementResponse* response) {
  const UnaryCall call(hub_, context, "GetDisplacement");
  Compute(call, [this, call, request, response] {
    return hub::GetDisplacement(AskerFor(call.party()), *request, response);
  });
  return call.reactor();
}

grpc::ServerUnaryReactor* ProgressService::Plan(grpc::CallbackServerContext* context,
                                                const v1::PlanRequest* request,
                                                v1::PlanResponse* response) {
  const UnaryCall call(hub_, context, "Plan");
  Compute(call, [this, call, request, response] {
    return hub::PlanProgress(AskerFor(call.party()), *request, response);
  });
  return call.reactor();
}

grpc::ServerUnaryReactor* ProgressService::ListRestatements(
    grpc::CallbackServerContext* context, const v1::ListRestatementsRequest* request,
    v1::ListRestatementsResponse* response) {
  const UnaryCall call(hub_, context, "ListRestatements");
  Compute(call, [this, call, request, response] {
    return hub::ListRestatements(AskerFor(call.party()), *request, response);
  });
  return call.reactor();
}

grpc::ServerUnaryReactor* ProgressService::ListContributions(
    grpc::CallbackServerContext* context, const v1::ListContributionsRequest* request,
    v1::ListContributionsResponse* response) {
  const UnaryCall call(hub_, context, "ListContributions");
  Compute(call, [this, call, request, response] {
    return hub::ListContributions(AskerFor(call.party()), *request, response);
  });
  return call.reactor();
}

grpc::ServerUnaryReactor* ProgressService::ListReleases(grpc::CallbackServerContext* context,
                                                        const v1::ListReleasesRequest* request,
                                                        v1::ListReleasesResponse* response) {
  const UnaryCall call(hub_, context, "ListReleases");
  Compute(call, [this, call, request, response] {
    return hub::ListReleases(AskerFor(call.party()), *request, response);
  });
  return call.reactor();
}

grpc::ServerUnaryReactor* ProgressService::GetDefinitions(grpc::CallbackServerContext* context,
                                                          const v1::GetDefinitionsRequest* request,
                                                          v1::GetDefinitionsResponse* response) {
  const UnaryCall call(hub_, context, "GetDefinitions");
  Compute(call, [this, call, request, response] {
    return hub::GetDefinitions(AskerFor(call.party()), *request, response);
  });
  return call.reactor();
}

grpc::ServerUnaryReactor* ProgressService::ListPanels(grpc::CallbackServerContext* context,
                                                      const v1::ListPanelsRequest* request,
                                                      v1::ListPanelsResponse* response) {
  const UnaryCall call(hub_, context, "ListPanels");
  Compute(call, [this, call, request, response] {
    return hub::ListPanels(AskerFor(call.party()), *request, response);
  });
  return call.reactor();
}

grpc::ServerUnaryReactor* ProgressService::GetProgressVersion(
    grpc::CallbackServerContext* context, const v1::GetProgressVersionRequest*,
    v1::GetProgressVersionResponse* response) {
  const UnaryCall call(hub_, context, "GetProgressVersion");
  hub::GetProgressVersion(AskerFor(call.party()), response);
  call.Finish(absl::OkStatus());
  return call.reactor();
}

}  // namespace vervet::hub
