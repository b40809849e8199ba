#include "hub/access/door.h"

#include "core/net/peer.h"
#include "core/net/status.h"
#include "hub/access/caller.h"

namespace vervet::hub {

grpc::Status Door::Process(const InputMetadata& metadata, grpc::AuthContext* context,
                           OutputMetadata* consumed, OutputMetadata* response) {
  const auto path = metadata.find(":path");
  const std::string method =
      path == metadata.end() ? "" : std::string(path->second.data(), path->second.size());
  std::string party = "unknown";
  absl::Status verdict;
  const auto identity = net::PeerIdentity(*context, coalition_);
  if (identity.ok()) {
    party = identity->party();
    verdict = CheckCall(*identity, method, *state_);
  } else {
    verdict = identity.status();
  }
  if (!verdict.ok()) refused_(party, method, verdict);
  return net::ToGrpc(verdict);
}

}  // namespace vervet::hub
