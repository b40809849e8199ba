#include "core/oprf/voprf.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/mutex.h"
#include "core/base/status_macros.h"
#include "core/oprf/curve.h"
#include "core/oprf/secret_buffer.h"
#include "core/oprf/voprf_testing.h"

namespace vervet::oprf {
namespace {

constexpr size_t kElementBytes = Element::kSizeBytes;
constexpr size_t kSeedBytes = 32;

absl::Span<uint8_t> MutableBytes(std::string& text) {
  return absl::MakeSpan(reinterpret_cast<uint8_t*>(text.data()), text.size());
}

absl::Status CheckInputs(absl::Span<const std::string> inputs) {
  if (inputs.empty() || inputs.size() > kMaxBatch) {
    return absl::InvalidArgumentError(
        absl::StrCat("inputs: ", inputs.size(), " of them; blind 1 to ", kMaxBatch, " at once"));
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].size() > kMaxInputBytes) {
      return absl::InvalidArgumentError(
          absl::StrCat("inputs[", i, "]: ", inputs[i].size(), " bytes; at most ", kMaxInputBytes));
    }
  }
  return absl::OkStatus();
}

// The inputs' points: H of each.
std::unique_ptr<CurvePoints> HashAllToGroup(const Curve& curve,
                                            absl::Span<const absl::string_view> inputs, Mode mode) {
  const std::string dst = DomainTag("HashToGroup-", mode);
  SecretBuffer uniform(inputs.size() * kDigestBytes);
  for (size_t i = 0; i < inputs.size(); ++i) {
    ExpandMessageXmd({AsBytes(inputs[i])}, dst,
                     uniform.MutableSecret().subspan(i * kDigestBytes, kDigestBytes));
  }
  return curve.MapToGroup(uniform.RevealSecret());
}

// RFC 9497's InvalidInputError, which nobody has ever seen.
absl::Status RefuseIdentity(size_t index) {
  return absl::InvalidArgumentError(
      absl::StrCat("inputs[", index, "]: it maps to the identity element; it cannot be evaluated"));
}

absl::Status RefuseZeroScalar(absl::string_view name) {
  return absl::FailedPreconditionError(
      absl::StrCat(name, ": zero, so it was moved from; keep the batch that owns it"));
}

absl::StatusOr<std::string> MultiplyPoints(absl::string_view field, const Scalar& scalar,
                                           const Curve& curve, const CurvePoints& points,
                                           Bytes packed) {
  std::string out(points.size() * kElementBytes, '\0');
  const size_t refused = curve.MultiplyAll(scalar, points, MutableBytes(out));
  if (refused < points.size()) return RefuseElement(field, packed, refused);
  return out;
}

// Prepared bases: G, and the keys of a coalition (some types, two epochs each while a key changes).
// What a curve prepares, any curve of its name may use.
constexpr size_t kMaxPrepared = 64;

class PreparedBases {
 public:
  std::shared_ptr<const CurveBase> Get(const Curve& curve, const Element& base) {
    const Key key(curve.name(), base);
    {
      MutexLock lock(mutex_);
      const auto found = prepared_.find(key);
      if (found != prepared_.end()) return found->second;
    }
    std::shared_ptr<const CurveBase> made = curve.Prepare(base);
    MutexLock lock(mutex_);
    if (prepared_.size() >= kMaxPrepared) prepared_.clear();
    return prepared_.try_emplace(key, std::move(made)).first->second;
  }

 private:
  using Key = std::pair<absl::string_view, Element>;
  Mutex mutex_;
  absl::flat_hash_map<Key, std::shared_ptr<const CurveBase>> prepared_ ABSL_GUARDED_BY(mutex_);
};

std::shared_ptr<const CurveBase> Prepared(const Curve& curve, const Element& base) {
  static auto* const bases = new PreparedBases;
  return bases->Get(curve, base);
}

// evaluated - blind·K, once for each position.
absl::StatusOr<std::vector<Element>> Unblinded(const Element& public_key,
                                               const BlindedBatch& blinded, const Curve& curve,
                                               const CurvePoints& points) {
  std::vector<uint8_t> unblinded(points.size() * kElementBytes);
  const auto base = Prepared(curve, public_key);
  const size_t refused =
      curve.AddMultiples(points, blinded.blinds, *base, true, absl::MakeSpan(unblinded), nullptr);
  if (refused < points.size()) {
    return RefuseIdentity(std::find(blinded.position.begin(), blinded.position.end(), refused) -
                          blinded.position.begin());
  }
  std::vector<Element> out;
  out.reserve(blinded.position.size());
  for (const uint32_t at : blinded.position) {
    out.push_back(Element::AlreadyChecked(&unblinded[at * kElementBytes]));
  }
  return out;
}

absl::Status CheckBlinds(const BlindedBatch& blinded) {
  if (blinded.blinds.size() != blinded.elements()) {
    return absl::FailedPreconditionError(absl::StrCat("blinds: ", blinded.blinds.size(), " for ",
                                                      blinded.elements(),
                                                      " elements; keep the batch that owns them"));
  }
  for (size_t i = 0; i < blinded.blinds.size(); ++i) {
    if (blinded.blinds[i].IsZero()) return RefuseZeroScalar(absl::StrCat("blinds[", i, "]"));
  }
  return absl::OkStatus();
}

