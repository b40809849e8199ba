#include "hub/engine/audit.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/log/proof.h"
#include "hub/engine/fields.h"
#include "hub/engine/record_access.h"

namespace vervet::hub {
namespace {

absl::Status CheckSize(absl::string_view field, uint64_t size, EventLog& log) {
  const uint64_t newest = log.Position().size;
  if (size <= newest) return absl::OkStatus();
  return absl::OutOfRangeError(absl::StrCat(field, ": the log has ", newest, " events, not ", size,
                                            "; ask for a size up to that"));
}

absl::StatusOr<v1::SignedTreeHead> HeadOf(uint64_t size, HeadSigner& heads) {
  if (size == 0) return heads.Current();
  return heads.At(size);
}

template <typename Repeated>
absl::Status FillProof(absl::Span<const log::LeafRange> ranges, EventLog& log, Repeated* proof) {
  VERVET_ASSIGN_OR_RETURN(
      const std::vector<log::Hash> roots,
      log::RootsOf(ranges, [&](const log::LeafRange& range) { return log.RangeRoot(range); }));
  for (const log::Hash& root : roots) proof->Add(std::string(log::AsBytes(root)));
  return absl::OkStatus();
}

// Coordinators are shown what becomes of every record, so that it exists is no secret to them.
absl::StatusOr<uint64_t> SequenceOf(absl::string_view party, v1::Role role,
                                    const std::string& record_id, const SharedState& state) {
  VERVET_RETURN_IF_ERROR(CheckRecordId(record_id));
  return state.Read([&](const views::CoalitionState& folded) -> absl::StatusOr<uint64_t> {
    if (role == v1::COORDINATOR) {
      const views::RecordPtr record = folded.records.Find(record_id);
      if (record != nullptr) return record->sequence;
    }
    VERVET_ASSIGN_OR_RETURN(const views::RecordPtr record, FindForParty(folded, party, record_id));
    return record->sequence;
  });
}

absl::StatusOr<uint64_t> SequenceAskedFor(absl::string_view party, v1::Role role,
                                          const v1::ProveInclusionRequest& request,
                                          const SharedState& state) {
  switch (request.what_case()) {
    case v1::ProveInclusionRequest::kSequence:
      if (request.sequence() == 0) return Invalid("sequence", "events are counted from 1");
      return request.sequence();
    case v1::ProveInclusionRequest::kRecordId:
      return SequenceOf(party, role, request.record_id(), state);
    case v1::ProveInclusionRequest::WHAT_NOT_SET:
      break;
  }
  return Invalid("sequence", "is missing; name an event by it, or by its record_id");
}

}  // namespace

absl::Status ProveInclusion(absl::string_view party, v1::Role role,
                            const v1::ProveInclusionRequest& request, const AuditSources& sources,
                            v1::ProveInclusionResponse* response) {
  VERVET_ASSIGN_OR_RETURN(const uint64_t sequence,
                          SequenceAskedFor(party, role, request, *sources.state));
  VERVET_RETURN_IF_ERROR(CheckSize("size", request.size(), *sources.log));
  VERVET_ASSIGN_OR_RETURN(v1::SignedTreeHead head, HeadOf(request.size(), *sources.heads));
  if (sequence > head.size()) {
    return absl::OutOfRangeError(absl::StrCat("sequence: event ", sequence,
                                              " is not in the tree of the first ", head.size()));
  }
  VERVET_ASSIGN_OR_RETURN(const auto events, sources.log->Read(sequence, 1, 1));
  if (events.empty()) return absl::DataLossError("an event of the log could not be read");
  const StoredEvent& event = *events.front();
  response->set_sequence(sequence);
  response->set_leaf_hash(std::string(log::AsBytes(event.leaf_hash)));
  const bool visible =
      !event.erased && sources.state->Read([&](const views::CoalitionState& folded) {
        return folded.roster.MaySee(party, role, event.parsed.header.audience());
      });
  if (visible) *response->mutable_event() = event.event;
  VERVET_RETURN_IF_ERROR(FillProof(log::InclusionRanges(sequence - 1, head.size()), *sources.log,
                                   response->mutable_path()));
  *response->mutable_head() = std::move(head);
  return absl::OkStatus();
}

absl::Status ProveConsistency(const v1::ProveConsistencyRequest& request,
                              const AuditSources& sources, v1::ProveConsistencyResponse* response) {
  if (request.old_size() == 0) {
    return Invalid("old_size", "must be at least 1: every log begins with no events");
  }
  VERVET_RETURN_IF_ERROR(CheckSize("new_size", request.new_size(), *sources.log));
  VERVET_RETURN_IF_ERROR(CheckSize("old_size", request.old_size(), *sources.log));
  VERVET_ASSIGN_OR_RETURN(v1::SignedTreeHead new_head, HeadOf(request.new_size(), *sources.heads));
  if (request.old_size() > new_head.size()) {
    return Invalid("old_size", absl::StrCat("must not be above new_size, ", new_head.size()));
  }
  VERVET_ASSIGN_OR_RETURN(*response->mutable_old_head(), sources.heads->At(request.old_size()));
  VERVET_RETURN_IF_ERROR(FillProof(log::ConsistencyRanges(request.old_size(), new_head.size()),
                                   *sources.log, response->mutable_proof()));
  *response->mutable_new_head() = std::move(new_head);
  return absl::OkStatus();
}

}  // namespace vervet::hub
