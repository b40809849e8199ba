#include "member-sdk/src/canonical/url.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/base/status_macros.h"
#include "member-sdk/src/canonical/host.h"
#include "member-sdk/src/canonical/rules_versions.h"
#include "member-sdk/src/canonical/text.h"

namespace vervet::canonical {
namespace {

constexpr absl::string_view kField = "url";
constexpr absl::string_view kHexDigits = "0123456789ABCDEF";

// Parameters that say how a visitor came, not what the page is. Names are compared in lower case;
// everything that begins with "utm_" goes too. Changing the list is a new rules version.
constexpr absl::string_view kTrackingParametersV1[] = {
    "_ga",        "_gl",     "_hsenc",   "_hsmi",   "dclid",         "epik",        "fbclid",
    "gad_source", "gbraid",  "gclid",    "gclsrc",  "hsctatracking", "igsh",        "igshid",
    "li_fat_id",  "mc_cid",  "mc_eid",   "mkt_tok", "msclkid",       "oly_anon_id", "oly_enc_id",
    "rb_clickid", "ref_src", "ref_url",  "spm",     "srsltid",       "ttclid",      "twclid",
    "vero_id",    "wbraid",  "wickedid", "yclid",   "ymclid",
};

bool IsTrackingParameterV1(absl::string_view name) {
  const std::string lower = absl::AsciiStrToLower(name);
  return absl::StartsWith(lower, "utm_") ||
         std::find(std::begin(kTrackingParametersV1), std::end(kTrackingParametersV1), lower) !=
             std::end(kTrackingParametersV1);
}

bool IsUnreserved(char c) { return absl::ascii_isalnum(c) || absl::StrContains("-._~", c); }

// Characters that stay as they are in a path or query; the delimiters among them separate parts.
bool StaysLiteral(char c) { return IsUnreserved(c) || absl::StrContains("!$&'()*+,;=:@/?", c); }

void AppendEscaped(unsigned char byte, std::string* out) {
  out->push_back('%');
  out->push_back(kHexDigits[byte >> 4]);
  out->push_back(kHexDigits[byte & 15]);
}

// RFC 3986 6.2.2.1 and 6.2.2.2.
absl::StatusOr<std::string> NormalizedEscapes(absl::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      if (text[i] == '\\') return Refuse(kField, "contains a backslash; write slashes");
      if (StaysLiteral(text[i])) {
        out.push_back(text[i]);
      } else {
        AppendEscaped(static_cast<unsigned char>(text[i]), &out);
      }
      continue;
    }
    if (i + 2 >= text.size() || !absl::ascii_isxdigit(text[i + 1]) ||
        !absl::ascii_isxdigit(text[i + 2])) {
      return Refuse(kField, "a percent sign is not followed by two hexadecimal digits");
    }
    const std::string byte = absl::HexStringToBytes(text.substr(i + 1, 2));
    if (absl::ascii_iscntrl(byte[0])) {
      return Refuse(kField, "contains an escaped control character; check the address");
    }
    if (IsUnreserved(byte[0])) {
      out.push_back(byte[0]);
    } else {
      AppendEscaped(static_cast<unsigned char>(byte[0]), &out);
    }
    i += 2;
  }
  return out;
}

// RFC 3986 5.2.4 on an absolute path, and without trailing slashes.
std::string WithoutDotSegments(absl::string_view path) {
  std::vector<absl::string_view> kept;
  for (absl::string_view segment : absl::StrSplit(path.substr(1), '/')) {
    if (segment == ".") continue;
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else {
      kept.push_back(segment);
    }
  }
  while (!kept.empty() && kept.back().empty()) kept.pop_back();
  return absl::StrCat("/", absl::StrJoin(kept, "/"));
}

