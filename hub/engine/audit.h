// Proofs about the log for whoever does not take the hub's word.
#ifndef VERVET_HUB_ENGINE_AUDIT_H_
#define VERVET_HUB_ENGINE_AUDIT_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "hub/log/event_log.h"
#include "hub/log/head_signer.h"
#include "hub/log/shared_state.h"
#include "vervet/v1/audit.pb.h"
#include "vervet/v1/types.pb.h"

namespace vervet::hub {

// What the proofs are made from. Borrowed.
struct AuditSources {
  EventLog* log;
  const SharedState* state;
  HeadSigner* heads;
};

// Both read the log, at most some thousand leaf hashes however long it is: not for a gRPC thread.
// Thread-safe. Errors: INVALID_ARGUMENT names the field; OUT_OF_RANGE: the log, or the size asked
// for, is shorter; NOT_FOUND: no such record that the caller may see. Every other error is the
// store's own. `response` is to be ignored then.
absl::Status ProveInclusion(absl::string_view party, v1::Role role,
                            const v1::ProveInclusionRequest& request, const AuditSources& sources,
                            v1::ProveInclusionResponse* response);
absl::Status ProveConsistency(const v1::ProveConsistencyRequest& request,
                              const AuditSources& sources, v1::ProveConsistencyResponse* response);

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_AUDIT_H_
