// The seam below the batch functions: all bulk curve arithmetic goes through these operations, on
// points that are decoded once and used several times. libsodium is one implementation; the others
// work on several points at a time (lanes/lane_ops.h).
#ifndef VERVET_CORE_OPRF_CURVE_H_
#define VERVET_CORE_OPRF_CURVE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/oprf/group.h"
#include "core/oprf/hash.h"

namespace vervet::oprf {

// A batch of decoded points, in the form of the curve that made it: only that curve may use it.
// Wiped when it dies. Immutable.
class CurvePoints {
 public:
  explicit CurvePoints(size_t size) : size_(size) {}
  virtual ~CurvePoints() = default;
  CurvePoints(const CurvePoints&) = delete;
  CurvePoints& operator=(const CurvePoints&) = delete;
  size_t size() const { return size_; }

 private:
  const size_t size_;
};

// What a curve keeps of one element so that many scalars are multiplied by it fast; public. Only
// the curve that made it may use it. Immutable.
class CurveBase {
 public:
  CurveBase() = default;
  virtual ~CurveBase() = default;
  CurveBase(const CurveBase&) = delete;
  CurveBase& operator=(const CurveBase&) = delete;
};

// Packed elements are 32·n bytes, packed weights 32·n, packed uniform bytes 64·n; the caller has
// checked the sizes, and no output overlaps an input. n may be zero. Implementations keep no state
// and are thread-safe. All give the same bytes.
class Curve {
 public:
  virtual ~Curve() = default;
  virtual absl::string_view name() const = 0;  // "libsodium", "portable", "avx2", "avx512ifma"

  // Each encoding is held to Element::Decode's rules. The answer is the index of the first that
  // breaks one (the caller asks Element::Decode for the reason), or n, with `points` set.
  virtual size_t Decode(Bytes packed, std::unique_ptr<CurvePoints>* points) const = 0;
  // The one-way map of RFC 9496 section 4.3.4 of each 64 bytes; a point may be the identity.
  virtual std::unique_ptr<CurvePoints> MapToGroup(Bytes uniform_packed) const = 0;

  // out[i] = scalar · points[i], in time that does not depend on the scalar or the points. The
  // answer is the index of the first product that is the identity (its bytes are zeros), or n: the
  // points of MapToGroup can be, and a scalar that was moved from is zero.
  virtual size_t MultiplyAll(const Scalar& scalar, const CurvePoints& points,
                             absl::Span<uint8_t> out_packed) const = 0;
  // The same with a scalar for each point.
  virtual size_t MultiplyEach(absl::Span<const Scalar> scalars, const CurvePoints& points,
                              absl::Span<uint8_t> out_packed) const = 0;
  // A base that is used again and again (about a millisecond, and 60 KiB).
  virtual std::unique_ptr<const CurveBase> Prepare(const Element& base) const = 0;
  // out[i] = points[i] + scalars[i] · base, or minus where `subtract`, in time that does not depend
  // on scalars or points. The answer is as MultiplyAll's; `sums`, where it is not null, gets the
  // points whose encodings `out` has.
  virtual size_t AddMultiples(const CurvePoints& points, absl::Span<const Scalar> scalars,
                              const CurveBase& base, bool subtract, absl::Span<uint8_t> out_packed,
                              std::unique_ptr<CurvePoints>* sums) const = 0;
  // out (32 bytes) = Σ weights[i] · points[i]. Weights, below the group's order, and points are
  // public; the sum may be the identity.
  virtual void WeightedSum(Bytes weights_packed, const CurvePoints& points,
                           absl::Span<uint8_t> out) const = 0;

  // Hashing belongs here because a batch needs as much of it as of points. out[i] (64 bytes) =
  // expand_message_xmd (RFC 9380 section 5.3.1) of the i-th message with the tag `dst`, 1 to 255
  // bytes. All messages are of one length, and public.
  virtual void ExpandEach(Bytes messages_packed, size_t message_bytes, absl::string_view dst,
                          absl::Span<uint8_t> out_packed) const = 0;
};

// libsodium, one element at a time: works everywhere, and is what any other implementation is
// tested against.
const Curve& SodiumCurve();

// All that this processor can run, fastest first, SodiumCurve() last. Chosen once, at the first
// call: what the processor claims to be able to do is believed only after it has done it without an
// illegal instruction (trial.h) and known products, sums and maps came out as libsodium has them.
absl::Span<const Curve* const> AvailableCurves();

// The fastest for a batch of `count` points. Tests put another one in its place with
// ScopedCurveForTesting.
const Curve& BestCurve(size_t count);

}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_CURVE_H_
