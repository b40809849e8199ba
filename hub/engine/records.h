// What becomes of a record after it was published: from a request to a command for the log.
#ifndef VERVET_HUB_ENGINE_RECORDS_H_
#define VERVET_HUB_ENGINE_RECORDS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hub/engine/remedy_policy.h"
#include "hub/log/appender.h"
#include "vervet/v1/records.pb.h"

namespace vervet::hub {

// Each checks its request alone at once (INVALID_ARGUMENT with the field) and the rest against the
// state, in the log's order; the errors are those of records.proto. `done` is not set. `party` is
// the caller.
absl::StatusOr<Command> OpineCommand(absl::string_view party, const v1::OpineRequest& request,
                                     const RemedyPolicy& policy);
// Until when the publisher is to answer the dispute that the party's event `sequence` is, in
// microseconds since 1970; 0 where it no longer stands.
int64_t AnswerDueUs(const HubState& state, absl::string_view record_id, absl::string_view party,
                    uint64_t sequence);
absl::StatusOr<Command> AnswerDisputesCommand(absl::string_view party,
                                              const v1::AnswerDisputesRequest& request);
absl::StatusOr<Command> ReportSightingCommand(absl::string_view party,
                                              const v1::ReportSightingRequest& request);
// The alert's number, also where the same was raised before that day.
absl::StatusOr<Command> ReportQuarantineCommand(absl::string_view party,
                                                const v1::ReportQuarantineRequest& request);
absl::StatusOr<Command> AcknowledgeRemedyCommand(absl::string_view party,
                                                 const v1::AcknowledgeRemedyRequest& request);
absl::StatusOr<Command> EraseCommand(absl::string_view party, const v1::EraseRequest& request,
                                     const RemedyPolicy& policy);

// The hub's own: how often the record was met so far. Nothing happens where that was said already.
Command CountSightingsCommand(absl::string_view record_id);

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_RECORDS_H_
