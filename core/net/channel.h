// Channels and servers with the transport's limits applied, so that no other file sets a gRPC
// argument.
#ifndef VERVET_CORE_NET_CHANNEL_H_
#define VERVET_CORE_NET_CHANNEL_H_

#include <grpcpp/channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/server_builder.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/net/transport_limits.h"

namespace vervet::net {

struct ChannelLimits {
  size_t max_message_bytes = kMaxMessageBytes;
  absl::Duration min_reconnect_backoff = kMinReconnectBackoff;
  absl::Duration max_reconnect_backoff = kMaxReconnectBackoff;
  absl::Duration connect_timeout = kConnectTimeout;
};

struct ServerLimits {
  size_t max_message_bytes = kMaxMessageBytes;
  int max_concurrent_streams = kMaxConcurrentStreams;
  size_t resource_quota_bytes = kResourceQuotaBytes;
  absl::Duration handshake_timeout = kHandshakeTimeout;
  // Connections older than this are closed after their calls (gRPC spreads it by 10%), so that
  // clients spread over replicas again and certificates are looked at anew. Unset: never.
  std::optional<absl::Duration> max_connection_age;
};

// The host to check the hub's certificate against: "hub.example" of "hub.example:7443" or
// "dns:///hub.example:7443",
// "::1" of "[::1]:7443". INVALID_ARGUMENT without a port, or for a scheme that names no host.
absl::StatusOr<std::string> HostOfTarget(absl::string_view target);

// Connects lazily and reconnects for ever. The channel has connections of its own, shared with no
// other channel. Thread-safe.
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& target,
                                           const std::shared_ptr<grpc::ChannelCredentials>& creds,
                                           const ChannelLimits& limits = {});

// Limits, keepalive, the standard health service (grpc.health.v1), no reflection, and a port in use
// is an error instead of a second listener on it. Call it before BuildAndStart.
void ApplyServerDefaults(grpc::ServerBuilder& builder, const ServerLimits& limits = {});

}  // namespace vervet::net

#endif  // VERVET_CORE_NET_CHANNEL_H_
