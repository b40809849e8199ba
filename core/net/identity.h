// Who a certificate speaks for. Free of gRPC, so that the engine can name parties too.
#ifndef VERVET_CORE_NET_IDENTITY_H_
#define VERVET_CORE_NET_IDENTITY_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "vervet/v1/types.pb.h"

namespace vervet::net {

// A label of a host name and a party's name have the same limit (RFC 1035, section 2.3.4).
inline constexpr size_t kMaxPartyNameBytes = 63;
// RFC 1035 allows 255 octets on the wire, which is 253 in dotted text.
inline constexpr size_t kMaxCoalitionBytes = 253;

// A value; thread-safe as any const value is.
struct Identity {
  std::string coalition;  // the SPIFFE trust domain, "coalition.example"
  vervet::v1::Role role = vervet::v1::ROLE_UNSPECIFIED;
  std::string name;  // [a-z0-9][a-z0-9-]{0,62}

  // "member/market": how the roster, audiences and events name a caller.
  std::string party() const;
  // "spiffe://coalition.example/member/market".
  std::string uri() const;

  friend bool operator==(const Identity& a, const Identity& b) {
    return a.coalition == b.coalition && a.role == b.role && a.name == b.name;
  }
};

// "member" for MEMBER, and so on; empty for a value outside the enumeration.
absl::string_view RoleWord(vervet::v1::Role role);

// The role of a word in lower case, or INVALID_ARGUMENT with the list of roles.
absl::StatusOr<vervet::v1::Role> ParseRole(absl::string_view word);

// OK for a lower-case DNS name of at most 253 bytes: what a coalition may be called.
absl::Status CheckCoalition(absl::string_view coalition);

// OK for [a-z0-9][a-z0-9-]{0,62}.
absl::Status CheckPartyName(absl::string_view name);

// Exactly spiffe://<coalition>/<role>/<name>. This is narrower than the SPIFFE-ID standard: no
// port, userinfo, query, fragment, percent escape or upper case, so that one identity has one
// spelling. INVALID_ARGUMENT says which part is wrong, never what it said.
absl::StatusOr<Identity> ParseSpiffe(absl::string_view uri);

// "member/market" → role and name; the coalition stays empty. INVALID_ARGUMENT as above.
absl::StatusOr<Identity> ParseParty(absl::string_view party);

}  // namespace vervet::net

#endif  // VERVET_CORE_NET_IDENTITY_H_
