#include "member-sdk/src/engine/sync/log_follower.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/log/tree_head.h"
#include "member-sdk/src/engine/facts.h"

namespace vervet::engine {
namespace {

// A hub sends a head behind each batch; more of them ahead of the entries is nothing that a working
// hub does.
constexpr size_t kMaxHeadsAhead = 16;

constexpr char kAnotherLog[] = "the hub's log is not the one that this member has followed";

}  // namespace

absl::Status ReadEvent(absl::string_view header, absl::string_view body, log::ParsedEvent* parsed) {
  const absl::Status status = log::ParseEvent(header, body, parsed);
  if (status.ok() && v1::EventKind_IsValid(parsed->header.kind())) return status;
  log::ParsedEvent unknown;
  if (unknown.header.ParseFromArray(header.data(), static_cast<int>(header.size())) &&
      !v1::EventKind_IsValid(unknown.header.kind())) {
    *parsed = std::move(unknown);
    return absl::OkStatus();
  }
  return status;
}

absl::StatusOr<log::ParsedEvent> ReadEvent(absl::string_view header, absl::string_view body) {
  log::ParsedEvent parsed;
  VERVET_RETURN_IF_ERROR(ReadEvent(header, body, &parsed));
  return parsed;
}

absl::Status LogFollower::Restore(const vault::LogPosition& position,
                                  std::vector<vault::PinnedKey> pins) {
  frontier_ = position.frontier;
  rewind_until_ = position.rewind_until;
  rewind_root_ = position.rewind_root;
  visibility_floor_ = position.visibility_floor;
  if (!last_head_.ParseFromString(position.last_head)) {
    return absl::DataLossError("the vault's last tree head does not parse: restore a backup");
  }
  for (vault::PinnedKey& pin : pins) pins_[{pin.type, pin.epoch}] = std::move(pin.public_key);
  return absl::OkStatus();
}

v1::SyncHello LogFollower::BeginSession() {
  saw_message_ = false;
  hello_position_ = frontier_.size();
  // The group that made this member start again was joined before this stream begins.
  if (frontier_.size() == 0) visibility_floor_ = rewind_until_;
  known_size_ = 0;
  shown_head_.reset();
  dispute_.reset();
  heads_ahead_.clear();
  // While the log is read again, what was verified before must come out again.
  if (last_head_.size() > frontier_.size()) heads_ahead_[last_head_.size()] = last_head_;
  v1::SyncHello hello;
  hello.set_position(frontier_.size());
  if (frontier_.size() != 0) hello.set_root(std::string(log::AsBytes(frontier_.Root())));
  return hello;
}

absl::Status LogFollower::Refuse(absl::string_view what, const log::MerkleFrontier& tree,
                                 const std::optional<v1::SignedTreeHead>& shown,
                                 const v1::SignedTreeHead& known) {
  log::Dispute dispute;
  dispute.shown_head = shown;
  if (known.size() != 0) dispute.known_head = known;
  dispute.own_size = tree.size();
  dispute.own_root = tree.Root();
  dispute.finding = absl::StrCat(
      what, "; the hub showed ", shown ? log::DescribeHead(*shown) : "no signed head",
      ", this member knew ", known.size() != 0 ? log::DescribeHead(known) : "no signed head yet",
      ", and computed size ", tree.size(), " root ", ToHex(log::AsBytes(dispute.own_root)));
  dispute_ = std::move(dispute);
  return absl::DataLossError(dispute_->finding);
}

absl::Status LogFollower::RefusedByHub(const absl::Status& status) {
  if (dispute_) return status;
  return Refuse(absl::StrCat("the hub ended the stream: ", status.message()), frontier_,
                shown_head_, last_head_);
}

absl::Status LogFollower::CheckPin(const v1::SignatureTypeAnnounced& announced,
                                   ReceivedBatch* batch) const {
  const auto conflict = [&](const std::string& pinned) {
    if (pinned == announced.public_key()) return absl::OkStatus();
    return absl::DataLossError(absl::StrCat("the log announces another VOPRF key for ",
                                            SignatureTypeName(announced.type()), " epoch ",
                                            announced.epoch(), ": pinned ", ToHex(pinned),
                                            ", announced ", ToHex(announced.public_key())));
  };
  const auto pinned = pins_.find({announced.type(), announced.epoch()});
  if (pinned != pins_.end()) return conflict(pinned->second);
  for (const vault::PinnedKey& pin : batch->new_pins) {
    if (pin.type == announced.type() && pin.epoch == announced.epoch()) {
      return conflict(pin.public_key);
    }
  }
  batch->new_pins.push_back({announced.type(), announced.epoch(), announced.public_key()});
  return absl::OkStatus();
}

absl::Status LogFollower::AppendEntry(const SyncFrame::Entry& entry, ReceivedBatch* batch) const {
  const uint64_t sequence = batch->frontier.size() + 1;
  if (entry.is_hash) {
    auto hash = log::HashFromBytes(entry.leaf_hash);
    if (!hash.ok()) {
      return absl::AbortedError(absl::StrCat("sync entry ", sequence, ": a leaf hash has ",
                                             entry.leaf_hash.size(), " bytes instead of 32"));
    }
    batch->frontier.Append(*hash);
    return absl::OkStatus();
  }
  if (!entry.is_event) {
    return absl::AbortedError(absl::StrCat("sync entry ", sequence, " is empty"));
  }
  if (entry.random.size() != log::kEventRandomBytes) {
    return absl::AbortedError(absl::StrCat("sync entry ", sequence, " has ", entry.random.size(),
                                           " random bytes instead of ", log::kEventRandomBytes));
  }
  log::ParsedEvent& parsed = batch->events.Add();
  const absl::Status read = ReadEvent(entry.header, entry.body, &parsed);
  if (!read.ok()) {
    return absl::AbortedError(absl::StrCat("sync entry ", sequence, ": ", read.message()));
  }
  if (parsed.header.sequence() != sequence) {
    return absl::AbortedError(absl::StrCat("the hub sent event ", parsed.header.sequence(),
                                           " where ", sequence,
                                           " comes next: a gap or a repetition"));
  }
  // Pictures have no key.
  if (parsed.body.has_signature_type_announced() &&
      parsed.body.signature_type_announced().type() != v1::IMAGE_PDQ) {
    VERVET_RETURN_IF_ERROR(CheckPin(parsed.body.signature_type_announced(), batch));
  }
  batch->frontier.Append(log::LeafHash(entry.header, entry.body, entry.random));
  batch->stored.Add(sequence, entry.header, entry.body);
  return absl::OkStatus();
}

absl::Status LogFollower::CheckRoot(const log::MerkleFrontier& frontier) {
  const auto head = heads_ahead_.find(frontier.size());
  const bool rewound = rewinding() && frontier.size() == rewind_until_;
  if (head == heads_ahead_.end() && !rewound) return absl::OkStatus();
  const log::Hash hash = frontier.Root();
  const absl::string_view root = log::AsBytes(hash);
  if (head != heads_ahead_.end() && head->second.root() != root) {
    return Refuse(kAnotherLog, frontier, head->second, last_head_);
  }
  if (rewound && rewind_root_ != root) {
    return Refuse(absl::StrCat("the hub sent another history than before: at size ",
                               frontier.size(), " the root was ", ToHex(rewind_root_)),
                  frontier, shown_head_, last_head_);
  }
  return absl::OkStatus();
}

absl::Status LogFollower::Accept(const SyncFrame& frame, size_t* first, ReceivedBatch* batch) {
  saw_message_ = true;
  batch->stored.Clear();
  batch->events.Clear();
  batch->new_pins.clear();
  batch->frontier = frontier_;
  while (*first < frame.size()) {
    VERVET_RETURN_IF_ERROR(AppendEntry(frame[*first], batch));
    ++*first;
    VERVET_RETURN_IF_ERROR(CheckRoot(batch->frontier));
    if (EndsRewind(*batch)) break;
  }
  return absl::OkStatus();
}

void LogFollower::Stored(const ReceivedBatch& batch, bool begin_rewind) {
  if (EndsRewind(batch)) {
    rewind_until_ = 0;
    rewind_root_.clear();
  }
  frontier_ = batch.frontier;
  for (const vault::PinnedKey& pin : batch.new_pins) pins_[{pin.type, pin.epoch}] = pin.public_key;
  if (begin_rewind) {
    rewind_until_ = frontier_.size();
    rewind_root_ = std::string(log::AsBytes(frontier_.Root()));
    frontier_ = log::MerkleFrontier();
  } else {
    // A head that was ahead has been compared in Accept.
    const auto reached = heads_ahead_.upper_bound(frontier_.size());
    for (auto it = heads_ahead_.begin(); it != reached; ++it) {
      if (it->second.size() >= last_head_.size()) last_head_ = it->second;
    }
    heads_ahead_.erase(heads_ahead_.begin(), reached);
  }
}

absl::StatusOr<bool> LogFollower::AcceptHead(const v1::SignedTreeHead& head) {
  shown_head_ = head;
  const absl::Status verified = log::VerifyTreeHead(log_public_key_, coalition_, head);
  if (!verified.ok()) return Refuse(verified.message(), frontier_, head, last_head_);
  const bool opening = !std::exchange(saw_message_, true);
  const bool rolled_back =
      head.size() < last_head_.size() || (opening && !rewinding() && head.size() < hello_position_);
  const bool split =
      head.size() == last_head_.size() && head.size() != 0 && head.root() != last_head_.root();
  if (rolled_back || split) return Refuse(kAnotherLog, frontier_, head, last_head_);
  if (opening && hello_position_ == 0) {
    visibility_floor_ = std::max(visibility_floor_, head.size());
  }
  known_size_ = std::max(known_size_, head.size());
  if (head.size() > frontier_.size()) {
    const auto [it, inserted] = heads_ahead_.try_emplace(head.size(), head);
    if (!inserted && it->second.root() != head.root()) {
      return Refuse("the hub signed two histories", frontier_, head, it->second);
    }
    if (heads_ahead_.size() > kMaxHeadsAhead) heads_ahead_.erase(std::prev(heads_ahead_.end(), 2));
    return false;
  }
  if (head.size() < frontier_.size()) return false;  // late: nothing to compare it with any more
  const log::Hash root = frontier_.Root();
  if (head.root() != log::AsBytes(root)) return Refuse(kAnotherLog, frontier_, head, last_head_);
  last_head_ = head;
  return true;
}

}  // namespace vervet::engine
