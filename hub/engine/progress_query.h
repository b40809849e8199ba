// The questions about progress: what the caller may know, as of which event, and why not.
#ifndef VERVET_HUB_ENGINE_PROGRESS_QUERY_H_
#define VERVET_HUB_ENGINE_PROGRESS_QUERY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/environment.h"
#include "hub/engine/progress_figures.h"
#include "hub/log/shared_state.h"
#include "vervet/v1/progress.pb.h"

namespace vervet::hub {

// Who asks, and whom. Everything is borrowed.
struct ProgressAsker {
  const SharedState* state;
  ProgressFigures* figures;
  Environment* env;
  std::string party;  // a member or a coordinator
  absl::Time now;
  // How long a series may compute estimates from nothing before it is UNAVAILABLE, to be asked
  // again.
  absl::Duration patience = absl::Seconds(3);

  bool IsCoordinator() const;
};

// All thread-safe; the errors are those of progress.proto, and nothing is answered then. The first
// four compute: not for gRPC's own threads.
absl::Status GetReduction(const ProgressAsker& asker, const v1::GetReductionRequest& request,
                          v1::GetReductionResponse* response);
absl::Status GetCoverage(const ProgressAsker& asker, const v1::GetCoverageRequest& request,
                         v1::GetCoverageResponse* response);
absl::Status GetSeries(const ProgressAsker& asker, const v1::GetSeriesRequest& request,
                       v1::GetSeriesResponse* response);
absl::Status PlanProgress(const ProgressAsker& asker, const v1::PlanRequest& request,
                          v1::PlanResponse* response);
absl::Status GetDisplacement(const ProgressAsker& asker, const v1::GetDisplacementRequest& request,
                             v1::GetDisplacementResponse* response);
absl::Status ListRestatements(const ProgressAsker& asker,
                              const v1::ListRestatementsRequest& request,
                              v1::ListRestatementsResponse* response);
absl::Status ListContributions(const ProgressAsker& asker,
                               const v1::ListContributionsRequest& request,
                               v1::ListContributionsResponse* response);
absl::Status ListReleases(const ProgressAsker& asker, const v1::ListReleasesRequest& request,
                          v1::ListReleasesResponse* response);
absl::Status GetDefinitions(const ProgressAsker& asker, const v1::GetDefinitionsRequest& request,
                            v1::GetDefinitionsResponse* response);
absl::Status ListPanels(const ProgressAsker& asker, const v1::ListPanelsRequest& request,
                        v1::ListPanelsResponse* response);
void GetProgressVersion(const ProgressAsker& asker, v1::GetProgressVersionResponse* response);

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_PROGRESS_QUERY_H_