absl::Status CheckAnswerSize(const BlindedBatch& blinded, Bytes evaluated_packed) {
  VERVET_ASSIGN_OR_RETURN(const size_t count, CountElements("evaluated", evaluated_packed));
  if (count != blinded.elements()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "evaluated: ", count, " elements for ", blinded.elements(), " blinded; send one for each"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<KeyPair> KeyPair::FromSecretKey(Bytes secret_key) {
  auto scalar = Scalar::Decode(secret_key);
  if (!scalar.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("secret key: ", scalar.status().message()));
  }
  return FromSecretKey(*std::move(scalar));
}

absl::StatusOr<KeyPair> KeyPair::FromSecretKey(Scalar secret_key) {
  VERVET_ASSIGN_OR_RETURN(const Element public_key, MultiplyGenerator(secret_key));
  return KeyPair(std::move(secret_key), public_key);
}

absl::StatusOr<KeyPair> GenerateKeyPair(Environment& env) {
  return KeyPair::FromSecretKey(Scalar::Random(env));
}

absl::StatusOr<KeyPair> DeriveKeyPair(Bytes seed, absl::string_view info, Mode mode) {
  if (seed.size() != kSeedBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("seed: ", seed.size(), " bytes; give ", kSeedBytes, " random ones"));
  }
  if (info.size() > kMaxInputBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("info: ", info.size(), " bytes; at most ", kMaxInputBytes));
  }
  const std::string dst = DomainTag("DeriveKeyPair", mode);
  for (int counter = 0; counter <= 255; ++counter) {
    const auto counter_byte = static_cast<uint8_t>(counter);
    Scalar scalar =
        HashToScalar({seed, BigEndian16(info.size()), AsBytes(info), Bytes(&counter_byte, 1)}, dst);
    if (!scalar.IsZero()) return KeyPair::FromSecretKey(std::move(scalar));
  }
  return absl::InternalError("seed: 256 derivations gave zero; give another seed");
}

absl::StatusOr<BlindedBatch> BlindBatch(absl::Span<const std::string> inputs, Environment& env) {
  VERVET_RETURN_IF_ERROR(CheckInputs(inputs));
  BlindedBatch out;
  std::vector<absl::string_view> distinct;
  absl::flat_hash_map<absl::string_view, uint32_t> position_of;
  position_of.reserve(inputs.size());
  out.position.reserve(inputs.size());
  for (const std::string& input : inputs) {
    const auto [found, is_new] =
        position_of.try_emplace(input, static_cast<uint32_t>(distinct.size()));
    if (is_new) distinct.push_back(input);
    out.position.push_back(found->second);
  }
  const Curve& curve = BestCurve(distinct.size());
  const auto hashed = HashAllToGroup(curve, distinct, Mode::kVoprf);
  out.blinds = RandomScalars(distinct.size(), env);
  out.blinded_packed.resize(distinct.size() * kElementBytes);
  std::unique_ptr<CurvePoints> points;
  const auto base = Prepared(curve, Generator());
  const size_t refused = curve.AddMultiples(*hashed, out.blinds, *base, false,
                                            MutableBytes(out.blinded_packed), &points);
  if (refused < distinct.size()) {
    return absl::InternalError("inputs: a random blind made the identity of one; blind them again");
  }
  out.curve = &curve;
  out.points = std::move(points);
  return out;
}

absl::StatusOr<SeparatelyBlinded> BlindWithGivenScalars(absl::Span<const std::string> inputs,
                                                        std::vector<Scalar> blinds, Mode mode) {
  VERVET_RETURN_IF_ERROR(CheckInputs(inputs));
  if (blinds.size() != inputs.size()) {
    return absl::InvalidArgumentError(absl::StrCat("blinds: ", blinds.size(), " for ",
                                                   inputs.size(), " inputs; give one for each"));
  }
  const Curve& curve = BestCurve(inputs.size());
  const std::vector<absl::string_view> views(inputs.begin(), inputs.end());
  const auto points = HashAllToGroup(curve, views, mode);
  SeparatelyBlinded out{std::move(blinds), std::string(inputs.size() * kElementBytes, '\0')};
  const size_t refused = curve.MultiplyEach(out.blinds, *points, MutableBytes(out.blinded_packed));
  if (refused == inputs.size()) return out;
  if (out.blinds[refused].IsZero()) return RefuseZeroScalar(absl::StrCat("blinds[", refused, "]"));
  return RefuseIdentity(refused);
}

absl::StatusOr<std::string> BlindEvaluateBatch(const Scalar& secret, Bytes blinded_packed) {
  VERVET_ASSIGN_OR_RETURN(const size_t count, CountElements("blinded", blinded_packed));
  const Curve& curve = BestCurve(count);
  VERVET_ASSIGN_OR_RETURN(const auto points, DecodeBatch(curve, "blinded", blinded_packed));
  return MultiplyPoints("blinded", secret, curve, *points, blinded_packed);
}

