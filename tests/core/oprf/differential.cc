#include "tests/core/oprf/differential.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/manual_environment.h"

namespace vervet::oprf {
namespace {

constexpr size_t kElementBytes = Element::kSizeBytes;

struct Inputs {
  std::vector<uint8_t> uniform, weights;
  std::vector<Scalar> scalars;
};

struct Results {
  std::vector<uint8_t> mapped_each, all, sum;
  size_t decoded = 0;
  friend bool operator==(const Results&, const Results&) = default;
};

Inputs Draw(size_t count, uint64_t seed) {
  ManualEnvironment env(seed);
  Inputs in;
  in.uniform.resize(count * kDigestBytes);
  env.FillRandom(absl::MakeSpan(in.uniform));
  for (size_t i = 0; i < count; ++i) {
    in.scalars.push_back(Scalar::Random(env));
    const Scalar weight = Scalar::Random(env);
    const Bytes bytes = weight.RevealSecret();
    in.weights.insert(in.weights.end(), bytes.begin(), bytes.end());
  }
  return in;
}

Results Compute(const Curve& curve, const Inputs& in) {
  const size_t count = in.scalars.size();
  Results out;
  out.mapped_each.resize(count * kElementBytes);
  out.all.resize(count * kElementBytes);
  out.sum.resize(kElementBytes);
  const auto mapped = curve.MapToGroup(in.uniform);
  curve.MultiplyEach(in.scalars, *mapped, absl::MakeSpan(out.mapped_each));
  std::unique_ptr<CurvePoints> points;
  out.decoded = curve.Decode(out.mapped_each, &points);
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
  if (actual.all != expected.all) return packed("product", expected.all, actual.all);
  return "weighted sum";
}

}  // namespace

std::string FirstDifference(absl::Span<const Curve* const> curves, size_t count, uint64_t seed) {
  const Inputs in = Draw(count, seed);
  const Results expected = Compute(SodiumCurve(), in);
  for (const Curve* curve : curves) {
    const Results actual = Compute(*curve, in);
    if (actual == expected) continue;
    return absl::StrCat(curve->name(), ", ", count, " points, seed ", seed, ": ",
                        Difference(expected, actual));
  }
  return "";
}

}  // namespace vervet::oprf
