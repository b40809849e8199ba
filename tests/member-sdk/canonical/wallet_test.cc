#include "member-sdk/src/canonical/wallet.h"

#include <gtest/gtest.h>

#include "tests/member-sdk/canonical/vectors.h"

namespace vervet::canonical {
namespace {

constexpr auto kKind = IdentifierKind::kCryptoWallet;
constexpr auto kType = SignatureType::kCryptoWallet;

TEST(CryptoWallet, GoldenVectorsOfVersion1) {
  ExpectGolden(
      kKind, kType,
      {
          {"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "bitcoin:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"},
          {"112D2adLM3UKy4Z4giRbReR6gjWuvHUqB", "bitcoin:112D2adLM3UKy4Z4giRbReR6gjWuvHUqB"},
          {"3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "bitcoin:3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"},
          {"bitcoin:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa?amount=1",
           "bitcoin:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"},
          {"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
           "bitcoin:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
          {"BITCOIN:BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
           "bitcoin:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
          {"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
           "bitcoin:bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"},
          {"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
           "ethereum:0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"},
          {"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
           "ethereum:0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"},
          {"0X5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED",
           "ethereum:0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"},
          {"ethereum:pay-0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359@137?value=1",
           "ethereum:0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359"},
          {"T9yED5xMV5ARV98BexN97aLZ1UUq7eKSxm", "tron:T9yED5xMV5ARV98BexN97aLZ1UUq7eKSxm"},
          {"Tron:T9yED5xMV5ARV98BexN97aLZ1UUq7eKSxm", "tron:T9yED5xMV5ARV98BexN97aLZ1UUq7eKSxm"},
          {" ＴR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t\u200B", "tron:TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"},
      });
}

TEST(CryptoWallet, RefusesWhatFailsItsChecksum) {
  ExpectRefused(kKind,
                {
                    {"bitcoin:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "checksum"},
                    {"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "not an address of a supported chain"},
                    {"1a1zp1ep5qgefi2dmptftl5slmv7divfna", "not an address of a supported chain"},
                    {"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "checksum"},
                    {"bc1qW508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "mixes upper and lower"},
                    // BIP 350: version 1 with a Bech32 checksum, version 0 with a Bech32m checksum.
                    {"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", "checksum"},
                    {"bc1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq5zuyut", "checksum"},
                    {"0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "EIP-55"},
                    {"tron:T9yED5xMV5ARV98BexN97aLZ1UUq7eKSxn", "checksum"},
                });
}

TEST(CryptoWallet, RefusesOtherChainsAndWhatIsNoAddress) {
  ExpectRefused(
      kKind,
      {
          {"LKDyUEtTR1HXamkiEphisSiBJu6o3ZPE34", "another chain"},
          {"mfWyW5fc9NUj75YAnFgoRLrjxgLDn2MMth", "test network"},
          {"tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", "test network"},
          {"tron:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "another chain"},
          {"bitcoin:T9yED5xMV5ARV98BexN97aLZ1UUq7eKSxm", "another chain"},
          {"ethereum:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "not an address"},
          {"11GsChQR2U32pvwJcDNPoYHhGcnz5Rv", "not an address"},  // 19 bytes of hash
          {"monero:44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBE"
           "t7f2wfn3RVGQBEP3A",
           "the chain is not supported"},
          {"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae", "40 hexadecimal"},
          {"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaedff", "40 hexadecimal"},
          {"0x0000000000000000000000000000000000000000", "belongs to nobody"},
          {"ethereum:0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed/transfer?address=0x01", "contract"},
          {"vitalik.eth", "not an address"},
          {"bitcoin:", "nothing follows"},
          {"", "empty"},
      });
}

}  // namespace
}  // namespace vervet::canonical
