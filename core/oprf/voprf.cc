#include "core/oprf/voprf.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
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

absl::StatusOr<std::string> MultiplyPacked(absl::string_view field, const Scalar& scalar,
                                           Bytes packed) {
  VERVET_ASSIGN_OR_RETURN(const size_t count, CountElements(field, packed));
  std::string out(packed.size(), '\0');
  const size_t refused = BestCurve().MultiplyAll(scalar, packed, MutableBytes(out));
  if (refused < count) return RefuseElement(field, packed, refused);
  return out;
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

absl::StatusOr<BlindedBatch> BlindWithGivenScalars(absl::Span<const std::string> inputs,
                                                   std::vector<Scalar> blinds, Mode mode) {
  VERVET_RETURN_IF_ERROR(CheckInputs(inputs));
  if (blinds.size() != inputs.size()) {
    return absl::InvalidArgumentError(absl::StrCat("blinds: ", blinds.size(), " for ",
                                                   inputs.size(), " inputs; give one for each"));
  }
  const std::string dst = DomainTag("HashToGroup-", mode);
  SecretBuffer uniform(inputs.size() * kDigestBytes);
  for (size_t i = 0; i < inputs.size(); ++i) {
    ExpandMessageXmd({AsBytes(inputs[i])}, dst,
                     uniform.MutableSecret().subspan(i * kDigestBytes, kDigestBytes));
  }
  SecretBuffer points(inputs.size() * kElementBytes);
  BestCurve().MapToGroup(uniform.RevealSecret(), points.MutableSecret());

  BlindedBatch out{std::move(blinds), std::string(inputs.size() * kElementBytes, '\0')};
  const size_t refused =
      BestCurve().MultiplyEach(out.blinds, points.RevealSecret(), MutableBytes(out.blinded_packed));
  if (refused < inputs.size()) {
    // Either the input maps to the identity (RFC 9497's InvalidInputError) or its blind is zero.
    return RefuseElement("inputs", points.RevealSecret(), refused);
  }
  return out;
}

absl::StatusOr<BlindedBatch> BlindBatch(absl::Span<const std::string> inputs, Environment& env,
                                        Mode mode) {
  VERVET_RETURN_IF_ERROR(CheckInputs(inputs));
  std::vector<Scalar> blinds;
  blinds.reserve(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) blinds.push_back(Scalar::Random(env));
  return BlindWithGivenScalars(inputs, std::move(blinds), mode);
}

absl::StatusOr<std::string> BlindEvaluateBatch(const Scalar& secret, Bytes blinded_packed) {
  return MultiplyPacked("blinded", secret, blinded_packed);
}

absl::StatusOr<EvaluatedBatch> EvaluateWithProofRandomness(const KeyPair& key, Bytes blinded_packed,
                                                           const Scalar& nonce) {
  VERVET_ASSIGN_OR_RETURN(std::string evaluated,
                          BlindEvaluateBatch(key.secret_key(), blinded_packed));
  VERVET_ASSIGN_OR_RETURN(
      const Proof proof,
      GenerateProof(key.secret_key(), key.public_key(), blinded_packed, AsBytes(evaluated), nonce));
  return EvaluatedBatch{std::move(evaluated), proof};
}

absl::StatusOr<EvaluatedBatch> EvaluateBatch(const KeyPair& key, Bytes blinded_packed,
                                             Environment& env) {
  return EvaluateWithProofRandomness(key, blinded_packed, Scalar::Random(env));
}

absl::StatusOr<std::vector<Element>> UnblindBatch(absl::Span<const Scalar> blinds,
                                                  Bytes evaluated_packed) {
  VERVET_ASSIGN_OR_RETURN(const size_t count, CountElements("evaluated", evaluated_packed));
  if (blinds.size() != count) {
    return absl::InvalidArgumentError(absl::StrCat("blinds: ", blinds.size(), " for ", count,
                                                   " evaluated elements; give one for each"));
  }
  for (size_t i = 0; i < count; ++i) {
    if (blinds[i].IsZero()) {
      return absl::FailedPreconditionError(
          absl::StrCat("blinds[", i, "]: zero, so it was moved from; keep the batch that owns it"));
    }
  }
  const std::vector<Scalar> inverses = InvertAll(blinds);
  std::vector<uint8_t> unblinded(evaluated_packed.size());
  const size_t refused =
      BestCurve().MultiplyEach(inverses, evaluated_packed, absl::MakeSpan(unblinded));
  if (refused < count) return RefuseElement("evaluated", evaluated_packed, refused);
  std::vector<Element> out;
  out.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    out.push_back(Element::AlreadyChecked(&unblinded[i * kElementBytes]));
  }
  return out;
}

absl::StatusOr<std::vector<Element>> VerifyAndUnblindBatch(const Element& public_key,
                                                           absl::Span<const Scalar> blinds,
                                                           Bytes blinded_packed,
                                                           Bytes evaluated_packed,
                                                           const Proof& proof) {
  VERVET_RETURN_IF_ERROR(VerifyProof(public_key, blinded_packed, evaluated_packed, proof));
  return UnblindBatch(blinds, evaluated_packed);
}

absl::StatusOr<BlindedInput> Blind(absl::string_view input, Environment& env, Mode mode) {
  if (input.size() > kMaxInputBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("input: ", input.size(), " bytes; at most ", kMaxInputBytes));
  }
  VERVET_ASSIGN_OR_RETURN(const Element hashed,
                          HashToGroup({AsBytes(input)}, DomainTag("HashToGroup-", mode)));
  Scalar blind = Scalar::Random(env);
  VERVET_ASSIGN_OR_RETURN(const std::string blinded,
                          MultiplyPacked("input", blind, hashed.bytes()));
  return BlindedInput{std::move(blind), Element::AlreadyChecked(AsBytes(blinded).data())};
}

absl::StatusOr<Element> Unblind(const Scalar& blind, const Element& evaluated) {
  VERVET_ASSIGN_OR_RETURN(const std::vector<Element> unblinded,
                          UnblindBatch(absl::MakeConstSpan(&blind, 1), evaluated.bytes()));
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
