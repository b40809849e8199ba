#include "hub/engine/sync_feed.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace vervet::hub {

// A store that cannot be read is this hub's trouble. Passed on as it is, DATA_LOSS would tell the
// member that its own history was falsified, and it would stop syncing for good.
absl::Status SyncFeed::StoreTrouble(const absl::Status& status) const {
  sources_.store_failed(status);
  return absl::UnavailableError("the hub cannot read its log; retry later");
}

absl::StatusOr<bool> SyncFeed::Next(const v1::SyncHello& hello, v1::SyncResponse* response) {
  if (!refusal_.ok()) return refusal_;
  response->Clear();
  if (!std::exchange(begun_, true)) {
    next_ = hello.position() + 1;
    refusal_ = CheckHello(hello);
    if (absl::IsDataLoss(refusal_)) return ShowOwnHead(hello.position(), response);
    VERVET_RETURN_IF_ERROR(refusal_);
    // The first word on a stream is how long the log is: a member then knows which of its groups'
    // history the backlog will already show it, and need not read it twice.
    v1::SignedTreeHead head = sources_.heads->Current();
    if (head.size() >= next_) {
      *response->mutable_head() = std::move(head);
      return true;
    }
  }
  const LogPosition position = sources_.log->Position();
  if (next_ <= position.size) return SendEntries(response);
  if (head_sent_ == position.size) return false;
  v1::SignedTreeHead head = sources_.heads->Current();
  // The log has grown meanwhile: its events first.
  if (head.size() >= next_) return SendEntries(response);
  head_sent_ = head.size();
  *response->mutable_head() = std::move(head);
  return true;
}

absl::StatusOr<bool> SyncFeed::SendEntries(v1::SyncResponse* response) {
  const auto events = sources_.log->Read(next_, max_entries_, kMaxSyncBytesPerMessage);
  if (!events.ok()) return StoreTrouble(events.status());
  FillEntries(*events, response->mutable_entries());
  next_ += events->size();
  return true;
}

// The caller is to have it signed what this hub's log is instead: with its own last head, that is
// what it can show to others.
absl::StatusOr<bool> SyncFeed::ShowOwnHead(uint64_t size, v1::SyncResponse* response) {
  auto head = size <= sources_.log->Position().size
                  ? sources_.heads->At(size)
                  : absl::StatusOr<v1::SignedTreeHead>(sources_.heads->Current());
  if (!head.ok()) return StoreTrouble(head.status());
  *response->mutable_head() = *std::move(head);
  return true;
}

absl::Status SyncFeed::CheckHello(const v1::SyncHello& hello) {
  if (hello.position() == 0) {
    if (hello.root().empty()) return absl::OkStatus();
    return absl::InvalidArgumentError("hello.root: must be empty at position 0");
  }
  const auto theirs = log::HashFromBytes(hello.root());
  if (!theirs.ok())
    return absl::InvalidArgumentError(absl::StrCat("hello.root: ", theirs.status().message()));
  const LogPosition position = sources_.log->Position();
  if (hello.position() > position.size) {
    return absl::DataLossError(absl::StrCat(
        "you have applied ", hello.position(), " events and this hub's log holds ", position.size,
        ": it was rolled back or is another hub; tell the coordinators"));
  }
  const auto ours = sources_.log->RootAt(hello.position());
  if (!ours.ok()) return StoreTrouble(ours.status());
  if (*ours != *theirs) {
    return absl::DataLossError(
        absl::StrCat("at size ", hello.position(),
                     " your log's root differs from this hub's: the log was changed or is "
                     "another hub's; tell the coordinators"));
  }
  return absl::OkStatus();
}

void SyncFeed::FillEntries(absl::Span<const StoredEventPtr> events,
                           v1::SyncEntries* entries) const {
  sources_.state->Read([&](const views::CoalitionState& state) {
    for (const StoredEventPtr& event : events) {
      v1::SyncEntry* entry = entries->add_entries();
      if (!event->erased &&
          state.roster.MaySee(party_, caller_.role, event->parsed.header.audience())) {
        *entry->mutable_event() = event->event;
      } else {
        entry->set_leaf_hash(std::string(log::AsBytes(event->leaf_hash)));
      }
    }
  });
}

}  // namespace vervet::hub
