#include "core/oprf/dleq.h"

#include <sodium.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/oprf/curve.h"

namespace vervet::oprf {
namespace {

constexpr size_t kElementBytes = Element::kSizeBytes;
// An encoding that may be the identity's. The sums below come out as the identity with a
// probability of 2^-252; the protocol stays sound when they do, so the result codes by which
// libsodium reports it are ignored here.
using Encoding = std::array<uint8_t, kElementBytes>;

struct Term {
  const Scalar& scalar;
  const Encoding& point;
};

// scalar · point of a few, in one block of lanes where there is one.
template <size_t n>
std::array<Encoding, n> MultiplyFew(const std::array<Term, n>& terms) {
  std::vector<Scalar> scalars;
  std::array<uint8_t, n * kElementBytes> packed, products;
  scalars.reserve(n);
  for (size_t i = 0; i < n; ++i) {
    scalars.push_back(terms[i].scalar.Clone());
    std::copy(terms[i].point.begin(), terms[i].point.end(), &packed[i * kElementBytes]);
  }
  std::array<Encoding, n> out;
  const Curve& curve = BestCurve(n);
  std::unique_ptr<CurvePoints> points;
  if (curve.Decode(packed, &points) < n) {  // one is the identity
    for (size_t i = 0; i < n; ++i) {
      [[maybe_unused]] const int is_identity = crypto_scalarmult_ristretto255(
          out[i].data(), terms[i].scalar.RevealSecret().data(), terms[i].point.data());
    }
    return out;
  }
  curve.MultiplyEach(scalars, *points, absl::MakeSpan(products));
  for (size_t i = 0; i < n; ++i) {
    std::copy_n(&products[i * kElementBytes], kElementBytes, out[i].begin());
  }
  return out;
}

Encoding Add(const Encoding& a, const Encoding& b) {
  Encoding out;
  [[maybe_unused]] const int is_identity =
      crypto_core_ristretto255_add(out.data(), a.data(), b.data());
  return out;
}

void Append(Bytes bytes, std::vector<uint8_t>& to) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

// The d_i of ComputeComposites, packed: a hash of everything, so that nobody can choose a batch
// whose errors cancel.
std::vector<uint8_t> CompositeWeights(const Curve& curve, const Element& public_key,
                                      Bytes blinded_packed, Bytes evaluated_packed) {
  const std::string seed_dst = DomainTag("Seed-", Mode::kVoprf);
  const auto element_length = BigEndian16(kElementBytes);
  const Digest seed =
      Sha512({element_length, public_key.bytes(), BigEndian16(seed_dst.size()), AsBytes(seed_dst)});

  const size_t count = blinded_packed.size() / kElementBytes;
  std::vector<uint8_t> messages;
  messages.reserve(count * (seed.size() + 3 * kElementBytes));
  for (size_t i = 0; i < count; ++i) {
    Append(BigEndian16(seed.size()), messages);
    Append(seed, messages);
    Append(BigEndian16(i), messages);
    Append(element_length, messages);
    Append(blinded_packed.subspan(i * kElementBytes, kElementBytes), messages);
    Append(element_length, messages);
    Append(evaluated_packed.subspan(i * kElementBytes, kElementBytes), messages);
    Append(AsBytes("Composite"), messages);
  }
  // HashToScalar, of all at once: they are public.
  std::vector<uint8_t> uniform(count * kDigestBytes), weights(count * Scalar::kSizeBytes);
  curve.ExpandEach(messages, messages.size() / count, DomainTag("HashToScalar-", Mode::kVoprf),
                   absl::MakeSpan(uniform));
  for (size_t i = 0; i < count; ++i) {
    crypto_core_ristretto255_scalar_reduce(&weights[i * Scalar::kSizeBytes],
                                           &uniform[i * kDigestBytes]);
  }
  return weights;
}

Scalar Challenge(const Element& public_key, const Encoding& m, const Encoding& z,
                 const Encoding& t2, const Encoding& t3) {
  const auto length = BigEndian16(kElementBytes);
  return HashToScalar({length, public_key.bytes(), length, m, length, z, length, t2, length, t3,
                       AsBytes("Challenge")},
                      DomainTag("HashToScalar-", Mode::kVoprf));
}

Encoding Composite(const Curve& curve, Bytes weights, const CurvePoints& points) {
  Encoding sum;
  curve.WeightedSum(weights, points, absl::MakeSpan(sum));
  return sum;
}

absl::Status RefuseHalf(absl::string_view half, const absl::Status& status) {
  return absl::InvalidArgumentError(absl::StrCat("proof: ", half, ": ", status.message()));
}

}  // namespace

absl::StatusOr<Proof> Proof::Decode(Bytes encoding) {
  if (encoding.size() != kSizeBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("proof: ", encoding.size(), " bytes; a proof has 64"));
  }
  const auto c = Scalar::DecodeMaybeZero(encoding.subspan(0, Scalar::kSizeBytes));
  if (!c.ok()) return RefuseHalf("the challenge", c.status());
  const auto s = Scalar::DecodeMaybeZero(encoding.subspan(Scalar::kSizeBytes));
  if (!s.ok()) return RefuseHalf("the response", s.status());
  return FromScalars(*c, *s);
}

