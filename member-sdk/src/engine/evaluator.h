// Asks the hub to evaluate identifiers that it cannot read, and believes no answer without its
// proof.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_EVALUATOR_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_EVALUATOR_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "core/base/environment.h"
#include "core/oprf/group.h"
#include "core/oprf/token.h"
#include "member-sdk/src/engine/held_types.h"
#include "member-sdk/src/engine/identifier_forms.h"
#include "member-sdk/src/engine/transport.h"

namespace vervet::engine {

struct Evaluation {
  oprf::Element element;  // N
  oprf::Token token;
  uint32_t epoch = 0;
};

// Thread-safe.
class Evaluator {
 public:
  Evaluator(Transport* transport, const LiveState* state, Environment* env, absl::Duration deadline)
      : transport_(transport), env_(env), deadline_(deadline), held_(state, env) {}

  // One result a form, in order; in as few requests as the limit allows, several of them at a time.
  // The forms of one request fail together: with the hub's status; UNAVAILABLE where the hub
  // already uses a key that the log here has not announced; DATA_LOSS where the proof does not hold
  // for the announced key. After a request that failed, those not yet sent fail with its status.
  // A type of which the hub refuses to evaluate more fails alone, with RESOURCE_EXHAUSTED and the
  // time that is left (net::RetryAfter), and is not asked for before that is over. `types` outlives
  // the call.
  std::vector<absl::StatusOr<Evaluation>> Evaluate(absl::Span<const Form> forms,
                                                   const TypeTable& types);

  // Requests not yet sent fail with CANCELLED from now on.
  void Stop() { stopped_ = true; }

 private:
  using Results = absl::Span<absl::StatusOr<Evaluation>>;
  using ByType = std::map<v1::SignatureType, std::vector<size_t>>;  // positions in the forms

  // Fills the results of types that are held or become so. A failure is for all others.
  absl::Status EvaluatePart(absl::Span<const Form> forms, const TypeTable& types, Results results);
  absl::Status EvaluateRequest(absl::Span<const Form> forms, const ByType& by_type,
                               const TypeTable& types, Results results);
  void Hold(const ByType& by_type, const absl::Status& refusal, Results results);

  Transport* const transport_;
  Environment* const env_;
  const absl::Duration deadline_;
  std::atomic<bool> stopped_{false};
  HeldTypes held_;
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_EVALUATOR_H_
