// The simulation's own dice: the same seed throws the same numbers on every machine.
#ifndef VERVET_TESTS_SIMULATION_RANDOM_H_
#define VERVET_TESTS_SIMULATION_RANDOM_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vervet::simulation {

// SplitMix64 (Steele, Lea, Flood 2014): every seed is a good one, also 0 and 1.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // In [0, n).
  uint64_t Below(uint64_t n) { return Next() % n; }
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  template <typename T>
  const T& Pick(const std::vector<T>& from) {
    return from[static_cast<size_t>(Below(from.size()))];
  }

 private:
  uint64_t state_;
};

}  // namespace vervet::simulation

#endif  // VERVET_TESTS_SIMULATION_RANDOM_H_