std::string QueryV1(absl::string_view query) {
  std::vector<std::pair<absl::string_view, absl::string_view>> kept;  // name, whole parameter
  for (absl::string_view parameter : absl::StrSplit(query, '&', absl::SkipEmpty())) {
    const absl::string_view name = parameter.substr(0, parameter.find('='));
    if (parameter != "=" && !IsTrackingParameterV1(name)) kept.emplace_back(name, parameter);
  }
  std::stable_sort(kept.begin(), kept.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  return absl::StrJoin(kept, "&", [](std::string* out, const auto& parameter) {
    absl::StrAppend(out, parameter.second);
  });
}

absl::StatusOr<std::string> AuthorityV1(absl::string_view authority) {
  if (absl::StrContains(authority, '@')) {
    return Refuse(kField, "contains a user name or password before the host; remove it");
  }
  absl::string_view host = authority;
  std::string port;
  const size_t colon = authority.rfind(':');
  if (colon != absl::string_view::npos && !absl::StartsWith(authority, "[")) {
    host = authority.substr(0, colon);
    const absl::string_view digits = authority.substr(colon + 1);
    uint32_t number = 0;
    if (!digits.empty() && (!std::all_of(digits.begin(), digits.end(), absl::ascii_isdigit) ||
                            !absl::SimpleAtoi(digits, &number) || number == 0 || number > 65535)) {
      return Refuse(kField, "the port is not a number from 1 to 65535");
    }
    // Both defaults, because the two schemes become one.
    if (number != 0 && number != 80 && number != 443) port = absl::StrCat(":", number);
  }
  VERVET_ASSIGN_OR_RETURN(const std::string name, CanonicalHost(host, kField));
  return absl::StrCat(WithoutWww(name), port);
}

absl::StatusOr<std::string> UrlV1(absl::string_view raw) {
  VERVET_ASSIGN_OR_RETURN(const std::string clean, CleanText(raw, kField, kMaxRawUrlBytes));
  absl::string_view rest = clean;
  if (absl::StartsWithIgnoreCase(rest, "https://")) {
    rest.remove_prefix(8);
  } else if (absl::StartsWithIgnoreCase(rest, "http://")) {
    rest.remove_prefix(7);
  } else {
    return Refuse(kField, "does not begin with http:// or https://; give the full address");
  }
  if (absl::StrContains(rest, ' ')) {
    return Refuse(kField, "contains a space; pass one address, with spaces escaped as %20");
  }
  const size_t hash = rest.find('#');
  if (hash != absl::string_view::npos) {
    const absl::string_view fragment = rest.substr(hash + 1);
    if (absl::StartsWith(fragment, "/") || absl::StartsWith(fragment, "!")) {
      return Refuse(kField,
                    "the page is named by the fragment (after #); give the page's permanent "
                    "address");
    }
    rest = rest.substr(0, hash);
  }
  const size_t authority_end = rest.find_first_of("/?\\");
  VERVET_ASSIGN_OR_RETURN(const std::string authority, AuthorityV1(rest.substr(0, authority_end)));
  rest = authority_end == absl::string_view::npos ? "" : rest.substr(authority_end);

  const size_t question = rest.find('?');
  VERVET_ASSIGN_OR_RETURN(std::string path, NormalizedEscapes(rest.substr(0, question)));
  path = path.empty() ? "/" : WithoutDotSegments(path);
  std::string query;
  if (question != absl::string_view::npos) {
    VERVET_ASSIGN_OR_RETURN(const std::string escaped,
                            NormalizedEscapes(rest.substr(question + 1)));
    query = QueryV1(escaped);
  }
  std::string url = absl::StrCat("https://", authority, path, query.empty() ? "" : "?", query);
  if (url.size() > kMaxCanonicalBytes) {
    return Refuse(kField, absl::StrCat("longer than ", kMaxCanonicalBytes,
                                       " bytes; give the page's "
                                       "permanent address"));
  }
  return url;
}

}  // namespace

absl::StatusOr<CanonicalForm> CanonicalUrl(absl::string_view raw, uint32_t rules_version) {
  switch (rules_version) {
    case 1: {
      VERVET_ASSIGN_OR_RETURN(std::string text, UrlV1(raw));
      return CanonicalForm{SignatureType::kUrl, 1, std::move(text)};
    }
    default:
      return UnknownRulesVersion(SignatureType::kUrl, rules_version);
  }
}

}  // namespace vervet::canonical
