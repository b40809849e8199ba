#include "hub/services/sync_streams.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/net/retry_after.h"
#include "core/net/status.h"
#include "hub/access/caller.h"

namespace vervet::hub {
namespace {

constexpr absl::Duration kRetryAfterFull = absl::Seconds(10);

// A stream that ends before it begins.
class RefusedStream final : public grpc::ServerBidiReactor<v1::SyncRequest, v1::SyncResponse> {
 public:
  RefusedStream(const absl::Status& status, grpc::CallbackServerContext& context) {
    Finish(net::ToGrpc(status, context));
  }
  void OnDone() override { delete this; }
};

bool ChangesRoster(const StoredEventPtr& event) {
  switch (event->parsed.header.kind()) {
    case v1::MEMBER_SUSPENDED:
    case v1::MEMBER_REINSTATED:
      return true;
    default:
      return false;
  }
}

}  // namespace

grpc::ServerBidiReactor<v1::SyncRequest, v1::SyncResponse>* SyncStreams::Open(
    grpc::CallbackServerContext* context, absl::StatusOr<net::Identity> caller) {
  if (!caller.ok()) return new RefusedStream(caller.status(), *context);
  std::shared_ptr<SyncStream> stream, displaced;
  absl::Status refused;
  {
    MutexLock lock(mutex_);
    if (!closed_.ok()) {
      refused = closed_;
    } else if (streams_.size() >= max_streams_) {
      refused =
          net::WithRetryAfter(absl::ResourceExhaustedError(absl::StrCat(
                                  "the hub has ", max_streams_, " Sync streams open; retry later")),
                              kRetryAfterFull);
    } else {
      const uint64_t number = opened_++;
      stream = std::make_shared<SyncStream>(hub_, *caller, context, [this, number](SyncStream*) {
        MutexLock gone_lock(mutex_);
        streams_.erase(number);
      });
      size_t of_party = 0;
      for (auto it = streams_.rbegin(); it != streams_.rend(); ++it) {
        if (it->second->party() == stream->party() && ++of_party == kMaxSyncStreamsPerParty)
          displaced = it->second;
      }
      streams_.emplace(number, stream);
    }
  }
  if (!refused.ok()) return new RefusedStream(refused, *context);
  if (displaced)
    displaced->End(
        absl::AbortedError("a newer Sync stream of the same member took this one's place"));
  stream->Begin();
  // A suspension between the door and here would otherwise be missed.
  const absl::Status roster = CheckRoster(stream->party(), *hub_->state);
  if (!roster.ok()) stream->End(roster);
  return stream.get();
}

std::vector<std::shared_ptr<SyncStream>> SyncStreams::All() {
  MutexLock lock(mutex_);
  std::vector<std::shared_ptr<SyncStream>> all;
  all.reserve(streams_.size());
  for (const auto& [number, stream] : streams_) all.push_back(stream);
  return all;
}

void SyncStreams::OnCommit(absl::Span<const StoredEventPtr> events) {
  const bool check = std::any_of(events.begin(), events.end(), ChangesRoster);
  for (const auto& stream : All()) {
    const absl::Status roster =
        check ? CheckRoster(stream->party(), *hub_->state) : absl::OkStatus();
    if (roster.ok()) {
      stream->Wake();
    } else {
      stream->End(roster);
    }
  }
}

void SyncStreams::Tick() {
  const absl::Duration now = hub_->env->Monotonic();
  for (const auto& stream : All()) stream->CancelIfStalled(now);
}

void SyncStreams::EndAll(const absl::Status& status) {
  {
    MutexLock lock(mutex_);
    if (closed_.ok()) closed_ = status;
  }
  for (const auto& stream : All()) stream->End(status);
}

}  // namespace vervet::hub
