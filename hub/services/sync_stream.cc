#include "hub/services/sync_stream.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
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
      gone_(std::move(gone)),
      feed_({hub_->log, hub_->state, hub_->heads, hub_->store_failed}, caller_) {}

void SyncStream::Begin() {
  {
    MutexLock lock(mutex_);
    self_ = shared_from_this();
  }
  hub_->positions->Opened(party_);
  hub_->metrics->sync_streams_opened.Add();
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

std::optional<SyncStream::Unread> SyncStream::UnreadMessage() {
  MutexLock lock(mutex_);
  if (!writing_) return std::nullopt;
  Unread unread = unread_;
  unread.ending = ended_.has_value();
  return unread;
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
    hello_ = hello;  // `sent_` follows once it has been checked
  }
  Schedule();
  return absl::OkStatus();
}

absl::Status SyncStream::OnApplied(const v1::SyncApplied& applied) {
  {
    MutexLock lock(mutex_);
    if (!hello_)
      return absl::InvalidArgumentError("applied: sent before hello; send a hello first");
    if (ended_) return absl::OkStatus();  // too late to count
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
  size_t taken = 0;
  {
    MutexLock lock(mutex_);
    writing_ = false;
    taken = unread_.bytes;
  }
  hub_->sync_memory->GiveBack(taken);
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
      if (finished_ || writing_ || (!ended_ && (!hello_ || waits_for_memory_))) continue;
      if (ended_) {
        finished_ = true;
        finish = *ended_;
      }
    }
    if (finish) {
      hub_->sync_memory->Forget(this);
      hub_->metrics->sync_streams_ended.Add({absl::StatusCodeToString(finish->code())});
      Finish(net::ToGrpc(*finish, *context_));
      continue;
    }
    if (!TakeMemory()) continue;
    auto more = Next();
    if (!more.ok() || !*more) {
      hub_->sync_memory->GiveBack(kMaxSyncBytesPerMessage);
      // Cleared, it would keep the room of the largest message it ever was.
      response_ = v1::SyncResponse();
      if (!more.ok()) End(more.status());
      continue;
    }
    Write();
  }
}

bool SyncStream::TakeMemory() {
  {
    MutexLock lock(mutex_);
    waits_for_memory_ = true;  // before there is anybody who could say that it no longer has to
  }
  const bool taken = hub_->sync_memory->Take(
      kMaxSyncBytesPerMessage, this, [weak = std::weak_ptr<SyncStream>(shared_from_this())] {
        const std::shared_ptr<SyncStream> stream = weak.lock();
        if (stream == nullptr) return;
        {
          MutexLock lock(stream->mutex_);
          stream->waits_for_memory_ = false;
        }
        stream->Schedule();
      });
  if (taken) {
    MutexLock lock(mutex_);
    waits_for_memory_ = false;
  }
  return taken;
}

// Most messages are smaller than what was taken for them. One event alone may be larger than a
// message is meant to be; then it counts as what was taken.
void SyncStream::Write() {
  const size_t bytes = std::min(response_.ByteSizeLong(), kMaxSyncBytesPerMessage);
  {
    MutexLock lock(mutex_);
    writing_ = true;
    sent_ = feed_.sent();
    unread_ = {hub_->env->Monotonic(), bytes, false};
  }
  hub_->sync_memory->GiveBack(kMaxSyncBytesPerMessage - bytes);
  StartWrite(&response_);
}

absl::StatusOr<bool> SyncStream::Next() {
  const bool is_first = !begun_;
  if (is_first) {
    MutexLock lock(mutex_);
    begun_ = hello_;
  }
  auto more = feed_.Next(*begun_, &response_);
  // A hello that fits the log says how far the caller is: since before this hub's start, perhaps,
  // and so not for what the caller is sent from now on. `sent_` still lets no `applied` through.
  if (is_first && more.ok() && feed_.sent() >= begun_->position()) {
    hub_->positions->Applied(party_, begun_->position(), hub_->env->Now());
  }
  if (absl::IsDataLoss(more.status())) hub_->metrics->sync_data_loss.Add();
  return more;
}

}  // namespace vervet::hub
