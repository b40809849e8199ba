// The group, the proof and the token: what is decoded is canonical, and an answer that was touched
// is noticed.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/manual_environment.h"
#include "core/oprf/curve.h"
#include "core/oprf/dleq.h"
#include "core/oprf/group.h"
#include "core/oprf/token.h"
#include "core/oprf/voprf.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"

namespace vervet::fuzz {
namespace {

using absl::StatusCode;
using oprf::AsBytes;

const oprf::KeyPair& Key() {
  static const auto* const key =
      new oprf::KeyPair(*oprf::DeriveKeyPair(AsBytes(std::string(32, '\5')), "fuzz"));
  return *key;
}

template <typename Bytes>
std::string Text(const Bytes& bytes) {
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

void Decode(const std::string& bytes) {
  const auto element = oprf::Element::Decode(AsBytes(bytes));
  if (element.ok()) {
    VERVET_FUZZ_CHECK(Text(element->bytes()) == bytes, "an element has one encoding");
    VERVET_FUZZ_CHECK(bytes != std::string(32, '\0'), "the identity is refused");
    VERVET_FUZZ_CHECK(oprf::DeriveToken(1, 1, *element) != oprf::DeriveToken(2, 1, *element) &&
                          oprf::DeriveToken(1, 1, *element) != oprf::DeriveToken(1, 2, *element),
                      "a token binds type and epoch");
  } else {
    CheckRefusal(element.status(), {StatusCode::kInvalidArgument});
  }
  const auto scalar = oprf::Scalar::Decode(AsBytes(bytes));
  if (scalar.ok()) {
    VERVET_FUZZ_CHECK(Text(scalar->RevealSecret()) == bytes, "a scalar has one encoding");
    const std::string one = std::string(1, '\1') + std::string(31, '\0');
    VERVET_FUZZ_CHECK(Text(scalar->Times(scalar->Inverse()).RevealSecret()) == one,
                      "a scalar has an inverse");
  }
  const auto proof = oprf::Proof::Decode(AsBytes(bytes));
  VERVET_FUZZ_CHECK(!proof.ok() || Text(proof->bytes()) == bytes, "a proof has one encoding");
  const auto token = oprf::Token::Decode(AsBytes(bytes));
  VERVET_FUZZ_CHECK(token.ok() == (bytes.size() == oprf::Token::kSizeBytes), "a token's length");
}

void Inputs(Input& in) {
  const auto type = static_cast<uint32_t>(in.Number(4)),
             version = static_cast<uint32_t>(in.Number(4));
  const std::string text = in.Rest();
  const auto input = oprf::Input(type, version, text);
  VERVET_FUZZ_CHECK(input.ok() == !text.empty(), "an input needs a text");
  if (!input.ok()) return;
  VERVET_FUZZ_CHECK(input->size() == text.size() + oprf::kInputFramingBytes, "the framing");
  VERVET_FUZZ_CHECK(*oprf::Input(type, version + 1, text) != *input &&
                        *oprf::Input(type + 1, version, text) != *input &&
                        *oprf::Input(type, version, text + "x") != *input,
                    "an input binds type, version and text");
}

// k·G for many k, by each implementation.
const oprf::CurveBase& GeneratorOf(const oprf::Curve& curve) {
  static auto* const bases =
      new std::map<absl::string_view, std::unique_ptr<const oprf::CurveBase>>;
  std::unique_ptr<const oprf::CurveBase>& base = (*bases)[curve.name()];
  if (base == nullptr) base = curve.Prepare(oprf::Generator());
  return *base;
}

// Every implementation of the group decodes, multiplies, maps and adds as libsodium does.
void Differential(const std::string& packed) {
  const size_t count = packed.size() / 32;
  const oprf::Digest digest = oprf::Sha512({AsBytes(packed)});
  Secret<oprf::kDigestBytes> wide;
  std::copy(digest.begin(), digest.end(), wide.MutableSecret().begin());
  const oprf::Scalar scalar = oprf::Scalar::Reduce(wide);
  const std::string weights = Text(scalar.RevealSecret());
  struct Results {
    size_t decoded = 0;
    std::string products, added, sum = std::string(32, '\0'), mapped = std::string(32, '\0');
    bool operator==(const Results&) const = default;
  };
  const auto bytes = [](std::string& text) {
    return absl::MakeSpan(reinterpret_cast<uint8_t*>(text.data()), text.size());
  };
  const auto compute = [&](const oprf::Curve& curve) {
    Results out;
    curve.MultiplyAll(scalar, *curve.MapToGroup(digest), bytes(out.mapped));
    std::unique_ptr<oprf::CurvePoints> points;
    out.decoded = curve.Decode(AsBytes(packed).subspan(0, count * 32), &points);
    if (points == nullptr) return out;
    out.products.resize(count * 32);
    curve.MultiplyAll(scalar, *points, bytes(out.products));
    out.added.resize(count * 32);
    std::vector<oprf::Scalar> scalars;
    for (size_t i = 0; i < count; ++i) scalars.push_back(scalar.Clone());
    curve.AddMultiples(*points, scalars, GeneratorOf(curve), (count & 1) != 0, bytes(out.added),
                       nullptr);
    std::string repeated;
    for (size_t i = 0; i < count; ++i) repeated += weights;
    curve.WeightedSum(AsBytes(repeated), *points, bytes(out.sum));
    return out;
  };
  const Results expected = compute(oprf::SodiumCurve());
  for (const oprf::Curve* curve : oprf::AvailableCurves()) {
    VERVET_FUZZ_CHECK(compute(*curve) == expected, "every implementation gives the same bytes");
  }
}

void Evaluate(const std::string& packed) {
  Differential(packed);
  static auto* const env = new ManualEnvironment;
  const auto evaluated = oprf::EvaluateBatch(Key(), AsBytes(packed), *env);
  bool all_right = !packed.empty() && packed.size() % 32 == 0;
  for (size_t i = 0; all_right && i < packed.size(); i += 32) {
    all_right = oprf::Element::Decode(AsBytes(packed.substr(i, 32))).ok();
  }
  VERVET_FUZZ_CHECK(evaluated.ok() == all_right, "a batch is evaluated whole or not at all");
  if (!evaluated.ok()) return CheckRefusal(evaluated.status(), {StatusCode::kInvalidArgument});
  VERVET_FUZZ_CHECK(oprf::VerifyProof(Key().public_key(), AsBytes(packed),
                                      AsBytes(evaluated->evaluated_packed), evaluated->proof)
                        .ok(),
                    "the proof holds");
}

// A whole exchange in which something is changed on the way back.
void Tampered(Input& in) {
  static auto* const env = new ManualEnvironment;
  std::vector<std::string> texts;
  for (uint32_t i = 0; i <= in.Below(3); ++i) {
    texts.push_back(*oprf::Input(1, 1, absl::StrCat("text ", in.Byte())));
  }
  const auto blinded = oprf::BlindBatch(texts, *env);
  const auto evaluated = oprf::EvaluateBatch(Key(), AsBytes(blinded->blinded_packed), *env);
  std::string packed = evaluated->evaluated_packed, proof = Text(evaluated->proof.bytes());
  std::string& spoilt = in.Flag() ? packed : proof;
  const bool changes = in.Below(8) != 0;
  if (changes) {
    spoilt[in.Below(static_cast<uint32_t>(spoilt.size()))] ^= static_cast<char>(1 << in.Below(8));
  }
  const auto decoded = oprf::Proof::Decode(AsBytes(proof));
  if (!decoded.ok()) return;
  const auto elements =
      oprf::VerifyAndUnblindBatch(Key().public_key(), *blinded, AsBytes(packed), *decoded);
  VERVET_FUZZ_CHECK(elements.ok() == !changes, "an answer that was touched is noticed");
  if (!elements.ok()) {
    return CheckRefusal(elements.status(), {StatusCode::kDataLoss, StatusCode::kInvalidArgument});
  }
  VERVET_FUZZ_CHECK(elements->size() == texts.size(), "one element a text");
}

}  // namespace
}  // namespace vervet::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  vervet::fuzz::Input in(data, size);
  switch (in.Below(4)) {
    case 0:
      vervet::fuzz::Decode(in.Rest());
      break;
    case 1:
      vervet::fuzz::Inputs(in);
      break;
    case 2:
      vervet::fuzz::Evaluate(in.Bytes(8 * 32));
      break;
    default:
      vervet::fuzz::Tampered(in);
      break;
  }
  return 0;
}
