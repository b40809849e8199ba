#include "core/net/peer.h"

#include <grpc/grpc_security_constants.h>

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace vervet::net {
namespace {

absl::string_view ToView(const grpc::string_ref& text) { return {text.data(), text.size()}; }

}  // namespace

absl::StatusOr<Identity> PeerIdentity(const grpc::AuthContext& peer, absl::string_view coalition) {
  const std::vector<grpc::string_ref> ids =
      peer.FindPropertyValues(GRPC_PEER_SPIFFE_ID_PROPERTY_NAME);
  // gRPC gives no SPIFFE id at all where there are several URIs; peer_uri still lists them.
  if (ids.size() > 1 || peer.FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME).size() > 1) {
    return absl::UnauthenticatedError(
        "your certificate names more than one URI; ask the coalition's authority to issue one with "
        "exactly one, spiffe://<coalition>/<role>/<name>");
  }
  if (ids.empty()) {
    return absl::UnauthenticatedError(
        "your certificate names no SPIFFE URI; ask the coalition's authority to issue one with "
        "spiffe://<coalition>/<role>/<name>");
  }
  absl::StatusOr<Identity> identity = ParseSpiffe(ToView(ids.front()));
  if (!identity.ok()) {
    return absl::UnauthenticatedError(
        absl::StrCat("your certificate's URI is refused: ", identity.status().message()));
  }
  if (identity->coalition != coalition) {
    return absl::UnauthenticatedError(absl::StrCat(
        "your certificate is of the coalition ", identity->coalition, ", and this hub serves ",
        coalition, "; check the hub's address, or ask this coalition for a certificate"));
  }
  return identity;
}

}  // namespace vervet::net