Proof Proof::FromScalars(const Scalar& c, const Scalar& s) {
  Proof proof;
  const Bytes c_bytes = c.RevealSecret();
  const Bytes s_bytes = s.RevealSecret();
  std::copy(c_bytes.begin(), c_bytes.end(), proof.bytes_.begin());
  std::copy(s_bytes.begin(), s_bytes.end(), proof.bytes_.begin() + Scalar::kSizeBytes);
  return proof;
}

absl::StatusOr<size_t> CountElements(absl::string_view field, Bytes packed) {
  if (packed.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(field, ": an empty batch; send 1 to ", kMaxBatch, " elements"));
  }
  if (packed.size() % kElementBytes != 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        field, ": ", packed.size(), " bytes; send elements of 32 bytes one behind the other"));
  }
  const size_t count = packed.size() / kElementBytes;
  if (count > kMaxBatch) {
    return absl::InvalidArgumentError(
        absl::StrCat(field, ": ", count, " elements; send at most ", kMaxBatch, " in one batch"));
  }
  return count;
}

absl::Status RefuseElement(absl::string_view field, Bytes packed, size_t index) {
  const auto element = Element::Decode(packed.subspan(index * kElementBytes, kElementBytes));
  if (element.ok()) {
    return absl::FailedPreconditionError(absl::StrCat(
        field, "[", index, "]: its secret scalar is zero, so it was moved from; keep its owner"));
  }
  return absl::InvalidArgumentError(
      absl::StrCat(field, "[", index, "]: ", element.status().message()));
}

absl::StatusOr<std::unique_ptr<CurvePoints>> DecodeBatch(const Curve& curve,
                                                         absl::string_view field, Bytes packed) {
  std::unique_ptr<CurvePoints> points;
  const size_t refused = curve.Decode(packed, &points);
  if (points == nullptr) return RefuseElement(field, packed, refused);
  return points;
}

Proof GenerateProof(const Scalar& secret_key, const Element& public_key, const Curve& curve,
                    const CurvePoints& blinded, Bytes blinded_packed, Bytes evaluated_packed,
                    const Scalar& nonce) {
  const std::vector<uint8_t> weights =
      CompositeWeights(curve, public_key, blinded_packed, evaluated_packed);
  const Encoding m = Composite(curve, weights, blinded);
  // The key's holder need not sum the second batch: Z = k·M.
  const auto [z, t2, t3] =
      MultiplyFew<3>({{{secret_key, m}, {nonce, Generator().bytes()}, {nonce, m}}});
  const Scalar c = Challenge(public_key, m, z, t2, t3);
  return Proof::FromScalars(c, nonce.Minus(c.Times(secret_key)));
}

absl::StatusOr<std::unique_ptr<CurvePoints>> VerifyProofKeepingPoints(
    const Curve& curve, const Element& public_key, Bytes blinded_packed, Bytes evaluated_packed,
    const Proof& proof, const CurvePoints* blinded) {
  std::unique_ptr<CurvePoints> decoded;
  if (blinded == nullptr) {
    VERVET_ASSIGN_OR_RETURN(decoded, DecodeBatch(curve, "blinded", blinded_packed));
    blinded = decoded.get();
  }
  VERVET_ASSIGN_OR_RETURN(auto evaluated, DecodeBatch(curve, "evaluated", evaluated_packed));
  const std::vector<uint8_t> weights =
      CompositeWeights(curve, public_key, blinded_packed, evaluated_packed);
  const Encoding m = Composite(curve, weights, *blinded);
  const Encoding z = Composite(curve, weights, *evaluated);

  const Bytes bytes = proof.bytes();
  VERVET_ASSIGN_OR_RETURN(const Scalar c,
                          Scalar::DecodeMaybeZero(bytes.subspan(0, Scalar::kSizeBytes)));
  VERVET_ASSIGN_OR_RETURN(const Scalar s,
                          Scalar::DecodeMaybeZero(bytes.subspan(Scalar::kSizeBytes)));
  const auto [s_g, c_key, s_m, c_z] =
      MultiplyFew<4>({{{s, Generator().bytes()}, {c, public_key.bytes()}, {s, m}, {c, z}}});
  const Scalar expected = Challenge(public_key, m, z, Add(s_g, c_key), Add(s_m, c_z));
  if (sodium_memcmp(expected.RevealSecret().data(), c.RevealSecret().data(), Scalar::kSizeBytes) !=
      0) {
    return absl::DataLossError(
        "proof: it does not hold for this public key and these elements; use nothing of the "
        "answer, and check the pinned public key");
  }
  return evaluated;
}

absl::Status VerifyProof(const Element& public_key, Bytes blinded_packed, Bytes evaluated_packed,
                         const Proof& proof) {
  VERVET_ASSIGN_OR_RETURN(const size_t blinded_count, CountElements("blinded", blinded_packed));
  VERVET_ASSIGN_OR_RETURN(const size_t evaluated_count,
                          CountElements("evaluated", evaluated_packed));
  if (evaluated_count != blinded_count) {
    return absl::InvalidArgumentError(absl::StrCat("evaluated: ", evaluated_count, " elements for ",
                                                   blinded_count, " blinded; send one for each"));
  }
  return VerifyProofKeepingPoints(BestCurve(blinded_count), public_key, blinded_packed,
                                  evaluated_packed, proof, nullptr)
      .status();
}

}  // namespace vervet::oprf
