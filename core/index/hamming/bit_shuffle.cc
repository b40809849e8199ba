#include "core/index/hamming/bit_shuffle.h"

#include <numeric>
#include <utility>

#include "absl/types/span.h"

namespace vervet::index::hamming {

BitShuffle::BitShuffle(Environment* environment) : parts_(64 * 16) {
  constexpr size_t kBits = 256;
  std::array<uint8_t, kBits> place;
  std::iota(place.begin(), place.end(), uint8_t{0});
  std::array<uint32_t, kBits> random;
  environment->FillRandom(
      absl::MakeSpan(reinterpret_cast<uint8_t*>(random.data()), sizeof(random)));
  for (size_t i = kBits - 1; i > 0; --i) std::swap(place[i], place[random[i] % (i + 1)]);
  for (size_t i = 0; i < kBits; ++i) {
    const size_t nibble = i / 4;
    for (size_t value = 0; value < 16; ++value) {
      if ((value >> (i % 4) & 1) == 0) continue;
      parts_[16 * nibble + value][place[i] / 64] |= uint64_t{1} << (place[i] % 64);
    }
  }
}

}  // namespace vervet::index::hamming
