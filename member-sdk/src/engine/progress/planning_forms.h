// Between the public types of vervet/progress_planning.h and the wire's.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_PROGRESS_PLANNING_FORMS_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_PROGRESS_PLANNING_FORMS_H_

#include <string>
#include <vector>

#include "vervet/progress_planning.h"
#include "vervet/v1/progress.pb.h"

namespace vervet::engine {

v1::PlanRequest ToProto(const PlanQuery& query);
SamplePlan FromProto(const v1::PlanResponse& response);
std::vector<ReleaseSummary> FromProto(const v1::ListReleasesResponse& response);
std::vector<PanelSummary> FromProto(const v1::ListPanelsResponse& response,
                                    const std::string& party);
Displacement FromProto(const v1::GetDisplacementResponse& response);

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_PROGRESS_PLANNING_FORMS_H_