absl::StatusOr<EvaluatedBatch> EvaluateWithProofRandomness(const KeyPair& key, Bytes blinded_packed,
                                                           const Scalar& nonce) {
  VERVET_ASSIGN_OR_RETURN(const size_t count, CountElements("blinded", blinded_packed));
  const Curve& curve = BestCurve(count);
  VERVET_ASSIGN_OR_RETURN(const auto points, DecodeBatch(curve, "blinded", blinded_packed));
  VERVET_ASSIGN_OR_RETURN(std::string evaluated, MultiplyPoints("blinded", key.secret_key(), curve,
                                                                *points, blinded_packed));
  const Proof proof = GenerateProof(key.secret_key(), key.public_key(), curve, *points,
                                    blinded_packed, AsBytes(evaluated), nonce);
  return EvaluatedBatch{std::move(evaluated), proof};
}

absl::StatusOr<EvaluatedBatch> EvaluateBatch(const KeyPair& key, Bytes blinded_packed,
                                             Environment& env) {
  return EvaluateWithProofRandomness(key, blinded_packed, Scalar::Random(env));
}

absl::StatusOr<std::vector<Element>> UnblindSeparately(absl::Span<const Scalar> blinds,
                                                       Bytes evaluated_packed) {
  VERVET_ASSIGN_OR_RETURN(const size_t count, CountElements("evaluated", evaluated_packed));
  if (blinds.size() != count) {
    return absl::InvalidArgumentError(absl::StrCat("blinds: ", blinds.size(), " for ", count,
                                                   " evaluated elements; give one for each"));
  }
  for (size_t i = 0; i < count; ++i) {
    if (blinds[i].IsZero()) return RefuseZeroScalar(absl::StrCat("blinds[", i, "]"));
  }
  const std::vector<Scalar> inverses = InvertAll(blinds);
  const Curve& curve = BestCurve(count);
  VERVET_ASSIGN_OR_RETURN(const auto points, DecodeBatch(curve, "evaluated", evaluated_packed));
  std::vector<uint8_t> unblinded(evaluated_packed.size());
  curve.MultiplyEach(inverses, *points, absl::MakeSpan(unblinded));
  std::vector<Element> out;
  out.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    out.push_back(Element::AlreadyChecked(&unblinded[i * kElementBytes]));
  }
  return out;
}

absl::StatusOr<std::vector<Element>> UnblindBatch(const Element& public_key,
                                                  const BlindedBatch& blinded,
                                                  Bytes evaluated_packed) {
  VERVET_RETURN_IF_ERROR(CheckAnswerSize(blinded, evaluated_packed));
  VERVET_RETURN_IF_ERROR(CheckBlinds(blinded));
  const Curve& curve = BestCurve(blinded.elements());
  VERVET_ASSIGN_OR_RETURN(const auto points, DecodeBatch(curve, "evaluated", evaluated_packed));
  return Unblinded(public_key, blinded, curve, *points);
}

absl::StatusOr<std::vector<Element>> VerifyAndUnblindBatch(const Element& public_key,
                                                           const BlindedBatch& blinded,
                                                           Bytes evaluated_packed,
                                                           const Proof& proof) {
  VERVET_RETURN_IF_ERROR(CheckAnswerSize(blinded, evaluated_packed));
  VERVET_RETURN_IF_ERROR(CheckBlinds(blinded));
  const Curve& curve = BestCurve(blinded.elements());
  VERVET_ASSIGN_OR_RETURN(
      const auto points,
      VerifyProofKeepingPoints(curve, public_key, AsBytes(blinded.blinded_packed), evaluated_packed,
                               proof, blinded.curve == &curve ? blinded.points.get() : nullptr));
  return Unblinded(public_key, blinded, curve, *points);
}

absl::StatusOr<BlindedInput> Blind(absl::string_view input, Environment& env, Mode mode) {
  if (input.size() > kMaxInputBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("input: ", input.size(), " bytes; at most ", kMaxInputBytes));
  }
  VERVET_ASSIGN_OR_RETURN(const Element hashed,
                          HashToGroup({AsBytes(input)}, DomainTag("HashToGroup-", mode)));
  Scalar blind = Scalar::Random(env);
  VERVET_ASSIGN_OR_RETURN(const std::string blinded, BlindEvaluateBatch(blind, hashed.bytes()));
  return BlindedInput{std::move(blind), Element::AlreadyChecked(AsBytes(blinded).data())};
}

absl::StatusOr<Element> Unblind(const Scalar& blind, const Element& evaluated) {
  VERVET_ASSIGN_OR_RETURN(const std::vector<Element> unblinded,
                          UnblindSeparately(absl::MakeConstSpan(&blind, 1), evaluated.bytes()));
  return unblinded.front();
}

absl::StatusOr<Digest> Finalize(absl::string_view input, const Element& unblinded) {
  if (input.size() > kMaxInputBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("input: ", input.size(), " bytes; at most ", kMaxInputBytes));
  }
  return Sha512({BigEndian16(input.size()), AsBytes(input), BigEndian16(kElementBytes),
                 unblinded.bytes(), AsBytes("Finalize")});
}

}  // namespace vervet::oprf
