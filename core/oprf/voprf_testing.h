// What tests and benchmarks need. The two random steps with the randomness given: a blind used
// twice links two requests, a nonce used twice reveals the key.
#ifndef VERVET_CORE_OPRF_VOPRF_TESTING_H_
#define VERVET_CORE_OPRF_VOPRF_TESTING_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/oprf/voprf.h"

namespace vervet::oprf {

// As the RFC has it: a blind of its own for each input, equal ones included.
struct SeparatelyBlinded {
  std::vector<Scalar> blinds;
  std::string blinded_packed;
};
absl::StatusOr<SeparatelyBlinded> BlindWithGivenScalars(absl::Span<const std::string> inputs,
                                                        std::vector<Scalar> blinds, Mode mode);
absl::StatusOr<std::vector<Element>> UnblindSeparately(absl::Span<const Scalar> blinds,
                                                       Bytes evaluated_packed);

// VerifyAndUnblindBatch without the proof. Of an answer that was made with another key, what comes
// out depends on the blinds.
absl::StatusOr<std::vector<Element>> UnblindBatch(const Element& public_key,
                                                  const BlindedBatch& blinded,
                                                  Bytes evaluated_packed);

// EvaluateBatch; `nonce` is the RFC's r, "proofRandomScalar" in its vectors.
absl::StatusOr<EvaluatedBatch> EvaluateWithProofRandomness(const KeyPair& key, Bytes blinded_packed,
                                                           const Scalar& nonce);

}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_VOPRF_TESTING_H_
