// The protocol's limits, in one place: what the hub refuses, and what the SDK therefore never
// sends. docs/protocol.md lists them; each is tested at the limit and one past it.
#ifndef VERVET_CORE_BASE_WIRE_LIMITS_H_
#define VERVET_CORE_BASE_WIRE_LIMITS_H_

#include <cstddef>
#include <cstdint>

namespace vervet {

// Evaluate: elements in one request, all types together. About 0.1 s of one core.
inline constexpr size_t kMaxEvaluateElements = 1'024;
// Lookup: tokens in one request.
inline constexpr size_t kMaxLookupTokens = 1'024;

// Publish.
inline constexpr size_t kRequestIdBytes = 16;
inline constexpr size_t kRecordIdBytes = 16;
inline constexpr size_t kMaxSignaturesPerRecord = 64;
inline constexpr size_t kMaxTaxaPerRecord = 32;
inline constexpr size_t kMaxTaxonBytes = 128;
inline constexpr size_t kMaxGroupsPerRecord = 16;
inline constexpr size_t kMaxFactBytes = 256;  // legal_entity, purpose, lawful_basis
inline constexpr size_t kMaxDecisionReferenceBytes = 128;
inline constexpr size_t kMaxReasonBytes = 512;  // retraction, suspension, reinstatement

// Registry.
inline constexpr size_t kMaxDisplayNameBytes = 128;
inline constexpr size_t kMaxTransferInstrumentBytes = 512;
inline constexpr size_t kMaxGroupNameBytes = 63;
inline constexpr size_t kMaxRegionsPerGroup = 256;
inline constexpr size_t kMaxParties = 10'000;
inline constexpr size_t kMaxGroups = 1'000;

// Sync: what one message from the hub holds at most; an event is far below the second.
inline constexpr size_t kMaxSyncEntriesPerMessage = 1'024;
inline constexpr size_t kMaxSyncBytesPerMessage = 256 * 1024;

}  // namespace vervet

#endif  // VERVET_CORE_BASE_WIRE_LIMITS_H_
