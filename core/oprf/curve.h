// The seam below the batch functions: all bulk curve arithmetic goes through these four operations
// on packed bytes, so that a vectorised implementation can take the place of libsodium's without a
// change above.
#ifndef VERVET_CORE_OPRF_CURVE_H_
#define VERVET_CORE_OPRF_CURVE_H_

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "core/oprf/group.h"
#include "core/oprf/hash.h"

namespace vervet::oprf {

// Scalars lie one behind the other, 32 bytes each, in any span of them.
static_assert(sizeof(Scalar) == Scalar::kSizeBytes);

// Packed elements are 32·n bytes, packed weights 32·n, packed uniform bytes 64·n; the caller has
// checked the sizes, and no output overlaps an input. Implementations keep no state and are
// thread-safe.
//
// Where elements come in, each is held to Element::Decode's rules. The answer is the index of the
// first element that breaks one (the caller asks Element::Decode for the reason), or n when all are
// fine; outputs mean something in the second case only. An index whose element is fine after all
// says that its secret scalar is zero.
class Curve {
 public:
  virtual ~Curve() = default;

  // out[i] = scalar · points[i], in time that does not depend on the scalar.
  virtual size_t MultiplyAll(const Scalar& scalar, Bytes points_packed,
                             absl::Span<uint8_t> out_packed) const = 0;
  // out[i] = scalars[i] · points[i], in time that does not depend on the scalars.
  virtual size_t MultiplyEach(absl::Span<const Scalar> scalars, Bytes points_packed,
                              absl::Span<uint8_t> out_packed) const = 0;
  // out (32 bytes) = Σ weights[i] · points[i]. The weights are public; the sum may be the identity.
  virtual size_t WeightedSum(Bytes weights_packed, Bytes points_packed,
                             absl::Span<uint8_t> out) const = 0;
  // out[i] = the one-way map of RFC 9496 section 4.3.4 of the 64 bytes uniform[i]; may be the
  // identity.
  virtual void MapToGroup(Bytes uniform_packed, absl::Span<uint8_t> out_packed) const = 0;
};

// libsodium, one element at a time: works everywhere, and is what any other implementation is
// tested against.
const Curve& SodiumCurve();
// The fastest one for this processor; chosen once.
const Curve& BestCurve();

}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_CURVE_H_
