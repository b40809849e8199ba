// Releases: a period as members see it from then on.
#ifndef VERVET_HUB_ENGINE_PROGRESS_RELEASE_H_
#define VERVET_HUB_ENGINE_PROGRESS_RELEASE_H_

#include "absl/status/statusor.h"
#include "hub/engine/progress_query.h"
#include "hub/log/appender.h"
#include "vervet/v1/event.pb.h"

namespace vervet::hub {

// What would be released now: every figure of the period, and which of them may not be shown beside
// all that was shown before (progress/suppression.h). Computes for seconds where many members have
// contributed: not for gRPC's own threads. The errors are those of progress.proto.
absl::StatusOr<v1::PeriodReleased> PrepareRelease(const ProgressAsker& asker,
                                                  const v1::ReleaseRequest& request);

// Appends what was prepared; what was refused then is refused now, unless the request was answered
// before. ABORTED where anything was contributed, defined or released since: prepare again. `done`
// is not set.
absl::StatusOr<Command> ReleaseCommand(absl::string_view by, const v1::ReleaseRequest& request,
                                       const absl::StatusOr<v1::PeriodReleased>& prepared);

// Counts and figures for the answer.
void FillReleaseResponse(const v1::PeriodReleased& released, v1::ReleaseResponse* response);

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_PROGRESS_RELEASE_H_
