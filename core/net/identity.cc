#include "core/net/identity.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/base/status_macros.h"

namespace vervet::net {
namespace {

using vervet::v1::Role;

constexpr absl::string_view kScheme = "spiffe://";
constexpr absl::string_view kShape = "spiffe://<coalition>/<role>/<name>";

struct RoleName {
  Role role;
  absl::string_view word;
};
constexpr RoleName kRoles[] = {
    {vervet::v1::MEMBER, "member"},   {vervet::v1::COORDINATOR, "coordinator"},
    {vervet::v1::EXPERT, "expert"},   {vervet::v1::AGENCY, "agency"},
    {vervet::v1::AUDITOR, "auditor"}, {vervet::v1::HUB, "hub"},
};

// ASCII only, whatever the locale.
bool IsLowerOrDigit(char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c); }

bool IsLabel(absl::string_view label) {
  if (label.empty() || label.size() > kMaxPartyNameBytes) return false;
  for (char c : label) {
    if (!IsLowerOrDigit(c) && c != '-') return false;
  }
  return IsLowerOrDigit(label.front());
}

absl::Status Refuse(absl::string_view part, absl::string_view reason) {
  return absl::InvalidArgumentError(absl::StrCat(part, " ", reason, "; the form is ", kShape));
}

// Characters that a URI may have and an identity may not, each with the reason that a person can
// act upon.
absl::Status RefuseForbiddenCharacters(absl::string_view uri) {
  for (char c : uri) {
    if (absl::ascii_isupper(c)) return Refuse("the URI", "has an upper-case letter");
    if (c == '%') return Refuse("the URI", "has a percent escape");
    if (c == '?') return Refuse("the URI", "has a query");
    if (c == '#') return Refuse("the URI", "has a fragment");
    if (c == '@') return Refuse("the URI", "has a user part");
    if (!absl::ascii_isprint(c) || c == ' ') {
      return Refuse("the URI", "has a character outside printable ASCII");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Identity> FromSegments(absl::string_view role_word, absl::string_view name) {
  Identity identity;
  VERVET_ASSIGN_OR_RETURN(identity.role, ParseRole(role_word));
  VERVET_RETURN_IF_ERROR(CheckPartyName(name));
  identity.name = std::string(name);
  return identity;
}

}  // namespace

std::string Identity::party() const { return absl::StrCat(RoleWord(role), "/", name); }

std::string Identity::uri() const { return absl::StrCat(kScheme, coalition, "/", party()); }

absl::string_view RoleWord(Role role) {
  for (const RoleName& known : kRoles) {
    if (known.role == role) return known.word;
  }
  return "";
}

absl::StatusOr<Role> ParseRole(absl::string_view word) {
  for (const RoleName& known : kRoles) {
    if (known.word == word) return known.role;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("the role (", word.size(),
                   " bytes) is none of member, coordinator, expert, agency, auditor, hub"));
}

absl::Status CheckCoalition(absl::string_view coalition) {
  if (coalition.empty()) return absl::InvalidArgumentError("the coalition is empty");
  if (coalition.size() > kMaxCoalitionBytes) {
    return absl::InvalidArgumentError(absl::StrCat("the coalition has ", coalition.size(),
                                                   " bytes, the limit is ", kMaxCoalitionBytes));
  }
  if (absl::StrContains(coalition, ':')) {
    return absl::InvalidArgumentError("the coalition has a port; write the bare name");
  }
  for (absl::string_view label : absl::StrSplit(coalition, '.')) {
    if (!IsLabel(label) || label.back() == '-') {
      return absl::InvalidArgumentError(
          "the coalition is no DNS name in lower case: labels of 1-63 letters, digits and inner "
          "hyphens, joined by dots");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckPartyName(absl::string_view name) {
  if (IsLabel(name)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the name (", name.size(),
                   " bytes) must be 1-63 of a-z, 0-9 and -, the first a letter or a digit"));
}

absl::StatusOr<Identity> ParseSpiffe(absl::string_view uri) {
  if (!absl::ConsumePrefix(&uri, kScheme)) {
    return Refuse("the URI", "does not begin with spiffe://");
  }
  VERVET_RETURN_IF_ERROR(RefuseForbiddenCharacters(uri));
  const std::vector<absl::string_view> segments = absl::StrSplit(uri, '/');
  if (segments.size() != 3) {
    return Refuse("the URI",
                  absl::StrCat("has ", segments.size() - 1, " path segments, and two are wanted"));
  }
  VERVET_RETURN_IF_ERROR(CheckCoalition(segments[0]));
  VERVET_ASSIGN_OR_RETURN(Identity identity, FromSegments(segments[1], segments[2]));
  identity.coalition = std::string(segments[0]);
  return identity;
}

absl::StatusOr<Identity> ParseParty(absl::string_view party) {
  const std::vector<absl::string_view> segments = absl::StrSplit(party, '/');
  if (segments.size() != 2) {
    return absl::InvalidArgumentError(
        "a party is written <role>/<name>, with one slash, for example member/market");
  }
  return FromSegments(segments[0], segments[1]);
}

}  // namespace vervet::net
