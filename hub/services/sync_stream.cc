#include "hub/services/sync_stream.h"

#include <utility>

#include "absl/strings/str_cat.h"
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
      sent_ = feed_.sent();
    }
    StartWrite(&response_);
  }
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
  if (absl::IsDataLoss(more.status())) hub_->counters->Add("sync_data_loss_total");
  return more;
}

}  // namespace vervet::hub
