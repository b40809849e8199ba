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
inline constexpr size_t kMaxReasonBytes = 512;  // of a retraction, an opinion, a suspension, ...

// Records: accounts of a member that one sighting or acknowledgement speaks of.
inline constexpr uint32_t kMaxSubjects = 1'000'000;
// Opinions and sightings that one record takes: the event of its erasure names each, in at most
// about 64 KiB. Answers, acknowledgements and the end itself are not refused for it.
inline constexpr size_t kMaxEventsAboutRecord = 10'000;
// Of these, by one member; the last stand. So no member alone can silence the others about a
// record.
inline constexpr size_t kMaxEventsAboutRecordByMember = 1'000;
// Acknowledgements of one record that a member has left when it has used these up.
inline constexpr size_t kMaxAcknowledgementsByMember = 100;
// ListRecords: entries of one answer.
inline constexpr uint32_t kMaxListedRecords = 1'000;
// ListRecords ends an answer before it grows above this, though never before its first entry.
inline constexpr size_t kMaxRecordListBytes = 1024 * 1024;
// ShowRecord and ListRecords: opinions of one record, the newest. With these and a remedy of each
// of kMaxParties an entry stays below gRPC's 4 MiB; the counts are of all opinions.
inline constexpr int kMaxOpinionsShown = 1'000;

// Registry.
inline constexpr size_t kMaxDisplayNameBytes = 128;
inline constexpr size_t kMaxTransferInstrumentBytes = 512;
inline constexpr size_t kMaxGroupNameBytes = 63;
inline constexpr size_t kMaxRegionsPerGroup = 256;
inline constexpr size_t kMaxParties = 10'000;
inline constexpr size_t kMaxGroups = 1'000;

// Budgets.
inline constexpr uint64_t kMaxGrantedEvaluations = 10'000'000'000;
inline constexpr int64_t kMaxGrantDays = 366;
inline constexpr size_t kMaxGrantsInForce = 16;  // of one member and type
inline constexpr size_t kMaxCanaries = 1'000;
inline constexpr size_t kMaxAlertsListed = 1'000;
// ListBudgets answers at most about so much; for more, name a party.
inline constexpr size_t kMaxBudgetListBytes = 3 * 1024 * 1024;

// Sync: what one message from the hub holds at most; an event is far below the second.
inline constexpr size_t kMaxSyncEntriesPerMessage = 1'024;
inline constexpr size_t kMaxSyncBytesPerMessage = 256 * 1024;
// All Sync messages of the hub that their readers have not taken yet, together. A stream that would
// exceed it waits; while one waits, who has taken nothing for kSlowReaderPatience
// (hub/services/sync_streams.h) is cut off.
inline constexpr size_t kMaxUnreadSyncBytes = 64 * 1024 * 1024;

}  // namespace vervet

#endif  // VERVET_CORE_BASE_WIRE_LIMITS_H_
