// The verifiable oblivious pseudorandom function of RFC 9497, suite ristretto255-SHA512: the server
// multiplies what it cannot read by its key and proves that it used the right one.
//
//   client                                    server
//   BlindBatch(inputs)  ── blinded ──▶        EvaluateBatch(key pair, blinded)
//   VerifyAndUnblindBatch ◀── evaluated, proof ──
//   N = k · H(input); see token.h for what N becomes
//
// Batches are packed: 32-byte encodings one behind the other, as the wire carries them. All
// functions are thread-safe.
#ifndef VERVET_CORE_OPRF_VOPRF_H_
#define VERVET_CORE_OPRF_VOPRF_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/base/environment.h"
#include "core/oprf/curve.h"
#include "core/oprf/dleq.h"
#include "core/oprf/group.h"
#include "core/oprf/mode.h"

namespace vervet::oprf {

// RFC 9497 section 1.2: an input's length is written in two bytes.
inline constexpr size_t kMaxInputBytes = 65'535;

// A server's key. Move-only; the secret half wipes itself. A moved-from key pair makes every
// evaluation fail with FAILED_PRECONDITION.
class KeyPair {
 public:
  // From a stored key: 32 bytes, canonical, not zero; else INVALID_ARGUMENT.
  static absl::StatusOr<KeyPair> FromSecretKey(Bytes secret_key);
  static absl::StatusOr<KeyPair> FromSecretKey(Scalar secret_key);

  const Scalar& secret_key() const { return secret_key_; }
  const Element& public_key() const { return public_key_; }

 private:
  KeyPair(Scalar secret_key, const Element& public_key)
      : secret_key_(std::move(secret_key)), public_key_(public_key) {}
  Scalar secret_key_;
  Element public_key_;
};

absl::StatusOr<KeyPair> GenerateKeyPair(Environment& env);
// RFC 9497 section 3.2.1: the same seed (32 bytes of entropy, secret) and info (public, at most
// 65,535 bytes) give the same key again; the mode separates them. INVALID_ARGUMENT for other
// lengths.
absl::StatusOr<KeyPair> DeriveKeyPair(Bytes seed, absl::string_view info, Mode mode = Mode::kVoprf);

// What the client keeps (the blinds are secret) and what it sends.
struct BlindedBatch {
  std::vector<Scalar> blinds;      // of each element
  std::string blinded_packed;      // of the distinct inputs
  std::vector<uint32_t> position;  // inputs[i] is element position[i] of blinded_packed
  // The points of blinded_packed and who made them: a proof is about them, and would decode them
  // again.
  const Curve* curve = nullptr;
  std::shared_ptr<const CurvePoints> points = nullptr;

  size_t elements() const { return blinded_packed.size() / Element::kSizeBytes; }
};
// blinded[i] = H(input) + blind[i]·G: the server learns the number of distinct inputs and nothing
// else, whatever it can compute. RFC 9497 multiplies by the blind, which hides as well and costs
// more; docs/oprf.md, "Blinding by addition", says why adding is sound here: the answer's proof is
// always checked against a pinned key. Equal inputs go once. INVALID_ARGUMENT, with the index, for
// an input above kMaxInputBytes, and for 0 or more than kMaxBatch inputs.
absl::StatusOr<BlindedBatch> BlindBatch(absl::Span<const std::string> inputs, Environment& env);

struct EvaluatedBatch {
  std::string evaluated_packed;
  Proof proof;
};
// evaluated[i] = k · blinded[i], and one proof for the whole batch. INVALID_ARGUMENT names the
// first bad element ("blinded[3]: the identity element; ...") or the batch's size, and then nothing
// of the batch is evaluated.
absl::StatusOr<EvaluatedBatch> EvaluateBatch(const KeyPair& key, Bytes blinded_packed,
                                             Environment& env);
// As EvaluateBatch, without the proof: mode kOprf, and the server's own re-keying, N' = Δ · N with
// `secret` = Δ.
absl::StatusOr<std::string> BlindEvaluateBatch(const Scalar& secret, Bytes blinded_packed);

// Checks the proof against the pinned public key K, then N[i] = evaluated - blind·K for each input,
// in their order. DATA_LOSS when the proof does not hold; INVALID_ARGUMENT, with field and index,
// for malformed elements or sizes that differ. All or nothing.
absl::StatusOr<std::vector<Element>> VerifyAndUnblindBatch(const Element& public_key,
                                                           const BlindedBatch& blinded,
                                                           Bytes evaluated_packed,
                                                           const Proof& proof);

// One element in the RFC's own way, blinded = blind · H(input): for mode kOprf too, where no proof
// says with which key the answer was made.
struct BlindedInput {
  Scalar blind;
  Element blinded;
};
absl::StatusOr<BlindedInput> Blind(absl::string_view input, Environment& env,
                                   Mode mode = Mode::kVoprf);
absl::StatusOr<Element> Unblind(const Scalar& blind, const Element& evaluated);

// RFC 9497's output for `input` and its N, 64 bytes. Vervet's tokens do not use it (token.h says
// why): it is here so that the RFC's test vectors can be run, and to document what we left out.
// INVALID_ARGUMENT above kMaxInputBytes.
absl::StatusOr<Digest> Finalize(absl::string_view input, const Element& unblinded);

}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_VOPRF_H_
