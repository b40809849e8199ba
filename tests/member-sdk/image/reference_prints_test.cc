// One photograph in twelve edits, and what the reference makes of each. The files are no part of
// the project: VERVET_SHARED_DATA names the folder that has them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "vervet/image_hash.h"

namespace vervet {
namespace {

struct Print {
  std::string file;
  ImageHash hash;
};

std::string ReadFile(const std::string& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

// Lines of hash,quality,file.
std::vector<Print> ReadPrints(const std::string& path) {
  std::vector<Print> prints;
  std::ifstream in(path);
  for (std::string hex, quality, file;
       std::getline(in, hex, ',') && std::getline(in, quality, ',') && std::getline(in, file);) {
    const auto hash = ImageHash::FromHex(hex, std::atoi(quality.c_str()));
    EXPECT_TRUE(hash.ok()) << hash.status();
    if (hash.ok()) prints.push_back({file, *hash});
  }
  return prints;
}

class ReferencePrints : public testing::Test {
 protected:
  void SetUp() override {
    const char* shared = std::getenv("VERVET_SHARED_DATA");
    folder_ = std::string(shared == nullptr ? "" : shared) + "/pdq/";
    prints_ = ReadPrints(folder_ + "bridge-mods.reference.csv");
    if (prints_.empty()) {
      GTEST_SKIP() << "NOT TESTED against the reference's prints: VERVET_SHARED_DATA names no "
                      "folder with pdq/bridge-mods.reference.csv";
    }
  }

  std::string folder_;
  std::vector<Print> prints_;
};

TEST_F(ReferencePrints, AreMetExactlyInFullColour) {
  ImageHashOptions options;
  options.exact = true;
  for (const Print& print : prints_) {
    const auto hash = HashImage(ReadFile(folder_ + "bridge-mods/" + print.file), options);
    ASSERT_TRUE(hash.ok()) << print.file << ": " << hash.status();
    EXPECT_EQ(*hash, print.hash) << print.file;
  }
}

TEST_F(ReferencePrints, AreAtMostTenBitsFromTheQuickHashAndTwoInTheMedian) {
  std::vector<int> distances;
  for (const Print& print : prints_) {
    const auto hash = HashImage(ReadFile(folder_ + "bridge-mods/" + print.file));
    ASSERT_TRUE(hash.ok()) << print.file << ": " << hash.status();
    distances.push_back(Distance(*hash, print.hash));
    std::printf("%-24s %d bits from the reference\n", print.file.c_str(), distances.back());
    EXPECT_LE(distances.back(), 10) << print.file;
  }
  std::sort(distances.begin(), distances.end());
  EXPECT_LE(distances[distances.size() / 2], 2);
}

}  // namespace
}  // namespace vervet
