// Tokens, records and identifiers that nobody has, from a seed.
#ifndef VERVET_TESTS_BENCHMARKS_MADE_UP_H_
#define VERVET_TESTS_BENCHMARKS_MADE_UP_H_

#include <array>
#include <cstdint>
#include <cstring>
#include <string>

#include "absl/time/time.h"
#include "core/index/hamming_index.h"
#include "core/oprf/token.h"
#include "vervet/v1/event.pb.h"

namespace vervet::bench {

// Fast, and good enough for places in a table (splitmix64).
class MadeUp {
 public:
  // Mixed: streams that began a multiple of the step apart would be the same one, shifted.
  explicit MadeUp(uint64_t seed) : state_(Mix(seed)) {}

  uint64_t Number() {
    state_ += 0x9e3779b97f4a7c15;
    return Mix(state_);
  }
  oprf::Token Token() {
    const std::array<uint64_t, 2> words = {Number(), Number()};
    std::array<uint8_t, oprf::Token::kSizeBytes> bytes;
    std::memcpy(bytes.data(), words.data(), bytes.size());
    return oprf::Token(bytes);
  }
  index::Hash256 Hash() {
    const std::array<uint64_t, 4> words = {Number(), Number(), Number(), Number()};
    index::Hash256 hash;
    std::memcpy(hash.bytes.data(), words.data(), hash.bytes.size());
    return hash;
  }
  // A copy with up to `most` bits changed.
  index::Hash256 Altered(index::Hash256 hash, uint64_t most) {
    for (uint64_t flips = Number() % (most + 1); flips > 0; --flips) {
      const uint64_t bit = Number() % 256;
      hash.bytes[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
    }
    return hash;
  }
  std::string Bytes(size_t size) {
    std::string bytes;
    while (bytes.size() < size) {
      const uint64_t word = Number();
      bytes.append(reinterpret_cast<const char*>(&word), sizeof(word));
    }
    bytes.resize(size);
    return bytes;
  }

 private:
  static uint64_t Mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  uint64_t state_;
};

// A record of `publisher` as a platform would publish it, for `group`, of a person with so many
// signatures, which live for 180 days from `now` on. Its id is `now` and a random number.
v1::RecordPublished MadeUpRecord(MadeUp* random, const std::string& publisher,
                                 const std::string& group, int signatures, absl::Time now);

}  // namespace vervet::bench

#endif  // VERVET_TESTS_BENCHMARKS_MADE_UP_H_
