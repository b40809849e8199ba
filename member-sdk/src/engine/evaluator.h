// Asks the hub to evaluate identifiers that it cannot read, and believes no answer without its
// proof.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_EVALUATOR_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_EVALUATOR_H_

#include <atomic>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "core/base/environment.h"
#include "core/oprf/group.h"
#include "core/oprf/token.h"
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
  Evaluator(Transport* transport, Environment* env, absl::Duration deadline)
      : transport_(transport), env_(env), deadline_(deadline) {}

  // One result a form, in order; in as few requests as the limit allows, several of them at a time.
  // The forms of one request fail together: with the hub's status; UNAVAILABLE where the hub
  // already uses a key that the log here has not announced; DATA_LOSS where the proof does not hold
  // for the announced key. After a request that failed, those not yet sent fail with its status.
  // `types` outlives the call.
  std::vector<absl::StatusOr<Evaluation>> Evaluate(absl::Span<const Form> forms,
                                                   const TypeTable& types);

  // Requests not yet sent fail with CANCELLED from now on.
  void Stop() { stopped_ = true; }

 private:
  absl::Status EvaluateRequest(absl::Span<const Form> forms, const TypeTable& types,
                               absl::Span<absl::StatusOr<Evaluation>> results);

  Transport* const transport_;
  Environment* const env_;
  const absl::Duration deadline_;
  std::atomic<bool> stopped_{false};
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_EVALUATOR_H_
