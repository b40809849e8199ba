#include "core/log/sha256.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"

namespace vervet::log {
namespace {

std::string HexOf(absl::string_view text) {
  return absl::BytesToHexString(AsBytes(Sha256().Update(text).Final()));
}

// FIPS 180-2, appendix B.
TEST(Sha256, GivesTheStandardsValues) {
  EXPECT_EQ(HexOf(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(HexOf("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(HexOf("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(HexOf(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, IsTheSameInPieces) {
  const std::string text(300, 'x');
  for (size_t cut = 0; cut <= text.size(); cut += 37) {
    EXPECT_EQ(Sha256().Update(text.substr(0, cut)).Update(text.substr(cut)).Final(),
              Sha256().Update(text).Final());
  }
}

TEST(Sha256, BelongsToEachThreadAlone) {
  Sha256 here;
  here.Update("abc");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([i] {
      const std::string text(100 + static_cast<size_t>(i), 'y');
      const Hash expected = Sha256().Update(text).Final();
      for (int n = 0; n < 1'000; ++n) ASSERT_EQ(Sha256().Update(text).Final(), expected);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(absl::BytesToHexString(AsBytes(here.Final())),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace vervet::log
