// A fuzz target without the fuzzer: every seed of its corpus, and small changes of each.
//
// usage: vervet_fuzz_TARGET_replay FOLDER [CHANGES] | --file INPUT
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include "tests/fuzz/seed_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" int LLVMFuzzerInitialize(int*, char***) __attribute__((weak));

namespace {

// One or two changes of a kind that a fuzzer makes, so that the properties are looked at off the
// beaten track too, by the compiler and with the flags of a release.
std::string Changed(std::string seed, std::mt19937_64& random) {
  for (uint64_t changes = 1 + random() % 2; changes > 0; --changes) {
    const size_t at = seed.empty() ? 0 : random() % seed.size();
    switch (random() % 5) {
      case 0:
        if (!seed.empty()) seed[at] = static_cast<char>(random());
        break;
      case 1:
        if (!seed.empty()) seed[at] = static_cast<char>(seed[at] ^ (1 << (random() % 8)));
        break;
      case 2:
        seed.insert(at, 1, static_cast<char>(random()));
        break;
      case 3:
        if (!seed.empty()) seed.erase(at, 1 + random() % 4);
        break;
      default:
        seed.insert(at, seed.substr(at, 1 + random() % 8));
        break;
    }
  }
  return seed;
}

void Run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s FOLDER [CHANGES] | --file INPUT\n", argv[0]);
    return 2;
  }
  if (LLVMFuzzerInitialize != nullptr) LLVMFuzzerInitialize(&argc, &argv);
  if (std::strcmp(argv[1], "--file") == 0 && argc == 3) {
    std::ostringstream bytes;
    bytes << std::ifstream(argv[2], std::ios::binary).rdbuf();
    Run(bytes.str());
    return 0;
  }
  const auto seeds = vervet::fuzz::ReadSeeds(argv[1]);
  if (!seeds.ok()) {
    std::fprintf(stderr, "%s\n", seeds.status().ToString().c_str());
    return 1;
  }
  const int changes = argc > 2 ? std::atoi(argv[2]) : 50;
  std::mt19937_64 random(1);
  for (const std::string& seed : *seeds) {
    Run(seed);
    for (int i = 0; i < changes; ++i) Run(Changed(seed, random));
  }
  std::printf("%zu seeds, %d changes of each\n", seeds->size(), changes);
  return 0;
}
