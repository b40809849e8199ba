// Many queries against one snapshot.
#ifndef VERVET_CORE_INDEX_HAMMING_SEARCH_H_
#define VERVET_CORE_INDEX_HAMMING_SEARCH_H_

#include <array>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "core/index/hamming/kernels.h"
#include "core/index/hamming/slots.h"
#include "core/index/hamming/snapshot.h"

namespace vervet::index::hamming {

inline constexpr int kMaxRadius = 31;

// How far the words of a match may differ. Word i has threshold t(i) = 1, 0 or -1, and the
// thresholds' sum is radius - 15. For each hash within the radius there is a band i with
//   x(i) <= t(i)  and  x(i) + x(i + 1) <= t(i) + t(i + 1) + 1,
// where x is how many bits of a word differ, and the words are in a ring: docs/image-index.md has
// the proof. Such a hash is found through band i.
struct Thresholds {
  std::array<int8_t, kBands> own;  // t(i)
  std::array<int8_t, kBands> two;  // t(i) + t(i + 1) + 1

  static const Thresholds& For(int radius);
  // Of two hashes within the radius: the first band through which one finds the other.
  int FirstBand(const uint64_t* a, const uint64_t* b) const;
};

struct ShuffledQuery {
  HashBits hash;
  uint32_t index;  // in the caller's batch
  uint32_t radius;
  const Thresholds* thresholds;  // for the radius
};

struct Found {
  uint32_t query;  // ShuffledQuery::index
  uint32_t record;
  uint32_t distance;
};

// Appends each pair of query and record within the radius of both, once, in no order.
void FindAll(const Snapshot& snapshot, const Slots& slots, const Kernels& kernels,
             absl::Span<const ShuffledQuery> queries, std::vector<Found>* found);

}  // namespace vervet::index::hamming

#endif  // VERVET_CORE_INDEX_HAMMING_SEARCH_H_
