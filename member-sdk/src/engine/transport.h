// How the engine reaches the hub: the seam behind which gRPC lives, and an in-process hub in tests.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_TRANSPORT_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_TRANSPORT_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "vervet/v1/exchange.pb.h"

namespace vervet::engine {

// One Sync stream. Read, SendApplied and Finish belong to one thread; Cancel may come from any
// other. Destroying it cancels.
class SyncSession {
 public:
  virtual ~SyncSession() = default;

  // Waits for the next message. False: the stream has ended, and Finish says why.
  virtual bool Read(v1::SyncResponse* message) = 0;
  // False: the stream has ended.
  virtual bool SendApplied(uint64_t position) = 0;
  // Once, after Read or SendApplied returned false. Never blocks for long: the stream is over by
  // then.
  virtual absl::Status Finish() = 0;
  // Makes a waiting Read return false soon.
  virtual void Cancel() = 0;
};

// Thread-safe. Every status may carry net::RetryAfter. No call waits for a hub that is out of
// reach: it fails with UNAVAILABLE.
class Transport {
 public:
  template <typename Response>
  using Done = std::function<void(absl::StatusOr<Response>)>;

  virtual ~Transport() = default;

  virtual absl::StatusOr<v1::EvaluateResponse> Evaluate(const v1::EvaluateRequest& request,
                                                        absl::Duration deadline) = 0;

  // `done` is called exactly once, on any thread, perhaps before the call returns. The request is
  // copied.
  virtual void Publish(const v1::PublishRequest& request, absl::Duration deadline,
                       Done<v1::PublishResponse> done) = 0;
  virtual void Retract(const v1::RetractRequest& request, absl::Duration deadline,
                       Done<v1::RetractResponse> done) = 0;

  // Open Evaluate, Publish and Retract calls fail with CANCELLED soon, later ones at once. Does not
  // wait.
  virtual void Shutdown() = 0;

  // Never null; a stream that could not be opened fails its first Read.
  virtual std::unique_ptr<SyncSession> OpenSync(const v1::SyncHello& hello) = 0;
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_TRANSPORT_H_
