// Canonical forms: of every kind of identifier but telephone numbers, which libphonenumber makes a
// hundred times slower (phone_fuzz.cc).
#include "tests/fuzz/canonical_properties.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using vervet::canonical::IdentifierKind;
  static constexpr IdentifierKind kKinds[] = {
      IdentifierKind::kEmail, IdentifierKind::kUrl, IdentifierKind::kCryptoWallet,
      IdentifierKind::kPlatformAccount, IdentifierKind::kPaymentAccount};
  vervet::fuzz::Input in(data, size);
  const IdentifierKind kind = kKinds[in.Below(5)];
  vervet::fuzz::CheckCanonical(kind, in.Rest(), "");
  return 0;
}
