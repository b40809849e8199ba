#include <sodium.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/oprf/curve.h"
#include "core/oprf/secret_buffer.h"

namespace vervet::oprf {
namespace {

constexpr size_t kElementBytes = Element::kSizeBytes;
using Encoding = std::array<uint8_t, kElementBytes>;

// libsodium decodes in every call: its points are their encodings.
class EncodedPoints final : public CurvePoints {
 public:
  explicit EncodedPoints(size_t size) : CurvePoints(size), bytes_(size * kElementBytes) {}
  const uint8_t* at(size_t i) const { return &bytes_.RevealSecret()[i * kElementBytes]; }
  uint8_t* MutableAt(size_t i) { return &bytes_.MutableSecret()[i * kElementBytes]; }

 private:
  SecretBuffer bytes_;
};

class EncodedBase final : public CurveBase {
 public:
  explicit EncodedBase(const Element& base) : base_(base), is_generator_(base == Generator()) {}

  // scalar · base; zeros for the identity.
  Encoding Times(const Scalar& scalar) const {
    Encoding out;
    const uint8_t* const by = scalar.RevealSecret().data();
    const bool fine =
        is_generator_ ? crypto_scalarmult_ristretto255_base(out.data(), by) == 0
                      : crypto_scalarmult_ristretto255(out.data(), by, base_.bytes().data()) == 0;
    if (!fine) out.fill(0);
    return out;
  }

 private:
  const Element base_;
  const bool is_generator_;
};

const EncodedPoints& Own(const CurvePoints& points) {
  return static_cast<const EncodedPoints&>(points);
}

class Sodium final : public Curve {
 public:
  absl::string_view name() const override { return "libsodium"; }

  size_t Decode(Bytes packed, std::unique_ptr<CurvePoints>* points) const override {
    const size_t count = packed.size() / kElementBytes;
    auto decoded = std::make_unique<EncodedPoints>(count);
    for (size_t i = 0; i < count; ++i) {
      const Bytes encoding = packed.subspan(i * kElementBytes, kElementBytes);
      if (!Element::Decode(encoding).ok()) return i;
      std::copy(encoding.begin(), encoding.end(), decoded->MutableAt(i));
    }
    *points = std::move(decoded);
    return count;
  }

  std::unique_ptr<CurvePoints> MapToGroup(Bytes uniform_packed) const override {
    const size_t count = uniform_packed.size() / kDigestBytes;
    auto points = std::make_unique<EncodedPoints>(count);
    for (size_t i = 0; i < count; ++i) {
      crypto_core_ristretto255_from_hash(points->MutableAt(i), &uniform_packed[i * kDigestBytes]);
    }
    return points;
  }

  size_t MultiplyAll(const Scalar& scalar, const CurvePoints& points,
                     absl::Span<uint8_t> out_packed) const override {
    size_t first_identity = points.size();
    for (size_t i = points.size(); i > 0; --i) {
      if (!Multiply(scalar, points, i - 1, out_packed)) first_identity = i - 1;
    }
    return first_identity;
  }

  size_t MultiplyEach(absl::Span<const Scalar> scalars, const CurvePoints& points,
                      absl::Span<uint8_t> out_packed) const override {
    size_t first_identity = points.size();
    for (size_t i = points.size(); i > 0; --i) {
      if (!Multiply(scalars[i - 1], points, i - 1, out_packed)) first_identity = i - 1;
    }
    return first_identity;
  }

  std::unique_ptr<const CurveBase> Prepare(const Element& base) const override {
    return std::make_unique<EncodedBase>(base);
  }

  size_t AddMultiples(const CurvePoints& points, absl::Span<const Scalar> scalars,
                      const CurveBase& base, bool subtract, absl::Span<uint8_t> out_packed,
                      std::unique_ptr<CurvePoints>* sums) const override {
    const size_t count = points.size();
    size_t first_identity = count;
    for (size_t i = count; i > 0; --i) {
      uint8_t* const out = &out_packed[(i - 1) * kElementBytes];
      Encoding term = static_cast<const EncodedBase&>(base).Times(scalars[i - 1]);
      const auto combine = subtract ? crypto_core_ristretto255_sub : crypto_core_ristretto255_add;
      combine(out, Own(points).at(i - 1), term.data());
      sodium_memzero(term.data(), term.size());
      if (sodium_is_zero(out, kElementBytes) != 0) first_identity = i - 1;
    }
    if (sums != nullptr) {
      auto kept = std::make_unique<EncodedPoints>(count);
      if (count > 0) std::copy_n(out_packed.data(), count * kElementBytes, kept->MutableAt(0));
      *sums = std::move(kept);
    }
    return first_identity;
  }

  void WeightedSum(Bytes weights_packed, const CurvePoints& points,
                   absl::Span<uint8_t> out) const override {
    Encoding sum = {};  // the identity
    for (size_t i = 0; i < points.size(); ++i) {
      Encoding term;
      const uint8_t* const weight = &weights_packed[i * Scalar::kSizeBytes];
      if (crypto_scalarmult_ristretto255(term.data(), weight, Own(points).at(i)) != 0) {
        continue;  // a weight of zero: nothing to add
      }
      crypto_core_ristretto255_add(sum.data(), sum.data(), term.data());
    }
    std::copy(sum.begin(), sum.end(), out.begin());
  }

  void ExpandEach(Bytes messages_packed, size_t message_bytes, absl::string_view dst,
                  absl::Span<uint8_t> out_packed) const override {
    for (size_t i = 0; i < out_packed.size() / kDigestBytes; ++i) {
      ExpandMessageXmd({messages_packed.subspan(i * message_bytes, message_bytes)}, dst,
                       out_packed.subspan(i * kDigestBytes, kDigestBytes));
    }
  }

 private:
  // False: the product is the identity.
  static bool Multiply(const Scalar& scalar, const CurvePoints& points, size_t i,
                       absl::Span<uint8_t> out_packed) {
    uint8_t* const out = &out_packed[i * kElementBytes];
    const bool fine =
        crypto_scalarmult_ristretto255(out, scalar.RevealSecret().data(), Own(points).at(i)) == 0;
    if (!fine) std::fill_n(out, kElementBytes, uint8_t{0});
    return fine;
  }
};

}  // namespace

const Curve& SodiumCurve() {
  static const auto* const curve = new Sodium;
  return *curve;
}

}  // namespace vervet::oprf
