// The index's own order of a hash's bits.
#ifndef VERVET_CORE_INDEX_HAMMING_BIT_SHUFFLE_H_
#define VERVET_CORE_INDEX_HAMMING_BIT_SHUFFLE_H_

#include <array>
#include <cstdint>
#include <vector>

#include "core/base/environment.h"
#include "core/index/hamming/slots.h"

namespace vervet::index::hamming {

// A permutation of 256 bits, drawn in secret when the index is made. It keeps every distance. Bits
// of a hash that go together (neighbouring frequencies of a picture) come into different bands, and
// nobody who publishes can choose hashes that share a band with everybody's pictures, which would
// make the index slow. Immutable. 32 KiB.
class BitShuffle {
 public:
  explicit BitShuffle(Environment* environment);

  HashBits Apply(const std::array<uint8_t, 32>& hash) const {
    HashBits bits{};
    for (size_t i = 0; i < 2 * hash.size(); ++i) {
      const unsigned nibble = hash[i / 2] >> (4 * (i % 2)) & 15u;
      const HashBits& part = parts_[16 * i + nibble];
      for (size_t limb = 0; limb < bits.size(); ++limb) bits[limb] |= part[limb];
    }
    return bits;
  }

 private:
  std::vector<HashBits> parts_;  // where each value of each nibble goes
};

}  // namespace vervet::index::hamming

#endif  // VERVET_CORE_INDEX_HAMMING_BIT_SHUFFLE_H_
