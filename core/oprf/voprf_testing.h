// The two random steps with the randomness given: for test vectors only. A blind used twice links
// two requests, a nonce used twice reveals the key.
#ifndef VERVET_CORE_OPRF_VOPRF_TESTING_H_
#define VERVET_CORE_OPRF_VOPRF_TESTING_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/oprf/voprf.h"

namespace vervet::oprf {

// BlindBatch; `blinds` has one scalar for each input.
absl::StatusOr<BlindedBatch> BlindWithGivenScalars(absl::Span<const std::string> inputs,
                                                   std::vector<Scalar> blinds, Mode mode);

// EvaluateBatch; `nonce` is the RFC's r, "proofRandomScalar" in its vectors.
absl::StatusOr<EvaluatedBatch> EvaluateWithProofRandomness(const KeyPair& key, Bytes blinded_packed,
                                                           const Scalar& nonce);

}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_VOPRF_TESTING_H_
