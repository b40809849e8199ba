// Evaluate: the oblivious PRF on what the caller blinded.
#ifndef VERVET_HUB_ENGINE_EVALUATE_H_
#define VERVET_HUB_ENGINE_EVALUATE_H_

#include "absl/status/status.h"
#include "core/base/environment.h"
#include "core/oprf/group.h"
#include "hub/keyring/keyring.h"
#include "vervet/v1/exchange.pb.h"

namespace vervet::hub {

// How many elements a batch holds.
inline uint64_t ElementsOf(const v1::EvaluateBatch& batch) {
  return batch.blinded().size() / oprf::Element::kSizeBytes;
}

// Sizes and types: cheap, for the gRPC thread. INVALID_ARGUMENT names batch and field.
absl::Status CheckEvaluate(const v1::EvaluateRequest& request, const Keyring& keyring);

// All or nothing; 10 to 150 us an element, by the processor (docs/oprf.md). The request has passed
// CheckEvaluate. INVALID_ARGUMENT names the element ("batches[0].blinded[3]: …").
absl::Status Evaluate(const v1::EvaluateRequest& request, const Keyring& keyring, Environment& env,
                      v1::EvaluateResponse* response);

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_EVALUATE_H_
