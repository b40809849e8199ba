#include "hub/services/unary_call.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/net/peer.h"
#include "core/net/retry_after.h"
#include "core/net/status.h"

namespace vervet::hub {
namespace {

constexpr absl::Duration kRetryAfterFullPool = absl::Milliseconds(500);

}  // namespace

UnaryCall::UnaryCall(HubContext* hub, grpc::CallbackServerContext* context,
                     absl::string_view method)
    : hub_(hub), context_(context), reactor_(context->DefaultReactor()), method_(method) {
  const auto identity = net::PeerIdentity(*context->auth_context(), hub->coalition);
  if (identity.ok()) party_ = identity->party();
}

void UnaryCall::Finish(const absl::Status& status) const {
  hub_->counters->Add(
      absl::StrCat("rpc_total/", method_, " ", absl::StatusCodeToString(status.code())));
  reactor_->Finish(net::ToGrpc(status, *context_));
}

void UnaryCall::OnArithmeticPool(std::function<void()> work) const {
  UnaryCall call = *this;
  const bool queued = hub_->arithmetic->TrySubmit([call, work = std::move(work)] {
    if (call.context_->IsCancelled())
      return call.Finish(absl::CancelledError("the caller is gone"));
    work();
  });
  if (queued) return;
  Finish(net::WithRetryAfter(absl::ResourceExhaustedError(absl::StrCat(
                                 "the hub's queue for curve arithmetic is full (",
                                 hub_->arithmetic->queue_capacity(), " calls); retry later")),
                             kRetryAfterFullPool));
}

void UnaryCall::Append(absl::StatusOr<Command> command,
                       std::function<void(const RequestOutcome&)> fill) const {
  if (!command.ok()) return Finish(command.status());
  UnaryCall call = *this;
  command->done = [call, fill = std::move(fill)](absl::StatusOr<RequestOutcome> outcome) {
    if (outcome.ok()) fill(*outcome);
    call.Finish(outcome.status());
  };
  const absl::Status submitted = hub_->appender->Submit(*std::move(command));
  if (!submitted.ok()) Finish(submitted);
}

}  // namespace vervet::hub
