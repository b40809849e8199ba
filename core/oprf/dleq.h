// The batched proof that every element of a batch was multiplied by the key behind one public key
// (RFC 9497 section 2.2): a discrete-logarithm-equality proof over random weighted sums of the
// batch.
#ifndef VERVET_CORE_OPRF_DLEQ_H_
#define VERVET_CORE_OPRF_DLEQ_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/oprf/curve.h"
#include "core/oprf/group.h"

namespace vervet::oprf {

// The RFC's limit: an element's position in its batch is written in two bytes.
inline constexpr size_t kMaxBatch = 65'535;

// The challenge c and the response s, two canonical scalars, as they cross the wire. Public; a
// value type.
class Proof {
 public:
  static constexpr size_t kSizeBytes = 64;

  // INVALID_ARGUMENT when it has another length, or when c or s is not below the group's order.
  static absl::StatusOr<Proof> Decode(Bytes encoding);
  static Proof FromScalars(const Scalar& c, const Scalar& s);

  const std::array<uint8_t, kSizeBytes>& bytes() const { return bytes_; }
  friend bool operator==(const Proof&, const Proof&) = default;

 private:
  Proof() = default;
  std::array<uint8_t, kSizeBytes> bytes_;
};

// How many elements `packed` holds. INVALID_ARGUMENT when it is empty, not a multiple of 32 bytes,
// or more than kMaxBatch elements; the message begins with `field`.
absl::StatusOr<size_t> CountElements(absl::string_view field, Bytes packed);
// Why packed[index] of `field` is refused, as "blinded[3]: the identity element; ...".
absl::Status RefuseElement(absl::string_view field, Bytes packed, size_t index);
// curve.Decode, with that refusal.
absl::StatusOr<std::unique_ptr<CurvePoints>> DecodeBatch(const Curve& curve,
                                                         absl::string_view field, Bytes packed);

// GenerateProof with the composites of ComputeCompositesFast. `blinded` are the points of
// `blinded_packed`, decoded by `curve`; both batches are valid and of one size, and evaluated[i] =
// secret_key · blinded[i]. Two proofs with one `nonce` reveal the key: call EvaluateBatch instead,
// which draws a fresh one.
Proof GenerateProof(const Scalar& secret_key, const Element& public_key, const Curve& curve,
                    const CurvePoints& blinded, Bytes blinded_packed, Bytes evaluated_packed,
                    const Scalar& nonce);

// OK when the proof holds. DATA_LOSS when it does not: the answer was made with another key, or was
// altered. INVALID_ARGUMENT, with the field and index, when a batch is malformed. Thread-safe.
absl::Status VerifyProof(const Element& public_key, Bytes blinded_packed, Bytes evaluated_packed,
                         const Proof& proof);
// As VerifyProof, for batches of one size that are not empty; the answer is the points of
// `evaluated_packed`, decoded by `curve` on the way. `blinded`, where it is not null, are those of
// `blinded_packed`, by the same curve.
absl::StatusOr<std::unique_ptr<CurvePoints>> VerifyProofKeepingPoints(
    const Curve& curve, const Element& public_key, Bytes blinded_packed, Bytes evaluated_packed,
    const Proof& proof, const CurvePoints* blinded);

}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_DLEQ_H_
