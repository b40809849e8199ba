// Random hashes, and the same questions answered by comparing with every hash.
#ifndef VERVET_TESTS_CORE_INDEX_HAMMING_ORACLE_H_
#define VERVET_TESTS_CORE_INDEX_HAMMING_ORACLE_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "core/index/hamming_index.h"

namespace vervet::index {

// splitmix64. Its first number is the state: seeds that follow one another would make one sequence.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) { state_ = Number(); }

  uint64_t Number() {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  uint64_t Below(uint64_t limit) { return Number() % limit; }
  Hash256 Hash() {
    Hash256 hash;
    for (uint8_t& byte : hash.bytes) byte = static_cast<uint8_t>(Number());
    return hash;
  }
  // A hash at exactly this distance.
  Hash256 At(Hash256 hash, int distance) {
    std::array<uint16_t, 256> bits;
    std::iota(bits.begin(), bits.end(), uint16_t{0});
    for (int i = 0; i < distance; ++i) {
      std::swap(bits[static_cast<size_t>(i)],
                bits[static_cast<size_t>(i) + Below(256 - static_cast<uint64_t>(i))]);
      const uint16_t bit = bits[static_cast<size_t>(i)];
      hash.bytes[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
    }
    return hash;
  }

 private:
  uint64_t state_;
};

// Query, distance, record.
using Row = std::tuple<uint32_t, int, uint32_t>;

inline std::vector<Row> Rows(const std::vector<HammingIndex::Match>& matches) {
  std::vector<Row> rows;
  for (const auto& match : matches) rows.emplace_back(match.query, match.distance, match.record);
  return rows;
}

class Oracle {
 public:
  void Add(const Hash256& hash, uint32_t record, int radius) {
    pairs_[{hash.bytes, record}] = radius;
  }
  bool Remove(const Hash256& hash, uint32_t record) {
    return pairs_.erase({hash.bytes, record}) != 0;
  }
  size_t size() const { return pairs_.size(); }

  std::vector<Row> Find(absl::Span<const HammingIndex::Query> queries) const {
    const std::vector<std::pair<std::pair<Bytes, uint32_t>, int>> all(pairs_.begin(), pairs_.end());
    std::vector<Row> rows;
    for (uint32_t i = 0; i < queries.size(); ++i) {
      for (const auto& [pair, radius] : all) {
        const int distance = Distance(pair.first, queries[i].hash.bytes);
        if (distance <= std::min(radius, queries[i].radius)) {
          rows.emplace_back(i, distance, pair.second);
        }
      }
    }
    std::sort(rows.begin(), rows.end());
    return rows;
  }

 private:
  using Bytes = std::array<uint8_t, 32>;
  static int Distance(const Bytes& a, const Bytes& b) {
    std::array<uint64_t, 4> x, y;
    std::memcpy(x.data(), a.data(), sizeof(x));
    std::memcpy(y.data(), b.data(), sizeof(y));
    int distance = 0;
    for (size_t i = 0; i < x.size(); ++i) distance += __builtin_popcountll(x[i] ^ y[i]);
    return distance;
  }

  std::map<std::pair<Bytes, uint32_t>, int> pairs_;
};

}  // namespace vervet::index

#endif  // VERVET_TESTS_CORE_INDEX_HAMMING_ORACLE_H_
