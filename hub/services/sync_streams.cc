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
constexpr absl::Duration kRetryAfterSlow = absl::Seconds(10);

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
    refused = MakeRoom(caller->party(), &displaced);
    if (refused.ok()) {
      const uint64_t number = opened_++;
      stream = std::make_shared<SyncStream>(hub_, *caller, context, [this, number](SyncStream*) {
        MutexLock gone_lock(mutex_);
        streams_.erase(number);
      });
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

absl::Status SyncStreams::MakeRoom(const std::string& party,
                                   std::shared_ptr<SyncStream>* displaced) {
  const auto full = [](size_t streams, absl::string_view whose) {
    return net::WithRetryAfter(
        absl::ResourceExhaustedError(
            absl::StrCat("the hub has ", streams, " Sync streams ", whose, "; retry later")),
        kRetryAfterFull);
  };
  if (!closed_.ok()) return closed_;
  if (streams_.size() >= max_streams_) return full(max_streams_, "open");
  size_t of_party = 0;
  for (auto it = streams_.rbegin(); it != streams_.rend(); ++it) {
    if (it->second->party() != party) continue;
    if (++of_party == kMaxSyncStreamsPerParty) *displaced = it->second;
  }
  if (of_party < kMaxHangingStreamsPerParty) return absl::OkStatus();
  displaced->reset();
  return full(of_party, "of this member open, which take nothing");
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
  const std::vector<std::shared_ptr<SyncStream>> streams = All();
  CutOffSlowReaders(streams, now);
  for (const auto& stream : streams) stream->CancelIfStalled(now);
  // Who was called and had ended by then has left its turn unused.
  hub_->sync_memory->GiveBack(0);
}

void SyncStreams::CutOffSlowReaders(absl::Span<const std::shared_ptr<SyncStream>> streams,
                                    absl::Duration now) {
  size_t wanted = hub_->sync_memory->wanted_bytes();
  wanted -= std::min(wanted, hub_->sync_memory->free_bytes());
  if (wanted == 0) return;
  std::vector<std::pair<SyncStream::Unread, SyncStream*>> slow;
  for (const auto& stream : streams) {
    const auto unread = stream->UnreadMessage();
    if (!unread) continue;
    if (unread->ending) {
      wanted -= std::min(wanted, unread->bytes);
    } else if (now - unread->since > kSlowReaderPatience) {
      slow.emplace_back(*unread, stream.get());
    }
  }
  std::sort(slow.begin(), slow.end(),
            [](const auto& a, const auto& b) { return a.first.since < b.first.since; });
  for (const auto& [unread, stream] : slow) {
    if (wanted == 0) return;
    wanted -= std::min(wanted, unread.bytes);
    hub_->metrics->sync_slow_readers.Add();
    stream->End(net::WithRetryAfter(
        absl::ResourceExhaustedError(
            "this stream's messages were not read while others waited for their memory; retry "
            "later, and read what comes"),
        kRetryAfterSlow));
  }
}

size_t SyncStreams::open() const {
  MutexLock lock(mutex_);
  return streams_.size();
}

size_t SyncStreams::unread() {
  const std::vector<std::shared_ptr<SyncStream>> streams = All();
  return static_cast<size_t>(std::count_if(streams.begin(), streams.end(), [](const auto& stream) {
    return stream->UnreadMessage().has_value();
  }));
}

void SyncStreams::EndAll(const absl::Status& status) {
  {
    MutexLock lock(mutex_);
    if (closed_.ok()) closed_ = status;
  }
  for (const auto& stream : All()) stream->End(status);
}

}  // namespace vervet::hub
