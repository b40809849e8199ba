// What the vault keeps, as values.
#ifndef VERVET_MEMBER_SDK_SRC_VAULT_ROWS_H_
#define VERVET_MEMBER_SDK_SRC_VAULT_ROWS_H_

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/log/merkle.h"
#include "core/oprf/token.h"
#include "member-sdk/src/vault/packed_events.h"
#include "vervet/v1/types.pb.h"

namespace vervet::vault {

// HMAC-SHA256(local key, type ‖ rules version ‖ canonical form): finds a cached token without
// keeping the identifier.
using CacheKey = std::array<uint8_t, 32>;

// The VOPRF public key of a type and epoch, as the log first announced it.
struct PinnedKey {
  v1::SignatureType type = v1::SIGNATURE_TYPE_UNSPECIFIED;
  uint32_t epoch = 0;
  std::string public_key;  // 32 bytes
};

// Where this member stands in the log.
struct LogPosition {
  log::MerkleFrontier frontier;  // over everything received; its size is the position
  std::string last_head;         // the last verified SignedTreeHead, serialised; empty: none yet
  // While the log is read again from its start (a group was joined): up to where, and the root that
  // must come out.
  uint64_t rewind_until = 0;  // 0: not rewinding
  std::string rewind_root;
  // The log's size when the hub began to answer the stream that started at the log's beginning:
  // everything up to here was chosen by the groups of that moment, so a group joined before it
  // brings nothing new.
  uint64_t visibility_floor = 0;
  bool purge_due = false;  // a group was left, and its records are still stored
  bool scrub_due = false;  // records were erased, and the write-ahead log was not emptied since
  // The log's size when this vault first met the hub: what ended before was another's to remedy.
  std::optional<uint64_t> first_met;
};

// What a RecordErased asks for.
struct ErasedRecord {
  std::string record_id;
  std::vector<uint64_t> sequences;  // of the events to delete
};

// One step forward, committed as a whole.
struct LogBatch {
  PackedEvents events;          // a sequence that is there already is replaced
  std::vector<PinnedKey> pins;  // a pin that is there already stays
  log::MerkleFrontier frontier;
  uint64_t visibility_floor = 0;
  bool begin_rewind = false;  // go back to the start once this batch is stored
  bool end_rewind = false;    // this batch reaches `rewind_until`
  bool purge_due = false;
  // Deleted with everything about them but who is owed a remedy; after `events` were stored.
  std::vector<ErasedRecord> erased;
};

struct CachedToken {
  int64_t id = 0;
  CacheKey key = {};
  v1::SignatureType type = v1::SIGNATURE_TYPE_UNSPECIFIED;
  uint32_t rules_version = 0;
  uint32_t epoch = 0;
  oprf::Token token;
};

struct NewToken {
  CachedToken token;    // without id
  std::string element;  // N, 32 bytes
};

enum class OutboxKind {
  kPublish = 1,
  kRetract = 2,
  kOpine = 3,
  kAnswer = 4,
  kSighting = 5,
  kAcknowledge = 6,
  kErase = 7,
  kContribute = 8,
  kQuarantine = 9,
};
enum class OutboxState { kDraft = 0, kBuilt = 1, kDelivered = 2, kRefused = 3 };

// An identifier of an unsent publication: the only raw data that the vault ever holds. No
// operator<< on purpose.
struct OutboxIdentifier {
  v1::SignatureType type = v1::SIGNATURE_TYPE_UNSPECIFIED;
  uint32_t rules_version = 0;
  std::string canonical;
};

struct OutboxEntry {
  int64_t id = 0;
  std::string request_id;  // 16 bytes
  OutboxKind kind = OutboxKind::kPublish;
  OutboxState state = OutboxState::kDraft;
  // The serialised request of its kind. A publication's draft lacks the signatures; once built, the
  // bytes never change, so that every retry is the same request. Empty when done.
  std::string request;
  std::vector<OutboxIdentifier> identifiers;  // empty when done
  std::optional<int64_t> lifetime_s;
  std::string subject_reference;
  // 16 bytes: what it is about; of a publication, its outcome. Empty for a retraction.
  std::string record_id;
  // The outcome.
  uint64_t sequence = 0;
  int64_t answer_due_us = 0;  // of a dispute
  absl::Status status;
};

struct OutboxCounts {
  uint64_t pending = 0;
  uint64_t refused = 0;
};

// One reported match: the marks that make on_match at least once, and not again and again.
struct Report {
  std::string publisher;
  std::vector<std::string> references;  // of which the platform was told
  std::vector<std::string> telling;     // of which it may have been told
  // By which picture of the record, where it was by one: packed evidence
  // (engine/images/evidence.h), by reference.
  std::map<std::string, std::string> images;
};

// One reference that was told of one record.
struct ReportMark {
  std::string record_id;
  std::string publisher;
  std::string reference;
  std::string image = {};  // packed evidence; empty: an identifier matched
};

// Somebody whom a record matched, and what was done about it. Without an action: only matched.
struct AffectedRow {
  std::string reference;
  std::string action;
  int64_t when_us = 0;
  std::string image = {};  // packed evidence of the match, where a picture matched
};

// What the hub was told of matches of one record, and what it should be told.
struct SightingRow {
  uint32_t matched = 0;  // subjects, now
  int64_t first_us = 0;
  uint32_t reported = 0;    // subjects, as last reported
  int64_t reported_us = 0;  // when
};

enum class RemedyState { kOpen = 0, kQueued = 1, kDelivered = 2, kRefused = 3 };

// A record that was retracted or erased, and what the member says that it did.
struct RemedyRow {
  std::string record_id;
  uint64_t ended_sequence = 0;
  bool erased = false;
  bool told = false;  // on_match_ended has named who is affected
  RemedyState state = RemedyState::kOpen;
  int outcome = 0;  // v1::RemedyOutcome of the last acknowledgement; 0: none
  uint32_t subjects = 0;
  std::string request_id;  // of the last acknowledgement
  std::string refusal;     // why the hub refused it
};

// A person's objection that was carried to the publisher.
struct ObjectionRow {
  int64_t id = 0;
  std::string record_id;
  std::string reference;
  std::string request_id;
  int64_t filed_us = 0;
  uint64_t sequence = 0;      // of the opinion; 0: not delivered yet
  int64_t answer_due_us = 0;  // 0: not delivered yet
  bool refused = false;       // by the hub
  std::string refusal;        // why
  int state = 0;              // ObjectionState, as last told
};

// What the outbox promises and the notes that go with it, stored together.
struct FollowUp {
  struct Acknowledgement {
    std::string record_id;
    uint64_t ended_sequence = 0;
    bool erased = false;
    int outcome = 0;
    uint32_t subjects = 0;
    std::string request_id;
  };
  std::vector<OutboxEntry> entries;
  std::vector<Acknowledgement> acknowledgements;
  struct Sighting {
    std::string record_id;
    uint32_t subjects = 0;
  };
  std::vector<Sighting> sightings;
};

// The hashes of one picture that was checked.
struct KeptImage {
  int64_t id = 0;
  std::string hashes;  // 32 bytes each: one, or the eight of ImageVariant in its order
  int quality = 0;
  std::optional<int> radius;  // that the check asked for
  int64_t first_us = 0;
  int64_t checked_us = 0;               // last; as exact as a day
  std::vector<std::string> references;  // where asked for
};

// What a picture of somebody's record matched in one hour.
struct ImageHits {
  std::string record_id;
  std::string hash;  // 32 bytes
  int64_t hour = 0;  // since 1970
  uint32_t matches = 0;
};

// A picture of somebody's record that was set aside, or was until a person released it.
struct QuarantineRow {
  std::string record_id;
  std::string hash;
  int quality = 0;
  int64_t since_us = 0;
  uint32_t matches = 0;
  uint32_t window_s = 0;
  uint64_t set_aside = 0;
  int64_t released_us = 0;  // 0: set aside
};

// What is held of one person.
struct SubjectTokens {
  struct Row {
    CachedToken token;
    int64_t since_us = 0;  // 0: not known
    std::vector<std::string> references;
  };
  std::vector<Row> rows;
};

struct SubjectMatch {
  std::string record_id;
  std::string reference;
  int64_t first_us = 0;
};

struct SubjectAction {
  std::string record_id;
  std::string reference;
  std::string action;
  int64_t noted_us = 0;
};

struct ErasedSubject {
  std::vector<CacheKey> deleted_tokens;
  std::vector<KeptImage> deleted_images;
  uint64_t shared_tokens = 0;
  uint64_t references = 0;
  uint64_t matches = 0;
  uint64_t actions = 0;
  uint64_t objections = 0;
  std::vector<std::string> records;  // whose matches were among them
};

}  // namespace vervet::vault

#endif  // VERVET_MEMBER_SDK_SRC_VAULT_ROWS_H_
