#include <sodium.h>

#include <algorithm>
#include <array>

#include "core/oprf/curve.h"

namespace vervet::oprf {
namespace {

constexpr size_t kElementBytes = Element::kSizeBytes;
using Encoding = std::array<uint8_t, kElementBytes>;

// libsodium's multiplication refuses what encodes no element, and reports the identity as a result;
// what it overlooks is bit 255.
bool Multiply(const uint8_t* scalar, const uint8_t* point, uint8_t* out) {
  return (point[kElementBytes - 1] & 0x80) == 0 &&
         crypto_scalarmult_ristretto255(out, scalar, point) == 0;
}

class Sodium final : public Curve {
 public:
  size_t MultiplyAll(const Scalar& scalar, Bytes points_packed,
                     absl::Span<uint8_t> out_packed) const override {
    const size_t count = points_packed.size() / kElementBytes;
    for (size_t i = 0; i < count; ++i) {
      const size_t at = i * kElementBytes;
      if (!Multiply(scalar.RevealSecret().data(), &points_packed[at], &out_packed[at])) return i;
    }
    return count;
  }

  size_t MultiplyEach(absl::Span<const Scalar> scalars, Bytes points_packed,
                      absl::Span<uint8_t> out_packed) const override {
    for (size_t i = 0; i < scalars.size(); ++i) {
      const size_t at = i * kElementBytes;
      if (!Multiply(scalars[i].RevealSecret().data(), &points_packed[at], &out_packed[at])) {
        return i;
      }
    }
    return scalars.size();
  }

  size_t WeightedSum(Bytes weights_packed, Bytes points_packed,
                     absl::Span<uint8_t> out) const override {
    const size_t count = points_packed.size() / kElementBytes;
    Encoding sum = {};  // the identity
    for (size_t i = 0; i < count; ++i) {
      const size_t at = i * kElementBytes;
      Encoding term;
      if (!Multiply(&weights_packed[at], &points_packed[at], term.data())) {
        // A weight of zero is the other cause, and then the term is the identity: nothing to add.
        if (!Element::Decode(points_packed.subspan(at, kElementBytes)).ok()) return i;
        continue;
      }
      crypto_core_ristretto255_add(sum.data(), sum.data(), term.data());
    }
    std::copy(sum.begin(), sum.end(), out.begin());
    return count;
  }

  void MapToGroup(Bytes uniform_packed, absl::Span<uint8_t> out_packed) const override {
    const size_t count = uniform_packed.size() / kDigestBytes;
    for (size_t i = 0; i < count; ++i) {
      crypto_core_ristretto255_from_hash(&out_packed[i * kElementBytes],
                                         &uniform_packed[i * kDigestBytes]);
    }
  }
};

}  // namespace

const Curve& SodiumCurve() {
  static const auto* const curve = new Sodium;
  return *curve;
}

const Curve& BestCurve() { return SodiumCurve(); }

}  // namespace vervet::oprf
