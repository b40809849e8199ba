// What the vault keeps, as values.
#ifndef VERVET_MEMBER_SDK_SRC_VAULT_ROWS_H_
#define VERVET_MEMBER_SDK_SRC_VAULT_ROWS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/log/merkle.h"
#include "core/oprf/token.h"
#include "vervet/v1/types.pb.h"

namespace vervet::vault {

// HMAC-SHA256(local key, type ‖ rules version ‖ canonical form): finds a cached token without
// keeping the identifier.
using CacheKey = std::array<uint8_t, 32>;

// An event that this member may see, in the bytes that the leaf hash covers; the random bytes are
// not kept.
struct StoredEvent {
  uint64_t sequence = 0;
  std::string header;
  std::string body;
};

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
};

// One step forward, committed as a whole.
struct LogBatch {
  std::vector<StoredEvent> events;  // a sequence that is there already is replaced
  std::vector<PinnedKey> pins;      // a pin that is there already stays
  log::MerkleFrontier frontier;
  uint64_t visibility_floor = 0;
  bool begin_rewind = false;  // go back to the start once this batch is stored
  bool end_rewind = false;    // this batch reaches `rewind_until`
  bool purge_due = false;
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

enum class OutboxKind { kPublish = 1, kRetract = 2 };
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
  // Serialised PublishRequest or RetractRequest. A draft's lacks the signatures; once built, the
  // bytes never change, so that every retry is the same request. Empty when done.
  std::string request;
  std::vector<OutboxIdentifier> identifiers;  // empty when done
  std::optional<int64_t> lifetime_s;
  std::string subject_reference;
  // The outcome.
  std::string record_id;  // 16 bytes
  uint64_t sequence = 0;
  absl::Status status;
};

struct OutboxCounts {
  uint64_t pending = 0;
  uint64_t refused = 0;
};

// One reported match: the marks that make on_match at least once, and not again and again.
struct Report {
  std::string publisher;
  std::vector<std::string> references;
};

// One reference that was told of one record.
struct ReportMark {
  std::string record_id;
  std::string publisher;
  std::string reference;
};

}  // namespace vervet::vault

#endif  // VERVET_MEMBER_SDK_SRC_VAULT_ROWS_H_
