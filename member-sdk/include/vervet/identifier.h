// What a platform knows of a person, as it knows it. Stays on the platform.
#ifndef VERVET_IDENTIFIER_H_
#define VERVET_IDENTIFIER_H_

#include <string>

namespace vervet {

enum class IdentifierType {
  kPhone,            // "+44 20 7946 0018", or a national notation with `region`
  kEmail,            // "Jane.Doe+shop@example.com"
  kPaymentAccount,   // "iban:DE89 3704 0044 0532 0130 00", "upi:name@bank", ...; card numbers are
                     // refused
  kCryptoWallet,     // "bitcoin:bc1...", "0x...", ...
  kPlatformAccount,  // "market.example:1234567": the platform's domain and its stable account id
  kUrl,              // "https://market.example/shop/1234567"
};

// Any notation: the SDK brings it to its canonical form (docs/canonical-forms.md) before it is
// blinded, and refuses what it cannot. Has no operator<< on purpose.
struct Identifier {
  IdentifierType type = IdentifierType::kPhone;
  std::string value;
  // ISO 3166-1 alpha-2. Needed for a phone number that is not written with a leading "+"; ignored
  // elsewhere.
  std::string region;
};

// "phone", "email", "payment_account", "crypto_wallet", "platform_account", "url": as in CSV files
// and JSON.
const char* IdentifierTypeName(IdentifierType type);

}  // namespace vervet

#endif  // VERVET_IDENTIFIER_H_
