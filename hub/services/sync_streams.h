// All open Sync streams: woken by every commit, ended by a suspension or the hub's end.
#ifndef VERVET_HUB_SERVICES_SYNC_STREAMS_H_
#define VERVET_HUB_SERVICES_SYNC_STREAMS_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/mutex.h"
#include "hub/services/sync_stream.h"

namespace vervet::hub {

// A member has one process that syncs; a second appears for a while when a network cut leaves the
// first one hanging.
inline constexpr size_t kMaxSyncStreamsPerParty = 4;
// With those of them that are to end and have not yet, because nobody takes what they still had to
// say: one member cannot hold the streams of all.
inline constexpr size_t kMaxHangingStreamsPerParty = 16;
// How long a reader may leave a message untaken while others wait for the memory that it holds.
inline constexpr absl::Duration kSlowReaderPatience = absl::Seconds(10);

// Thread-safe.
class SyncStreams {
 public:
  SyncStreams(HubContext* hub, size_t max_streams) : hub_(hub), max_streams_(max_streams) {}

  // Never null. A stream above the limit is finished with RESOURCE_EXHAUSTED; one above the party's
  // own limit ends that party's oldest, and is refused where too many of these hang.
  grpc::ServerBidiReactor<v1::SyncRequest, v1::SyncResponse>* Open(
      grpc::CallbackServerContext* context, absl::StatusOr<net::Identity> caller);

  // After a commit. Ends the streams of those whom the roster no longer admits.
  void OnCommit(absl::Span<const StoredEventPtr> events);
  // About once a second.
  void Tick();
  // No stream is opened any more, all are ended.
  void EndAll(const absl::Status& status);

  size_t open() const;
  // How many of them have a message on its way that its reader has not taken yet.
  size_t unread();

 private:
  // OK, and the stream that has to make room, if there is one.
  absl::Status MakeRoom(const std::string& party, std::shared_ptr<SyncStream>* displaced)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<std::shared_ptr<SyncStream>> All();
  // The slowest first, as many as it takes for those who wait.
  void CutOffSlowReaders(absl::Span<const std::shared_ptr<SyncStream>> streams, absl::Duration now);

  HubContext* const hub_;
  const size_t max_streams_;
  mutable Mutex mutex_;
  absl::Status closed_ ABSL_GUARDED_BY(mutex_);
  uint64_t opened_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<uint64_t, std::shared_ptr<SyncStream>> streams_ ABSL_GUARDED_BY(mutex_);  // oldest first
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVICES_SYNC_STREAMS_H_
