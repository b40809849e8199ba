#include "tests/core/oprf/differential.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/manual_environment.h"

namespace vervet::oprf {
namespace {

constexpr size_t kElementBytes = Element::kSizeBytes;

// Known points are p·G: of these, libsodium says what a product, a sum with multiples of a base and
// a weighted sum must be with one fast multiplication of G each, by another way than the lanes
// take.
struct Inputs {
  std::vector<uint8_t> uniform, known, weights;
  std::vector<Scalar> scalars;
  Element base = Generator();
};

struct Results {
  std::vector<uint8_t> mapped_each, all, added, sum;
  size_t decoded = 0, decoded_known = 0;
  friend bool operator==(const Results&, const Results&) = default;
};

void Append(Bytes bytes, std::vector<uint8_t>& to) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

Scalar Plus(const Scalar& a, const Scalar& b) {
  const Scalar zero = a.Minus(a);
  return a.Minus(zero.Minus(b));
}

// Draws everything, and computes with libsodium.
Inputs Draw(size_t count, uint64_t seed, Results& expected) {
  ManualEnvironment env(seed);
  Inputs in;
  in.uniform.resize(count * kDigestBytes);
  env.FillRandom(absl::MakeSpan(in.uniform));
  in.scalars = RandomScalars(count, env);
  const std::vector<Scalar> logs = RandomScalars(count, env), weights = RandomScalars(count, env);
  const Scalar base_log = Scalar::Random(env);
  in.base = MultiplyGenerator(base_log).value();

  const Curve& sodium = SodiumCurve();
  const auto mapped = sodium.MapToGroup(in.uniform);
  expected.mapped_each.resize(count * kElementBytes);
  expected.added.resize(count * kElementBytes);
  sodium.MultiplyEach(in.scalars, *mapped, absl::MakeSpan(expected.mapped_each));
  std::vector<Scalar> multiples;
  Scalar sum = base_log.Minus(base_log);
  for (size_t i = 0; i < count; ++i) {
    Append(weights[i].RevealSecret(), in.weights);
    Append(MultiplyGenerator(logs[i])->bytes(), in.known);
    Append(MultiplyGenerator(in.scalars[0].Times(logs[i]))->bytes(), expected.all);
    multiples.push_back(base_log.Times(in.scalars[i]));
    sum = Plus(sum, weights[i].Times(logs[i]));
  }
  sodium.AddMultiples(*mapped, multiples, *sodium.Prepare(Generator()), seed % 2 == 0,
                      absl::MakeSpan(expected.added), nullptr);
  Append(MultiplyGenerator(sum)->bytes(), expected.sum);
  expected.decoded = expected.decoded_known = count;
  return in;
}

Results Compute(const Curve& curve, const Inputs& in, uint64_t seed) {
  const size_t count = in.scalars.size();
  Results out;
  for (auto* packed : {&out.mapped_each, &out.all, &out.added}) {
    packed->resize(count * kElementBytes);
  }
  out.sum.resize(kElementBytes);
  const auto mapped = curve.MapToGroup(in.uniform);
  curve.MultiplyEach(in.scalars, *mapped, absl::MakeSpan(out.mapped_each));
  curve.AddMultiples(*mapped, in.scalars, *curve.Prepare(in.base), seed % 2 == 0,
                     absl::MakeSpan(out.added), nullptr);
  std::unique_ptr<CurvePoints> points;
  out.decoded = curve.Decode(out.mapped_each, &points);
  out.decoded_known = curve.Decode(in.known, &points);
  if (points == nullptr) return out;
  curve.MultiplyAll(in.scalars[0], *points, absl::MakeSpan(out.all));
  curve.WeightedSum(in.weights, *points, absl::MakeSpan(out.sum));
  return out;
}

std::string Difference(const Results& expected, const Results& actual) {
  const auto packed = [](const char* what, const auto& a, const auto& b) {
    const size_t at = std::mismatch(a.begin(), a.end(), b.begin()).first - a.begin();
    return absl::StrCat(what, " ", at / kElementBytes);
  };
  if (actual.mapped_each != expected.mapped_each) {
    return packed("map and product", expected.mapped_each, actual.mapped_each);
  }
  if (actual.decoded != expected.decoded) return absl::StrCat("decoding ", actual.decoded);
  if (actual.decoded_known != expected.decoded_known) {
    return absl::StrCat("decoding of a known point ", actual.decoded_known);
  }
  if (actual.added != expected.added) {
    return packed("sum with a multiple", expected.added, actual.added);
  }
  if (actual.all != expected.all) return packed("product", expected.all, actual.all);
  return "weighted sum";
}

}  // namespace

std::string FirstDifference(absl::Span<const Curve* const> curves, size_t count, uint64_t seed) {
  Results expected;
  const Inputs in = Draw(count, seed, expected);
  for (const Curve* curve : curves) {
    const Results actual = Compute(*curve, in, seed);
    if (actual == expected) continue;
    return absl::StrCat(curve->name(), ", ", count, " points, seed ", seed, ": ",
                        Difference(expected, actual));
  }
  return "";
}

}  // namespace vervet::oprf
