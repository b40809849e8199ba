// One open Sync stream: at most one message on its way, so a slow reader holds no more than that.
#ifndef VERVET_HUB_SERVICES_SYNC_STREAM_H_
#define VERVET_HUB_SERVICES_SYNC_STREAM_H_

#include <grpcpp/support/server_callback.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/base/mutex.h"
#include "core/net/identity.h"
#include "hub/engine/sync_feed.h"
#include "hub/services/hub_context.h"
#include "vervet/v1/exchange.pb.h"

namespace vervet::hub {

// gRPC's callbacks and other threads only leave notes and queue the pump; the pump, one at a time,
// reads the log and is the only one that starts a write or finishes the stream. Owns itself until
// OnDone; the pump's tasks share ownership.
class SyncStream final : public grpc::ServerBidiReactor<v1::SyncRequest, v1::SyncResponse>,
                         public std::enable_shared_from_this<SyncStream> {
 public:
  using Gone = std::function<void(SyncStream*)>;

  SyncStream(HubContext* hub, net::Identity caller, grpc::CallbackServerContext* context,
             Gone gone);

  // Starts reading. Separate from construction, which cannot share ownership yet.
  void Begin();

  // The log has grown. Any thread.
  void Wake() { Schedule(); }
  // Ends the stream with this status; the first one counts. Any thread.
  void End(const absl::Status& status);
  // The message that its reader has not taken yet.
  struct Unread {
    absl::Duration since;  // Environment::Monotonic
    size_t bytes = 0;
    bool ending = false;  // End was called, so that it will not last
  };
  std::optional<Unread> UnreadMessage();
  // Tears the connection's stream down where an End has waited for a stalled reader since before
  // `deadline`.
  void CancelIfStalled(absl::Duration now);

  const std::string& party() const { return party_; }

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  void Schedule();
  void Pump();
  // The next message into response_; false when there is nothing to say now.
  absl::StatusOr<bool> Next();
  // Memory for one message. False: the pump is called again when there is some.
  bool TakeMemory();
  void Write();
  absl::Status OnHello(const v1::SyncHello& hello);
  absl::Status OnApplied(const v1::SyncApplied& applied);

  HubContext* const hub_;
  const net::Identity caller_;
  const std::string party_;
  grpc::CallbackServerContext* const context_;
  const Gone gone_;

  v1::SyncRequest request_;    // gRPC's, while a read is out
  v1::SyncResponse response_;  // gRPC's, while a write is out; else the pump's

  // The pump's alone.
  SyncFeed feed_;
  std::optional<v1::SyncHello> begun_;  // the hello that the feed began with

  Mutex mutex_;
  std::shared_ptr<SyncStream> self_ ABSL_GUARDED_BY(mutex_);
  std::optional<v1::SyncHello> hello_ ABSL_GUARDED_BY(mutex_);
  bool scheduled_ ABSL_GUARDED_BY(mutex_) = false;
  bool pumping_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  Unread unread_ ABSL_GUARDED_BY(mutex_);  // while writing_
  bool waits_for_memory_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t sent_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<absl::Status> ended_ ABSL_GUARDED_BY(mutex_);
  absl::Duration ended_at_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVICES_SYNC_STREAM_H_
