#include "hub/services/unary_call.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/net/peer.h"
#include "core/net/refusal.h"
#include "core/net/retry_after.h"
#include "core/net/status.h"

namespace vervet::hub {
namespace {

constexpr absl::string_view kArithmetic = "curve arithmetic";

absl::Status Full(const WorkPool& pool, absl::string_view what, HubContext& hub) {
  return net::WithRetryAfter(
      absl::ResourceExhaustedError(absl::StrCat("the hub's queue for ", what, " is full (",
                                                pool.queue_capacity(), " calls); retry later")),
      hub.turns->Next(hub.env->Monotonic()));
}

// Asked of the very state that the decision was made on: a suspension that begins or ends meanwhile
// cannot turn a refusal that will be lifted into one that stands.
bool IsAboutTheRequest(const absl::Status& refusal, absl::string_view party,
                       const views::CoalitionState& state) {
  return absl::IsPermissionDenied(refusal) && state.roster.IsActive(party);
}

}  // namespace

UnaryCall::UnaryCall(HubContext* hub, grpc::CallbackServerContext* context,
                     absl::string_view method)
    : hub_(hub),
      context_(context),
      reactor_(context->DefaultReactor()),
      method_(method),
      began_(hub->env->Monotonic()) {
  const auto identity = net::PeerIdentity(*context->auth_context(), hub->coalition);
  if (identity.ok()) party_ = identity->party();
}

void UnaryCall::Finish(const absl::Status& status) const {
  hub_->metrics->rpcs.Add({method_, absl::StatusCodeToString(status.code())});
  hub_->metrics->rpc_seconds.With({method_}).Observe(hub_->env->Monotonic() - began_);
  reactor_->Finish(net::ToGrpc(status, *context_));
}

void UnaryCall::OnPool(WorkPool& pool, absl::string_view what, std::function<void()> work,
                       std::function<void()> not_run) const {
  UnaryCall call = *this;
  const bool queued = pool.TrySubmit([call, work = std::move(work), not_run] {
    if (!call.context_->IsCancelled()) return work();
    if (not_run) not_run();
    call.Finish(absl::CancelledError("the caller is gone"));
  });
  if (queued) return;
  if (not_run) not_run();
  Finish(Full(pool, what, *hub_));
}

void UnaryCall::OnArithmeticPool(std::function<void()> work, std::function<void()> not_run) const {
  OnPool(*hub_->arithmetic, kArithmetic, std::move(work), std::move(not_run));
}

bool UnaryCall::RefusedByArithmeticPool() const {
  const WorkPool& pool = *hub_->arithmetic;
  if (pool.queue_length() < pool.queue_capacity()) return false;
  Finish(Full(pool, kArithmetic, *hub_));
  return true;
}

void UnaryCall::Append(absl::StatusOr<Command> command,
                       std::function<void(const RequestOutcome&)> fill) const {
  if (!command.ok()) return Finish(command.status());
  UnaryCall call = *this;
  command->decide = [party = party_, decide = std::move(command->decide)](
                        const HubState& state,
                        absl::Time now) -> absl::StatusOr<Command::Decision> {
    auto decision = decide(state, now);
    if (!IsAboutTheRequest(decision.status(), party, state)) return decision;
    return net::WithRequestRefused(decision.status());
  };
  command->done = [call, fill = std::move(fill)](absl::StatusOr<RequestOutcome> outcome) {
    if (outcome.ok()) fill(*outcome);
    call.Finish(outcome.status());
  };
  const absl::Status submitted = hub_->appender->Submit(*std::move(command));
  if (!submitted.ok()) Finish(submitted);
}

}  // namespace vervet::hub
