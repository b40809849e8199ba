// Follows the hub's log and believes nothing: no gap, no second version of a sequence number, and
// every signed head must be the root of what was received.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_SYNC_LOG_FOLLOWER_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_SYNC_LOG_FOLLOWER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/log/event.h"
#include "core/log/log_report.h"
#include "core/log/merkle.h"
#include "member-sdk/src/engine/sync/sync_frame.h"
#include "member-sdk/src/vault/rows.h"
#include "vervet/v1/exchange.pb.h"

namespace vervet::engine {

// As log::ParseEvent, but an event of a kind that this SDK does not know (a newer hub's) has an
// empty body, which every view passes over: an old member must not fall off the log.
absl::StatusOr<log::ParsedEvent> ReadEvent(absl::string_view header, absl::string_view body);
// The same, into memory that the last event of `parsed` has allocated.
absl::Status ReadEvent(absl::string_view header, absl::string_view body, log::ParsedEvent* parsed);

// Parsed events one after the other. Cleared, they keep their memory: an event is some twenty
// allocations, and a first sync brings millions.
class ParsedEvents {
 public:
  // One more, which holds whatever it held in an earlier use.
  log::ParsedEvent& Add() {
    if (size_ == slots_.size()) slots_.emplace_back();
    return slots_[size_++];
  }
  void Clear() { size_ = 0; }

  size_t size() const { return size_; }
  const log::ParsedEvent* data() const { return slots_.data(); }
  const log::ParsedEvent* begin() const { return data(); }
  const log::ParsedEvent* end() const { return data() + size_; }
  const log::ParsedEvent& operator[](size_t i) const { return slots_[i]; }

 private:
  std::vector<log::ParsedEvent> slots_;
  size_t size_ = 0;
};

// Entries that were found in order, still to be stored.
struct ReceivedBatch {
  vault::PackedEvents stored;  // the visible ones
  ParsedEvents events;         // the same, parsed
  std::vector<vault::PinnedKey> new_pins;
  log::MerkleFrontier frontier;  // over everything up to and with this batch
};

// Pure computation: no threads, no I/O. Not thread-safe.
//
// DATA_LOSS is final: the hub's log is not the one that this member has followed (a restored
// backup, a forged or split view). Every other error is a fault of this stream, and another attempt
// may do better.
class LogFollower {
 public:
  LogFollower(std::string log_public_key, std::string coalition)
      : log_public_key_(std::move(log_public_key)), coalition_(std::move(coalition)) {}

  // Where the vault stands. DATA_LOSS for a stored head that does not parse.
  absl::Status Restore(const vault::LogPosition& position, std::vector<vault::PinnedKey> pins);

  // For the Hello of a new stream, which starts behind the last batch that was stored.
  v1::SyncHello BeginSession();

  // Makes `batch` the entries from `first` on, up to the point where a rewind ends or to the end of
  // the frame; sets *first behind them. ABORTED: a gap, a repetition, or bytes that do not parse.
  // DATA_LOSS: a root that differs from a signed head, or another key for an epoch that has one.
  absl::Status Accept(const SyncFrame& frame, size_t* first, ReceivedBatch* batch);
  // After the batch is durable.
  void Stored(const ReceivedBatch& batch, bool begin_rewind);

  // DATA_LOSS: not signed by the pinned key, smaller than one seen before, or another root than the
  // member's own at that size. True: verified, and equal to the member's tree now; the head is to
  // be stored.
  absl::StatusOr<bool> AcceptHead(const v1::SignedTreeHead& head);

  // Adds both heads to a DATA_LOSS with which the hub itself ended the stream.
  absl::Status RefusedByHub(const absl::Status& status);
  // Of the current stream, where it ended with DATA_LOSS because of the log's history: what the
  // report names.
  const std::optional<log::Dispute>& dispute() const { return dispute_; }

  uint64_t position() const { return frontier_.size(); }
  log::Hash root() const { return frontier_.Root(); }
  bool rewinding() const { return rewind_until_ != 0; }
  bool EndsRewind(const ReceivedBatch& batch) const {
    return rewinding() && batch.frontier.size() == rewind_until_;
  }
  // The size of the last verified head.
  uint64_t verified_size() const { return last_head_.size(); }
  // The largest size that a signed head of this stream has named.
  uint64_t known_size() const { return known_size_; }
  const v1::SignedTreeHead& last_head() const { return last_head_; }
  // As in vault::LogPosition.
  uint64_t visibility_floor() const { return visibility_floor_; }

 private:
  absl::Status AppendEntry(const SyncFrame::Entry& entry, ReceivedBatch* batch) const;
  absl::Status CheckPin(const v1::SignatureTypeAnnounced& announced, ReceivedBatch* batch) const;
  // Compares the tree with a signed head of its size, where there is one.
  absl::Status CheckRoot(const log::MerkleFrontier& frontier);
  // DATA_LOSS that names both heads, and notes them: the last verified one, or `known`, and
  // `shown`. `tree` is what was computed.
  absl::Status Refuse(absl::string_view what, const log::MerkleFrontier& tree,
                      const std::optional<v1::SignedTreeHead>& shown,
                      const v1::SignedTreeHead& known);

  const std::string log_public_key_;
  const std::string coalition_;

  log::MerkleFrontier frontier_;  // what is durable
  v1::SignedTreeHead last_head_;  // verified
  uint64_t rewind_until_ = 0;
  std::string rewind_root_;
  uint64_t visibility_floor_ = 0;
  std::map<std::pair<v1::SignatureType, uint32_t>, std::string> pins_;

  // Of the current stream.
  bool saw_message_ = false;
  uint64_t hello_position_ = 0;
  uint64_t known_size_ = 0;
  std::optional<v1::SignedTreeHead> shown_head_;  // the newest that came
  std::optional<log::Dispute> dispute_;
  std::map<uint64_t, v1::SignedTreeHead> heads_ahead_;  // signed, of sizes not reached yet
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_SYNC_LOG_FOLLOWER_H_
