// Writes the seeds of a folder as the files that a fuzzer starts from.
//
// usage: vervet_fuzz_seeds FOLDER INTO
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_format.h"
#include "tests/fuzz/seed_text.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s FOLDER INTO\n", argv[0]);
    return 2;
  }
  const auto seeds = vervet::fuzz::ReadSeeds(argv[1]);
  if (!seeds.ok()) {
    std::fprintf(stderr, "%s\n", seeds.status().ToString().c_str());
    return 1;
  }
  std::filesystem::create_directories(argv[2]);
  for (size_t i = 0; i < seeds->size(); ++i) {
    std::ofstream(absl::StrFormat("%s/seed-%04d", argv[2], i), std::ios::binary) << (*seeds)[i];
  }
  return 0;
}
