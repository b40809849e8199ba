#include "member-sdk/src/canonical/wallet.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/status_macros.h"
#include "member-sdk/src/canonical/checksums/base58.h"
#include "member-sdk/src/canonical/checksums/bech32.h"
#include "member-sdk/src/canonical/checksums/keccak.h"
#include "member-sdk/src/canonical/rules_versions.h"
#include "member-sdk/src/canonical/text.h"

namespace vervet::canonical {
namespace {

constexpr absl::string_view kField = "crypto wallet";
constexpr absl::string_view kChains = "bitcoin, ethereum (and every EVM chain) and tron";

constexpr size_t kHash160Bytes = 20;
constexpr uint8_t kBitcoinP2pkh = 0x00;
constexpr uint8_t kBitcoinP2sh = 0x05;
constexpr uint8_t kTestnetP2pkh = 0x6F;
constexpr uint8_t kTestnetP2sh = 0xC4;
constexpr uint8_t kTron = 0x41;

enum class Chain { kUnknown, kBitcoin, kEthereum, kTron };

absl::Status RefuseUnknown() {
  return Refuse(kField, absl::StrCat("not an address of a supported chain; supported are ", kChains,
                                     "; check it for missing characters"));
}

bool LooksLikeEthereum(absl::string_view address) {
  return absl::StartsWithIgnoreCase(address, "0x");
}

absl::StatusOr<std::string> Ethereum(absl::string_view address) {
  const absl::string_view hex = address.substr(2);
  if (hex.size() != 40 || !std::all_of(hex.begin(), hex.end(), absl::ascii_isxdigit)) {
    return Refuse(kField,
                  "an Ethereum address has 40 hexadecimal digits after 0x; a transaction or "
                  "a name is not one");
  }
  if (hex.find_first_not_of('0') == absl::string_view::npos) {
    return Refuse(kField, "the all-zero address belongs to nobody");
  }
  const bool has_lower = std::any_of(hex.begin(), hex.end(), absl::ascii_islower);
  const bool has_upper = std::any_of(hex.begin(), hex.end(), absl::ascii_isupper);
  const std::string lower = absl::AsciiStrToLower(hex);
  if (has_lower && has_upper && Eip55(lower) != hex) {
    return Refuse(kField,
                  "the mixed case of the Ethereum address fails its EIP-55 check; copy it "
                  "again, or write it in lower case if you are sure");
  }
  return absl::StrCat("ethereum:0x", lower);
}

absl::StatusOr<std::string> Segwit(absl::string_view address) {
  switch (CheckSegwitAddress(address, "bc")) {
    case SegwitCheck::kValid:
      return absl::StrCat("bitcoin:", absl::AsciiStrToLower(address));
    case SegwitCheck::kMixedCase:
      return Refuse(kField, "a segwit address mixes upper and lower case (BIP 173); copy it again");
    case SegwitCheck::kInvalid:
      break;
  }
  return Refuse(kField, "the segwit address fails its checksum (BIP 173, BIP 350); copy it again");
}

// What base58check addresses of both chains have in common: version byte and hash.
absl::StatusOr<std::string> Base58Address(absl::string_view address, Chain expected) {
  const std::optional<std::vector<uint8_t>> payload = DecodeBase58Check(address);
  if (!payload.has_value() || payload->size() != 1 + kHash160Bytes) {
    if (expected == Chain::kUnknown) return RefuseUnknown();
    return Refuse(kField, "the address fails its checksum; copy it again");
  }
  const uint8_t version = payload->front();
  if (version == kTestnetP2pkh || version == kTestnetP2sh) {
    return Refuse(kField, "an address of a test network; give one of the main network");
  }
  const bool is_bitcoin = version == kBitcoinP2pkh || version == kBitcoinP2sh;
  const bool is_tron = version == kTron;
  if ((!is_bitcoin && !is_tron) || (expected == Chain::kBitcoin && !is_bitcoin) ||
      (expected == Chain::kTron && !is_tron)) {
    return Refuse(kField, absl::StrCat("an address of another chain; supported are ", kChains));
  }
  return absl::StrCat(is_bitcoin ? "bitcoin:" : "tron:", address);
}

// Address without the parts of a payment URI. EIP-681: ethereum:[pay-]ADDRESS[@CHAIN][/FUNCTION].
absl::StatusOr<absl::string_view> WithoutUriParts(absl::string_view rest, Chain chain) {
  rest = rest.substr(0, rest.find('?'));
  if (chain == Chain::kEthereum) {
    if (absl::StrContains(rest, '/')) {
      return Refuse(kField,
                    "an Ethereum URI that calls a function names a contract; give the "
                    "recipient's own address");
    }
    if (absl::StartsWithIgnoreCase(rest, "pay-")) rest.remove_prefix(4);
    rest = rest.substr(0, rest.find('@'));
  }
  return absl::StripAsciiWhitespace(rest);
}

absl::StatusOr<std::string> WalletV1(absl::string_view raw) {
  VERVET_ASSIGN_OR_RETURN(const std::string clean, CleanText(raw, kField, kMaxRawBytes));
  const std::string text = CompatibilityText(clean);
  absl::string_view address = text;
  Chain chain = Chain::kUnknown;
  const size_t colon = address.find(':');
  if (colon != absl::string_view::npos) {
    const std::string prefix = absl::AsciiStrToLower(address.substr(0, colon));
    if (prefix == "bitcoin") chain = Chain::kBitcoin;
    if (prefix == "ethereum") chain = Chain::kEthereum;
    if (prefix == "tron") chain = Chain::kTron;
    if (chain == Chain::kUnknown) {
      return Refuse(kField, absl::StrCat("the chain is not supported; supported are ", kChains));
    }
    VERVET_ASSIGN_OR_RETURN(address, WithoutUriParts(address.substr(colon + 1), chain));
  }
  if (address.empty()) return Refuse(kField, "nothing follows the chain's name");
  if (chain == Chain::kEthereum || (chain == Chain::kUnknown && LooksLikeEthereum(address))) {
    return LooksLikeEthereum(address) ? Ethereum(address) : RefuseUnknown();
  }
  const bool is_segwit = absl::StartsWithIgnoreCase(address, "bc1");
  if (is_segwit && chain != Chain::kTron) return Segwit(address);
  if (absl::StartsWithIgnoreCase(address, "tb1") || absl::StartsWithIgnoreCase(address, "bcrt1")) {
    return Refuse(kField, "an address of a test network; give one of the main network");
  }
  return Base58Address(address, chain);
}

}  // namespace

absl::StatusOr<CanonicalForm> CanonicalCryptoWallet(absl::string_view raw, uint32_t rules_version) {
  switch (rules_version) {
    case 1: {
      VERVET_ASSIGN_OR_RETURN(std::string text, WalletV1(raw));
      return CanonicalForm{SignatureType::kCryptoWallet, 1, std::move(text)};
    }
    default:
      return UnknownRulesVersion(SignatureType::kCryptoWallet, rules_version);
  }
}

}  // namespace vervet::canonical
