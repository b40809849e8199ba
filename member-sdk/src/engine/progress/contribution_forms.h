// Between the public types of progress and the wire's.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_PROGRESS_CONTRIBUTION_FORMS_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_PROGRESS_CONTRIBUTION_FORMS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "vervet/progress.h"
#include "vervet/v1/progress.pb.h"

namespace vervet::engine {

// Without a request id. An empty unit of an activity is taken from `definitions`, which may be
// null.
v1::ContributeRequest ToProto(const Contributions& batch, const std::string& party,
                              const v1::Definitions* definitions);

v1::GetReductionRequest ToProto(const ReductionQuery& query, const std::string& party);
v1::GetSeriesRequest ToProto(const SeriesQuery& query, const std::string& party);
void SetDays(const DayRange& days, v1::Days* out);

DayRange FromProto(const v1::Days& days);
Reason FromProto(const v1::Why& why);
Interval FromProto(const v1::FigureInterval& interval);
Survey FromProto(const v1::SurveyStratum& stratum);  // the stratum alone
FigureSource FromProto(const v1::AnswerBasis& basis);
TimePoint ToTime(int64_t micros);

// What this SDK does not know (a newer hub) becomes the first value of its enumeration.
Definitions FromProto(const v1::Definitions& definitions);
Reduction FromProto(const v1::GetReductionResponse& response);
SeriesAnswer FromProto(const v1::GetSeriesResponse& response);
Coverage FromProto(const v1::GetCoverageResponse& response, const std::string& party);
StoredContribution FromProto(const v1::ContributionLine& line);

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_PROGRESS_CONTRIBUTION_FORMS_H_
