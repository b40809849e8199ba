// What every unary handler does: know the caller, finish exactly once, count the outcome.
#ifndef VERVET_HUB_SERVICES_UNARY_CALL_H_
#define VERVET_HUB_SERVICES_UNARY_CALL_H_

#include <grpcpp/support/server_callback.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/work_pool.h"
#include "core/net/identity.h"
#include "hub/services/hub_context.h"

namespace vervet::hub {

// Copyable handle; valid until Finish. Request and response live as long as the call.
class UnaryCall {
 public:
  // `method` is the bare name, "Publish".
  UnaryCall(HubContext* hub, grpc::CallbackServerContext* context, absl::string_view method);

  grpc::ServerUnaryReactor* reactor() const { return reactor_; }
  // The door has let the caller in, so the certificate names one.
  std::string party() const { return party_; }

  // Once, from any thread.
  void Finish(const absl::Status& status) const;

  // Runs `work` on a pool (`what` it is for, in messages); finishes with RESOURCE_EXHAUSTED when
  // that is full, and with CANCELLED where the caller is gone before its turn, so that a hub that
  // stops does not work for nobody. `work` finishes the call; in both other cases `not_run`, where
  // there is one, comes first.
  void OnPool(WorkPool& pool, absl::string_view what, std::function<void()> work,
              std::function<void()> not_run = nullptr) const;
  void OnArithmeticPool(std::function<void()> work, std::function<void()> not_run = nullptr) const;

  // Finishes the call, with what OnArithmeticPool would say, where the pool is full now: before
  // work on a call that would then be refused.
  bool RefusedByArithmeticPool() const;

  // Hands the command to the appender; `fill` writes the response, then the call is finished. A
  // PERMISSION_DENIED by the command, of a party that is active, is marked as being about the
  // request (core/net/refusal.h).
  void Append(absl::StatusOr<Command> command,
              std::function<void(const RequestOutcome&)> fill) const;

 private:
  HubContext* hub_;
  grpc::CallbackServerContext* context_;
  grpc::ServerUnaryReactor* reactor_;
  std::string method_;
  std::string party_;
  absl::Duration began_;  // Environment::Monotonic
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVICES_UNARY_CALL_H_
