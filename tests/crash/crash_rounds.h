// How long the crash tests try, and from which seed: from the environment, so that a failure can be
// had again.
#ifndef VERVET_TESTS_CRASH_CRASH_ROUNDS_H_
#define VERVET_TESTS_CRASH_CRASH_ROUNDS_H_

#include <cstdint>

namespace vervet::crash {

// VERVET_CRASH_ROUNDS, 1-100,000; 10 where it is not set. `./dev test --crash` sets 100.
int Rounds();

// VERVET_CRASH_SEED where it is set; otherwise a fresh one.
uint64_t BaseSeed();

}  // namespace vervet::crash

#endif  // VERVET_TESTS_CRASH_CRASH_ROUNDS_H_
