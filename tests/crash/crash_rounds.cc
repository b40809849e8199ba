#include "tests/crash/crash_rounds.h"

#include <algorithm>
#include <cstdlib>
#include <random>

#include "absl/strings/numbers.h"

namespace vervet::crash {
namespace {

template <typename T>
T FromEnvironment(const char* name, T otherwise) {
  const char* const text = std::getenv(name);
  T value = otherwise;
  if (text != nullptr && !absl::SimpleAtoi(text, &value)) std::abort();  // mistyped
  return value;
}

}  // namespace

int Rounds() { return std::clamp(FromEnvironment("VERVET_CRASH_ROUNDS", 10), 1, 100'000); }

uint64_t BaseSeed() {
  // Small, so that it is easily typed again.
  static const uint64_t fresh = std::random_device()() % 1'000'000;
  return FromEnvironment("VERVET_CRASH_SEED", fresh);
}

}  // namespace vervet::crash
