#include "member-sdk/src/canonical/host.h"

#include <unicode/bytestream.h>
#include <unicode/idna.h>
#include <unicode/stringpiece.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "member-sdk/src/canonical/text.h"

namespace vervet::canonical {
namespace {

constexpr size_t kMaxHostBytes = 253;  // RFC 1035 section 2.3.4, without the root's dot

// Shared for the life of the process: its conversions are const and thread-safe.
const icu::IDNA* Uts46() {
  static const icu::IDNA* const idna = [] {
    UErrorCode status = U_ZERO_ERROR;
    icu::IDNA* made = icu::IDNA::createUTS46Instance(
        UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE | UIDNA_CHECK_BIDI |
            UIDNA_CHECK_CONTEXTJ | UIDNA_USE_STD3_RULES,
        status);
    return U_SUCCESS(status) ? made : nullptr;
  }();
  return idna;
}

// WHATWG URL's "ends in a number": such a host would be read as an IPv4 address.
bool EndsInANumber(absl::string_view host) {
  const absl::string_view last = host.substr(host.rfind('.') + 1);
  return std::all_of(last.begin(), last.end(), absl::ascii_isdigit) || absl::StartsWith(last, "0x");
}

}  // namespace

absl::StatusOr<std::string> CanonicalHost(absl::string_view host, absl::string_view field) {
  if (host.empty()) return Refuse(field, "the domain is missing");
  if (host.front() == '[') return Refuse(field, "an IP address; give the domain name instead");
  const icu::IDNA* idna = Uts46();
  if (idna == nullptr) return absl::InternalError("ICU has no IDNA data; reinstall ICU");

  const std::string input = absl::StrReplaceAll(host, {{"ẞ", "ß"}});
  std::string ascii;
  icu::StringByteSink<std::string> sink(&ascii);
  icu::IDNAInfo info;
  UErrorCode status = U_ZERO_ERROR;
  idna->nameToASCII_UTF8(icu::StringPiece(input.data(), static_cast<int32_t>(input.size())), sink,
                         info, status);
  // Hyphens in third and fourth place are reserved by IDNA, yet such ASCII hosts exist and resolve.
  const uint32_t errors = info.getErrors() & ~static_cast<uint32_t>(UIDNA_ERROR_HYPHEN_3_4);
  if (U_FAILURE(status) || errors != 0) {
    return Refuse(field, "the domain is not a host name that IDNA (UTS 46) allows; check it");
  }
  ascii = std::string(absl::StripSuffix(ascii, "."));
  if (ascii.size() > kMaxHostBytes) return Refuse(field, "the domain is longer than 253 bytes");
  if (!absl::StrContains(ascii, '.')) {
    return Refuse(field, "the domain has a single label; give the full domain");
  }
  if (EndsInANumber(ascii)) return Refuse(field, "an IP address; give the domain name instead");
  return ascii;
}

std::string WithoutWww(absl::string_view host) {
  absl::string_view rest = host;
  while (absl::StartsWith(rest, "www.") && absl::StrContains(rest.substr(4), '.')) {
    rest.remove_prefix(4);
  }
  return std::string(rest);
}

}  // namespace vervet::canonical
