// What a query reads: fixed but for additions at the head's end and the records of a slot.
#ifndef VERVET_CORE_INDEX_HAMMING_SNAPSHOT_H_
#define VERVET_CORE_INDEX_HAMMING_SNAPSHOT_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/index/hamming/run.h"
#include "core/index/hamming/slots.h"

namespace vervet::index::hamming {

// The hashes that were added last, in no order: a query compares with each. One thread appends,
// any number read.
struct Head {
  static constexpr uint32_t kCapacity = 1024;

  std::atomic<uint32_t> size{0};
  std::array<uint64_t, size_t{kCapacity} * kHashLimbs> hashes;
  std::array<uint32_t, kCapacity> slots;
};

// Every slot is in the head, or in one run of each band. Which run may differ from band to band:
// merges go band by band.
struct Snapshot {
  std::array<std::vector<std::shared_ptr<const Run>>, kBands> bands;
  std::shared_ptr<const Head> head;
};

}  // namespace vervet::index::hamming

#endif  // VERVET_CORE_INDEX_HAMMING_SNAPSHOT_H_
