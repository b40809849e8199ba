// Random points and scalars through one implementation and through libsodium.
#ifndef VERVET_TESTS_CORE_OPRF_DIFFERENTIAL_H_
#define VERVET_TESTS_CORE_OPRF_DIFFERENTIAL_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/types/span.h"
#include "core/oprf/curve.h"

namespace vervet::oprf {

// `count` points, each from 64 random bytes, multiplied by a random scalar of its own and added to
// a multiple of a random base; as many whose discrete logarithm is known, multiplied by one scalar
// and summed with weights. Maps, products, sums and decodings must be libsodium's. The answer names
// the first difference, or is empty. Deterministic for a seed.
std::string FirstDifference(absl::Span<const Curve* const> curves, size_t count, uint64_t seed);

}  // namespace vervet::oprf

#endif  // VERVET_TESTS_CORE_OPRF_DIFFERENTIAL_H_
