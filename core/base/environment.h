// The seam between the engine and the world: wall clock, monotonic clock and randomness. A test
// double stops the clock and replays a seed.
#ifndef VERVET_CORE_BASE_ENVIRONMENT_H_
#define VERVET_CORE_BASE_ENVIRONMENT_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "absl/types/span.h"

namespace vervet {

// Thread-safe. Implementations outlive everything that was given a pointer to them.
class Environment {
 public:
  virtual ~Environment() = default;

  // Wall clock; may jump in either direction.
  virtual absl::Time Now() = 0;
  // Never goes back; only differences mean something.
  virtual absl::Duration Monotonic() = 0;
  // Fills `out` with bytes fit for keys.
  virtual void FillRandom(absl::Span<uint8_t> out) = 0;

  std::string RandomBytes(size_t size_bytes);

  // The process's real clock and libsodium's generator. Never destroyed.
  static Environment* System();
};

// 16 bytes: 48 bits of Unix milliseconds, big-endian, then 80 random bits; so ids that are made
// later sort later, and an index over them is appended to. Used for request ids and record ids.
std::string TimeOrderedId(Environment& env);

}  // namespace vervet

#endif  // VERVET_CORE_BASE_ENVIRONMENT_H_
