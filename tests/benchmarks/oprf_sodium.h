// RFC 9497's batched path written straight down with libsodium, one element at a time: the floor of
// the rows of oprf.cc. Right for the elements that the rows make, and no more.
#ifndef VERVET_TESTS_BENCHMARKS_OPRF_SODIUM_H_
#define VERVET_TESTS_BENCHMARKS_OPRF_SODIUM_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace vervet::bench {

struct SodiumClient {
  std::vector<std::array<uint8_t, 32>> blinds;  // one an input
  std::string blinded;
};
struct SodiumAnswer {
  std::string evaluated;
  std::array<uint8_t, 32> c, s;
};

// `public_key` is 32 bytes.
SodiumClient SodiumBlind(const std::vector<std::string>& inputs);
SodiumAnswer SodiumEvaluate(const uint8_t* secret_key, const uint8_t* public_key,
                            const std::string& blinded);
// Empty where the proof does not hold.
std::string SodiumFinish(const uint8_t* public_key, const SodiumClient& client,
                         const SodiumAnswer& answer);

}  // namespace vervet::bench

#endif  // VERVET_TESTS_BENCHMARKS_OPRF_SODIUM_H_
