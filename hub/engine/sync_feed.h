// What one caller is told of the log, message by message: the Sync stream without its transport.
#ifndef VERVET_HUB_ENGINE_SYNC_FEED_H_
#define VERVET_HUB_ENGINE_SYNC_FEED_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/base/wire_limits.h"
#include "core/net/identity.h"
#include "hub/log/event_log.h"
#include "hub/log/head_signer.h"
#include "hub/log/shared_state.h"
#include "vervet/v1/exchange.pb.h"

namespace vervet::hub {

// What the feed reads. Borrowed.
struct FeedSources {
  EventLog* log;
  const SharedState* state;
  HeadSigner* heads;
  // The log cannot be read any more.
  std::function<void(const absl::Status&)> store_failed;
};

// Reads the log: not for a gRPC thread. One thread at a time.
class SyncFeed {
 public:
  SyncFeed(FeedSources sources, net::Identity caller,
           size_t max_entries = kMaxSyncEntriesPerMessage)
      : sources_(std::move(sources)),
        caller_(std::move(caller)),
        party_(caller_.party()),
        max_entries_(max_entries) {}

  // The next message into `response`; false when there is nothing to say now. `hello` is looked at
  // by the first call alone. DATA_LOSS: the caller has seen more than the log holds, or another
  // root; the message before this error was the head that contradicts it. UNAVAILABLE: the log
  // cannot be read. INVALID_ARGUMENT: a field of the hello.
  absl::StatusOr<bool> Next(const v1::SyncHello& hello, v1::SyncResponse* response);

  // The last sequence number that was given out, counted from the hello's position; 0 where the
  // hello was refused.
  uint64_t sent() const { return refusal_.ok() ? next_ - 1 : 0; }

 private:
  absl::Status CheckHello(const v1::SyncHello& hello);
  absl::StatusOr<bool> ShowOwnHead(uint64_t size, v1::SyncResponse* response);
  absl::StatusOr<bool> SendEntries(v1::SyncResponse* response);
  void FillEntries(absl::Span<const StoredEventPtr> events, v1::SyncEntries* entries) const;
  absl::Status StoreTrouble(const absl::Status& status) const;

  const FeedSources sources_;
  const net::Identity caller_;
  const std::string party_;
  const size_t max_entries_;
  bool begun_ = false;
  uint64_t next_ = 1;
  std::optional<uint64_t> head_sent_;
  absl::Status refusal_;  // of the hello, once the head that contradicts it is on its way
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_SYNC_FEED_H_
