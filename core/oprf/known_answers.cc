// What an implementation must have computed rightly before it is used.
#include <sodium.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "core/oprf/curve_lanes.h"

namespace vervet::oprf {
namespace {

constexpr size_t kElementBytes = Element::kSizeBytes;

// RFC 9496, appendix A.2: x² would be no square.
constexpr std::array<uint8_t, kElementBytes> kNoElement = {
    0x26, 0x94, 0x8d, 0x35, 0xca, 0x62, 0xe6, 0x43, 0xe2, 0x6a, 0x83, 0x17, 0x73, 0x32, 0xe6, 0xb6,
    0xaf, 0xeb, 0x9d, 0x08, 0xe4, 0x26, 0x8b, 0x65, 0x0f, 0x1f, 0x5b, 0xbd, 0x8d, 0x81, 0xd3, 0x71};

std::vector<uint8_t> Fixed(size_t size_bytes) {
  const unsigned char seed[randombytes_SEEDBYTES] = {'v', 'e', 'r', 'v', 'e', 't'};
  std::vector<uint8_t> bytes(size_bytes);
  randombytes_buf_deterministic(bytes.data(), bytes.size(), seed);
  return bytes;
}

// The points one behind the other, again and again, with their weights: so many that they are
// summed by buckets, where the curve does that. libsodium adds up each point once.
std::vector<uint8_t> SumOfMany(const Curve& by, const std::vector<uint8_t>& points,
                               const std::vector<Scalar>& weights) {
  constexpr uint8_t kTimes = 16;
  const bool once = &by == &SodiumCurve();
  Secret<kDigestBytes> times;
  times.MutableSecret()[0] = kTimes;
  const Scalar multiple = Scalar::Reduce(times);
  std::vector<uint8_t> many, many_weights, sum(kElementBytes);
  for (int i = 0; i < (once ? 1 : kTimes); ++i) {
    many.insert(many.end(), points.begin(), points.end());
    for (const Scalar& weight : weights) {
      const Scalar own = once ? weight.Times(multiple) : weight.Clone();
      const Bytes bytes = own.RevealSecret();
      many_weights.insert(many_weights.end(), bytes.begin(), bytes.end());
    }
  }
  std::unique_ptr<CurvePoints> decoded;
  if (by.Decode(many, &decoded) == many.size() / kElementBytes) {
    by.WeightedSum(many_weights, *decoded, absl::MakeSpan(sum));
  }
  return sum;
}

}  // namespace

bool AgreesWithSodium(const Curve& curve) {
  constexpr size_t kCount = 11;  // a full block and a part of one, of eight lanes as of four
  const Curve& sodium = SodiumCurve();
  const std::vector<uint8_t> uniform = Fixed(kCount * kDigestBytes);
  constexpr size_t kMessageBytes = 145;  // as that of a weight
  const std::vector<uint8_t> messages = Fixed(kCount * kMessageBytes);
  std::vector<Scalar> scalars;
  std::vector<uint8_t> weights;
  for (size_t i = 0; i < kCount; ++i) {
    Secret<kDigestBytes> wide;
    std::copy_n(&uniform[i * kDigestBytes], kDigestBytes, wide.MutableSecret().begin());
    scalars.push_back(Scalar::Reduce(wide));
    const Bytes bytes = scalars.back().RevealSecret();
    weights.insert(weights.end(), bytes.begin(), bytes.end());
  }
  struct Results {
    std::vector<uint8_t> mapped, all, each, added, sum, sum_of_many, expanded;
  };
  const auto compute = [&](const Curve& by, Results& out) {
    for (auto* packed : {&out.mapped, &out.all, &out.each, &out.added})
      packed->resize(kCount * kElementBytes);
    out.sum.resize(kElementBytes);
    out.expanded.resize(kCount * kDigestBytes);
    by.ExpandEach(messages, kMessageBytes, "known answers", absl::MakeSpan(out.expanded));
    const auto points = by.MapToGroup(uniform);
    if (by.MultiplyEach(scalars, *points, absl::MakeSpan(out.mapped)) < kCount) return false;
    std::unique_ptr<CurvePoints> decoded;
    if (by.Decode(out.mapped, &decoded) < kCount) return false;
    by.WeightedSum(weights, *decoded, absl::MakeSpan(out.sum));
    out.sum_of_many = SumOfMany(by, out.mapped, scalars);
    const auto base = by.Prepare(Generator());
    if (by.AddMultiples(*points, scalars, *base, true, absl::MakeSpan(out.added), nullptr) <
        kCount) {
      return false;
    }
    std::vector<uint8_t> wrong = out.mapped;
    std::copy(kNoElement.begin(), kNoElement.end(), &wrong[9 * kElementBytes]);
    return by.MultiplyAll(scalars[0], *decoded, absl::MakeSpan(out.all)) == kCount &&
           by.MultiplyEach(scalars, *decoded, absl::MakeSpan(out.each)) == kCount &&
           by.Decode(wrong, &decoded) == 9;
  };
  Results expected, actual;
  return compute(sodium, expected) && compute(curve, actual) && actual.mapped == expected.mapped &&
         actual.all == expected.all && actual.each == expected.each &&
         actual.added == expected.added && actual.sum == expected.sum &&
         actual.sum_of_many == expected.sum_of_many && actual.expanded == expected.expanded;
}

}  // namespace vervet::oprf
