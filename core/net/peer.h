// From a connection's TLS handshake to the caller's identity.
#ifndef VERVET_CORE_NET_PEER_H_
#define VERVET_CORE_NET_PEER_H_

#include <grpcpp/security/auth_context.h>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/net/identity.h"

namespace vervet::net {

// Who the certificate behind `peer` speaks for. TLS has proved that the coalition's authority
// signed it, and nothing else: a certificate without a URI, with several, or of another coalition
// under a shared authority passes TLS, so every call asks here. UNAUTHENTICATED with the remedy
// otherwise. Never blocks; thread-safe.
absl::StatusOr<Identity> PeerIdentity(const grpc::AuthContext& peer, absl::string_view coalition);

}  // namespace vervet::net

#endif  // VERVET_CORE_NET_PEER_H_
