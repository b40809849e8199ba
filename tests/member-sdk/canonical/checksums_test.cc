#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "member-sdk/src/canonical/checksums/base58.h"
#include "member-sdk/src/canonical/checksums/bech32.h"
#include "member-sdk/src/canonical/checksums/card_number.h"
#include "member-sdk/src/canonical/checksums/iban.h"
#include "member-sdk/src/canonical/checksums/keccak.h"

namespace vervet::canonical {
namespace {

std::string Hex(const std::array<uint8_t, 32>& digest) {
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

TEST(Keccak, GivesTheKnownHashes) {
  EXPECT_EQ(Hex(Keccak256("")), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
  EXPECT_EQ(Hex(Keccak256("abc")),
            "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
}

// Lengths around one and two blocks of 136 bytes included.
TEST(Keccak, WithTheOtherPaddingIsTheSha3OfOpenSsl) {
  std::string message;
  for (int length = 0; length < 300; ++length) {
    std::array<uint8_t, 32> expected;
    unsigned int size = 0;
    ASSERT_EQ(
        EVP_Digest(message.data(), message.size(), expected.data(), &size, EVP_sha3_256(), nullptr),
        1);
    EXPECT_EQ(Hex(Keccak256(message, kSha3Padding)), Hex(expected)) << length;
    message.push_back(static_cast<char>(length * 7 + 3));
  }
}

TEST(Eip55, GivesTheCaseOfItsOwnVectors) {
  for (const std::string address : {
           "52908400098527886E0F7030069857D2E4169EE7",
           "8617E340B3D01FA5F11F306F4090FD50E238070D",
           "de709f2102306220921060314715629080e2fb77",
           "27b1fdb04752bbc536007a920d24acb045561c26",
           "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
           "fB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
           "dbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
           "D1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
       }) {
    EXPECT_EQ(Eip55(absl::AsciiStrToLower(address)), address);
  }
}

TEST(Base58Check, DecodesAddressesAndNothingElse) {
  const auto payload = DecodeBase58Check("112D2adLM3UKy4Z4giRbReR6gjWuvHUqB");
  ASSERT_TRUE(payload.has_value());
  ASSERT_EQ(payload->size(), 21u);
  for (size_t i = 1; i < payload->size(); ++i) EXPECT_EQ((*payload)[i], i - 1);
  for (const std::string& text :
       {std::string(), std::string("1"), std::string("1111"), std::string("0OIl"),
        std::string(65, '1'), std::string("112D2adLM3UKy4Z4giRbReR6gjWuvHUqC")}) {
    EXPECT_FALSE(DecodeBase58Check(text).has_value()) << text;
  }
}

// BIP 350, test vectors for segwit addresses.
TEST(Segwit, FollowsBip350) {
  for (const char* valid : {
           "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
           "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
           "BC1SW50QGDZ25J",
           "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs",
           "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
       }) {
    EXPECT_EQ(CheckSegwitAddress(valid, "bc"), SegwitCheck::kValid) << valid;
  }
  for (const char* invalid : {
           "tc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq5zuyut",  // prefix
           "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",  // Bech32 for 1
           "BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL",  // Bech32 for 16
           "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh",                      // Bech32m for 0
           "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",  // alphabet
           "BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R",  // version 17
           "bc1pw5dgrnzv",
           "bc1gmk9yu",
           "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P",
           "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav",
           "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf",
           "bc1",
           "",
       }) {
    EXPECT_EQ(CheckSegwitAddress(invalid, "bc"), SegwitCheck::kInvalid) << invalid;
  }
}

TEST(Iban, TellsWhatIsWrong) {
  EXPECT_EQ(CheckIban("DE89370400440532013000"), IbanCheck::kValid);
  EXPECT_EQ(CheckIban("DE98370400440532013000"), IbanCheck::kWrongCheckDigits);
  EXPECT_EQ(CheckIban("DE8937040044053201300"), IbanCheck::kWrongLength);
  EXPECT_EQ(CheckIban("KE700000000000"), IbanCheck::kUnknownCountry);
  EXPECT_EQ(CheckIban("de89370400440532013000"), IbanCheck::kNotAnIban);
  EXPECT_EQ(CheckIban(""), IbanCheck::kNotAnIban);
}

TEST(CardNumber, IsFoundAcrossGroupsButNotAcrossLetters) {
  EXPECT_TRUE(ContainsCardNumber("4111 1111 1111 1111"));
  EXPECT_TRUE(ContainsCardNumber("x4111-1111-1111-1111y"));
  EXPECT_TRUE(ContainsCardNumber("12/27 4111111111111111"));
  EXPECT_FALSE(ContainsCardNumber("4111111111111112"));
  EXPECT_FALSE(ContainsCardNumber("4111a111111111111"));
  EXPECT_FALSE(ContainsCardNumber("411111111111"));          // 12 digits
  EXPECT_FALSE(ContainsCardNumber("00000000000000000000"));  // 20, one group
  EXPECT_FALSE(ContainsCardNumber(""));
}

}  // namespace
}  // namespace vervet::canonical
