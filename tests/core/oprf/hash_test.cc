#include "core/oprf/hash.h"

#include "tests/core/oprf/oprf_testing.h"

namespace vervet::oprf {
namespace {

std::string Expand(absl::string_view message, size_t size_bytes) {
  std::string out(size_bytes, '\0');
  ExpandMessageXmd({AsBytes(message)}, "QUUX-V01-CS02-with-expander-SHA512-256",
                   absl::MakeSpan(reinterpret_cast<uint8_t*>(out.data()), out.size()));
  return Hex(out);
}

// RFC 9380, appendix K.3.
TEST(Hash, ExpandsLikeTheRfcsVectorsOfHalfABlock) {
  EXPECT_EQ(Expand("", 32), "6b9a7312411d92f921c6f68ca0b6380730a1a4d982c507211a90964c394179ba");
  EXPECT_EQ(Expand("abc", 32), "0da749f12fbe5483eb066a5f595055679b976e93abe9be6f0f6318bce7aca8dc");
}

TEST(Hash, ExpandsLikeTheRfcsVectorsOfTwoBlocks) {
  EXPECT_EQ(Expand("", 128),
            "41b037d1734a5f8df225dd8c7de38f851efdb45c372887be655212d07251b921"
            "b052b62eaed99b46f72f2ef4cc96bfaf254ebbbec091e1a3b9e4fb5e5b619d2e"
            "0c5414800a1d882b62bb5cd1778f098b8eb6cb399d5d9d18f5d5842cf5d13d7e"
            "b00a7cff859b605da678b318bd0e65ebff70bec88c753b159a805d2c89c55961");
  EXPECT_EQ(Expand("abc", 128),
            "7f1dddd13c08b543f2e2037b14cefb255b44c83cc397c1786d975653e36a6b11"
            "bdd7732d8b38adb4a0edc26a0cef4bb45217135456e58fbca1703cd6032cb134"
            "7ee720b87972d63fbf232587043ed2901bce7f22610c0419751c065922b48843"
            "1851041310ad659e4b23520e1772ab29dcdeb2002222a363f0c2b1c972b3efe1");
}

TEST(Hash, DoesNotSeeWhereAMessageWasCutIntoParts) {
  EXPECT_EQ(Sha512({AsBytes("ab"), AsBytes(""), AsBytes("c")}), Sha512({AsBytes("abc")}));
  EXPECT_EQ(Hex(Sha512({AsBytes("abc")})).substr(0, 32), "ddaf35a193617abacc417349ae204131");
}

TEST(HashDeathTest, AbortsOutsideTheLimitsOfTheRfc) {
  std::array<uint8_t, 32> out;
  EXPECT_DEATH(ExpandMessageXmd({}, "", absl::MakeSpan(out)), "outside its limits");
  EXPECT_DEATH(ExpandMessageXmd({}, std::string(256, 'x'), absl::MakeSpan(out)),
               "outside its limits");
  std::vector<uint8_t> too_long(255 * 64 + 1);
  EXPECT_DEATH(ExpandMessageXmd({}, "tag", absl::MakeSpan(too_long)), "outside its limits");
  too_long.pop_back();
  ExpandMessageXmd({}, "tag", absl::MakeSpan(too_long));  // at the limit
}

}  // namespace
}  // namespace vervet::oprf
