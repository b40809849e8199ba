// ShowRecord and ListRecords: what became of records, and what of it the caller may know.
#ifndef VERVET_HUB_ENGINE_RECORDS_QUERY_H_
#define VERVET_HUB_ENGINE_RECORDS_QUERY_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "hub/log/shared_state.h"
#include "hub/views/sync_positions.h"
#include "vervet/v1/records.pb.h"

namespace vervet::hub {

// Both thread-safe; `party` is the caller, a member or a coordinator; `positions` says how far
// members have applied. A coordinator in a region that none of a record's groups permits gets it
// without its facts and without what members wrote about it. At most kMaxOpinionsShown opinions of
// a record, the newest; ListRecords also ends an answer at kMaxRecordListBytes, and walks over
// every record that anything happened to: not for gRPC's own threads. Errors as in records.proto;
// nothing is answered then.
absl::Status ShowRecord(absl::string_view party, const v1::ShowRecordRequest& request,
                        const SharedState& state, const SyncPositions& positions, absl::Time now,
                        v1::RecordStatus* response);
absl::Status ListRecords(absl::string_view party, const v1::ListRecordsRequest& request,
                         const SharedState& state, const SyncPositions& positions, absl::Time now,
                         v1::ListRecordsResponse* response);

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_RECORDS_QUERY_H_
