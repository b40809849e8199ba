#include "hub/services/sync_stream.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/base/wire_limits.h"
#include "core/net/status.h"

namespace vervet::hub {
namespace {

// What a stalled reader has left to take the last message before its stream is torn down.
constexpr absl::Duration kStallGrace = absl::Seconds(2);

}  // namespace

SyncStream::SyncStream(HubContext* hub, net::Identity caller, grpc::CallbackServerContext* context,
                       Gone gone)
    : hub_(hub),
      caller_(std::move(caller)),
      party_(caller_.party()),
      context_(context),
      gone_(std::move(gone)) {}

void SyncStream::Begin() {
  {
    MutexLock lock(mutex_);
    self_ = shared_from_this();
  }
  hub_->positions->Opened(party_);
  hub_->counters->Add("sync_streams_opened_total");
  StartRead(&request_);
}

void SyncStream::End(const absl::Status& status) {
  {
    MutexLock lock(mutex_);
    if (!ended_) {
      ended_ = status;
      ended_at_ = hub_->env->Monotonic();
    }
  }
  Schedule();
}

void SyncStream::CancelIfStalled(absl::Duration now) {
  MutexLock lock(mutex_);
  // Under the lock: the context lives until OnDone, which takes it.
  if (ended_ && writing_ && !finished_ && !done_ && now - ended_at_ > kStallGrace)
    context_->TryCancel();
}

void SyncStream::OnReadDone(bool ok) {
  if (!ok) return End(absl::OkStatus());  // the caller has closed its side
  absl::Status status;
  switch (request_.request_case()) {
    case v1::SyncRequest::kHello:
      status = OnHello(request_.hello());
      break;
    case v1::SyncRequest::kApplied:
      status = OnApplied(request_.applied());
      break;
    case v1::SyncRequest::REQUEST_NOT_SET:
      status = absl::InvalidArgumentError(
          "request: is empty; send a hello first, then applied positions");
      break;
  }
  if (!status.ok()) return End(status);
  StartRead(&request_);
}

absl::Status SyncStream::OnHello(const v1::SyncHello& hello) {
  {
    MutexLock lock(mutex_);
    if (hello_)
      return absl::InvalidArgumentError("hello: sent twice; open a new stream to start elsewhere");
    hello_ = hello;
    sent_ = hello.position();
  }
  Schedule();
  return absl::OkStatus();
}

absl::Status SyncStream::OnApplied(const v1::SyncApplied& applied) {
  {
    MutexLock lock(mutex_);
    if (!hello_)
      return absl::InvalidArgumentError("applied: sent before hello; send a hello first");
    if (applied.position() > sent_) {
      return absl::InvalidArgumentError(
          absl::StrCat("applied.position: ", applied.position(),
                       " was never sent on this stream (last: ", sent_, ")"));
    }
  }
  hub_->positions->Applied(party_, applied.position(), hub_->env->Now());
  return absl::OkStatus();
}

void SyncStream::OnWriteDone(bool ok) {
  {
    MutexLock lock(mutex_);
    writing_ = false;
  }
  if (!ok) return End(absl::CancelledError("the caller is gone"));
  Schedule();
}

void SyncStream::OnCancel() { End(absl::CancelledError("the caller is gone")); }

void SyncStream::OnDone() {
  hub_->positions->Closed(party_);
  gone_(this);
  std::shared_ptr<SyncStream> self;
  {
    MutexLock lock(mutex_);
    done_ = true;
    self = std::move(self_);
  }
}

void SyncStream::Schedule() {
  std::shared_ptr<SyncStream> self;
  {
    MutexLock lock(mutex_);
    if (scheduled_ || finished_ || !self_) return;
    scheduled_ = true;
    if (pumping_) return;  // the running pump sees the note
    pumping_ = true;
    self = self_;
  }
  if (!hub_->pump->TrySubmit([self] { self->Pump(); })) {
    // Only while the hub stops: nothing is lost, the caller resumes elsewhere.
    MutexLock lock(mutex_);
    scheduled_ = pumping_ = false;
    if (!done_) context_->TryCancel();
  }
}

void SyncStream::Pump() {
  while (true) {
    std::optional<absl::Status> finish;
    {
      MutexLock lock(mutex_);
      if (!scheduled_) {
        pumping_ = false;
        return;
      }
      scheduled_ = false;
      if (finished_ || writing_ || (!ended_ && !hello_)) continue;
      if (ended_) {
        finished_ = true;
        finish = *ended_;
      }
    }
    if (finish) {
      hub_->counters->Add(
          absl::StrCat("sync_streams_ended_total/", absl::StatusCodeToString(finish->code())));
      Finish(net::ToGrpc(*finish, *context_));
      continue;
    }
    auto more = Next();
    if (!more.ok()) {
      End(more.status());
      continue;
    }
    if (!*more) continue;
    {
      MutexLock lock(mutex_);
      writing_ = true;
      sent_ = next_ - 1;
    }
    StartWrite(&response_);
  }
}

// A store that cannot be read is this hub's trouble. Passed on as it is, DATA_LOSS would tell the
// member that its own history was falsified, and it would stop syncing for good.
absl::Status SyncStream::StoreTrouble(const absl::Status& status) {
  hub_->store_failed(status);
  return absl::UnavailableError("the hub cannot read its log; retry later");
}

absl::StatusOr<std::vector<StoredEventPtr>> SyncStream::ReadLog() {
  auto events = hub_->log->Read(next_, kMaxSyncEntriesPerMessage, kMaxSyncBytesPerMessage);
  if (!events.ok()) return StoreTrouble(events.status());
  return events;
}

absl::StatusOr<bool> SyncStream::Next() {
  std::optional<v1::SyncHello> hello;
  {
    MutexLock lock(mutex_);
    if (!hello_checked_) hello = hello_;
    hello_checked_ = true;
  }
  if (hello) {
    VERVET_RETURN_IF_ERROR(CheckHello(*hello));
    next_ = hello->position() + 1;
    // The first word on a stream is how long the log is: a member then knows which of its groups'
    // history the backlog will already show it, and need not read it twice.
    v1::SignedTreeHead head = hub_->heads->Current();
    if (head.size() >= next_) {
      response_.Clear();
      *response_.mutable_head() = std::move(head);
      return true;
    }
  }
  response_.Clear();
  const LogPosition position = hub_->log->Position();
  if (next_ <= position.size) {
    VERVET_ASSIGN_OR_RETURN(const auto events, ReadLog());
    FillEntries(events);
    next_ += events.size();
    return true;
  }
  if (head_sent_ == position.size) return false;
  v1::SignedTreeHead head = hub_->heads->Current();
  if (head.size() >= next_) {  // the log has grown meanwhile: its events first
    VERVET_ASSIGN_OR_RETURN(const auto events, ReadLog());
    FillEntries(events);
    next_ += events.size();
    return true;
  }
  head_sent_ = head.size();
  *response_.mutable_head() = std::move(head);
  return true;
}

absl::Status SyncStream::CheckHello(const v1::SyncHello& hello) {
  if (hello.position() == 0) {
    if (hello.root().empty()) return absl::OkStatus();
    return absl::InvalidArgumentError("hello.root: must be empty at position 0");
  }
  const auto theirs = log::HashFromBytes(hello.root());
  if (!theirs.ok())
    return absl::InvalidArgumentError(absl::StrCat("hello.root: ", theirs.status().message()));
  const LogPosition position = hub_->log->Position();
  if (hello.position() > position.size) {
    hub_->counters->Add("sync_data_loss_total");
    return absl::DataLossError(absl::StrCat(
        "you have applied ", hello.position(), " events and this hub's log holds ", position.size,
        ": it was rolled back or is another hub; tell the coordinators"));
  }
  const auto ours = hub_->log->RootAt(hello.position());
  if (!ours.ok()) return StoreTrouble(ours.status());
  if (*ours != *theirs) {
    hub_->counters->Add("sync_data_loss_total");
    return absl::DataLossError(
        absl::StrCat("at size ", hello.position(),
                     " your log's root differs from this hub's: the log was changed or is "
                     "another hub's; tell the coordinators"));
  }
  return absl::OkStatus();
}

void SyncStream::FillEntries(absl::Span<const StoredEventPtr> events) {
  auto* entries = response_.mutable_entries();
  hub_->state->Read([&](const views::CoalitionState& state) {
    for (const StoredEventPtr& event : events) {
      v1::SyncEntry* entry = entries->add_entries();
      if (state.roster.MaySee(party_, caller_.role, event->parsed.header.audience())) {
        *entry->mutable_event() = event->event;
      } else {
        entry->set_leaf_hash(std::string(log::AsBytes(event->leaf_hash)));
      }
    }
  });
}

}  // namespace vervet::hub
