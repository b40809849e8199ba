// Telephone numbers, with and without a region.
#include <string>

#include "tests/fuzz/canonical_properties.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static constexpr const char* kRegions[] = {"",   "KH", "IE", "US", "BR", "IT", "AR", "MX",
                                             "vn", "ZA", "RU", "CN", "IN", "DE", "XX"};
  vervet::fuzz::Input in(data, size);
  const uint32_t at = in.Below(16);
  const std::string region = at < 15 ? kRegions[at] : in.ShortBytes();
  vervet::fuzz::CheckCanonical(vervet::canonical::IdentifierKind::kPhone, in.Rest(), region);
  return 0;
}
