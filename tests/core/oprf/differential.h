// Random points and scalars through one implementation and through libsodium.
#ifndef VERVET_TESTS_CORE_OPRF_DIFFERENTIAL_H_
#define VERVET_TESTS_CORE_OPRF_DIFFERENTIAL_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/types/span.h"
#include "core/oprf/curve.h"

namespace vervet::oprf {

// `count` points, each from 64 random bytes and multiplied by a random scalar of its own; then all
// of them by one scalar, and their weighted sum. Maps, products, decodings and the sum must be
// libsodium's. The answer names the first difference, or is empty. Deterministic for a seed.
std::string FirstDifference(absl::Span<const Curve* const> curves, size_t count, uint64_t seed);

}  // namespace vervet::oprf

#endif  // VERVET_TESTS_CORE_OPRF_DIFFERENTIAL_H_
