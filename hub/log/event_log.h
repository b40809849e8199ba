// The append-only log: the one thing that the hub must never lose.
#ifndef VERVET_HUB_LOG_EVENT_LOG_H_
#define VERVET_HUB_LOG_EVENT_LOG_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/log/event.h"
#include "core/log/merkle.h"
#include "core/log/proof.h"

namespace vervet::hub {

// One event as stored. Immutable once appended, so it is shared between readers.
struct StoredEvent {
  v1::Event event;
  log::ParsedEvent parsed;
  log::Hash leaf_hash;
  // Body and random bytes were deleted: header and leaf hash are left, `parsed.body` is not set,
  // and nobody is sent more than the leaf hash.
  bool erased = false;

  uint64_t sequence() const { return parsed.header.sequence(); }
};
using StoredEventPtr = std::shared_ptr<const StoredEvent>;

// What a request's first answer was, kept so that a retry gets it again.
struct RequestOutcome {
  uint64_t sequence = 0;
  std::string record_id;  // 16 bytes; empty for requests that make no record
};

// (party, request_id) is unique in the log.
struct RequestKey {
  std::string party;
  std::string request_id;   // 16 bytes
  std::string fingerprint;  // 32 bytes: SHA-256 of what was asked, so that another body is noticed
};

struct AppendEntry {
  log::EventDraft draft;
  std::optional<RequestKey> request;
  std::string record_id;  // for the request's outcome
  // N of each signature of a published record, 32 bytes each, in order. Stored beside the event,
  // never in it, never sent.
  std::vector<std::string> elements;
  // Events that this one erases (a RecordErased): their body, random bytes, elements and requests'
  // fingerprints are deleted with its commit, and from every file with the next Tidy. May name
  // itself or later events never.
  std::vector<uint64_t> erases;
};

struct LogPosition {
  uint64_t size = 0;  // also the last sequence number
  log::Hash root;
};

// Append and FindRequest are called by one thread, the appender's; everything else from any.
class EventLog {
 public:
  virtual ~EventLog() = default;

  // All or nothing, and durable when it returns OK. Sequence numbers follow without gaps; each
  // event's time is the clock's, or its predecessor's where the clock went back. On an error
  // nothing is in memory; whether the batch is on disk is settled at the next start.
  virtual absl::StatusOr<std::vector<StoredEventPtr>> Append(
      absl::Span<const AppendEntry> batch) = 0;

  // Up to `limit` events from sequence `from` on, at least one (where there is one), then no more
  // than `max_bytes`.
  virtual absl::StatusOr<std::vector<StoredEventPtr>> Read(uint64_t from, size_t limit,
                                                           size_t max_bytes) = 0;

  // The first answer to this request, if there was one. ALREADY_EXISTS where it had another
  // fingerprint.
  virtual absl::StatusOr<std::optional<RequestOutcome>> FindRequest(const RequestKey& key) = 0;

  // True while something that was erased may still be in a file. Any thread.
  virtual bool TidyDue() const { return false; }
  // Tries to get rid of it, without waiting for readers elsewhere: what did not work now is tried
  // again by the next call. The appender's thread.
  virtual void Tidy() {}

  virtual LogPosition Position() = 0;
  // Root of the tree over the first `size` events. OUT_OF_RANGE above the log's size.
  virtual absl::StatusOr<log::Hash> RootAt(uint64_t size) = 0;
  // Root over a range of leaves that is a node of the tree, for proofs. OUT_OF_RANGE above the
  // log's size; INVALID_ARGUMENT for another range.
  virtual absl::StatusOr<log::Hash> RangeRoot(const log::LeafRange& range) = 0;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_LOG_EVENT_LOG_H_
