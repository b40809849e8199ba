// The transport's limits in one place. Each has a reason; a coalition changes them in its
// configuration, not here.
#ifndef VERVET_CORE_NET_TRANSPORT_LIMITS_H_
#define VERVET_CORE_NET_TRANSPORT_LIMITS_H_

#include <cstddef>

#include "absl/time/time.h"

namespace vervet::net {

// A quiet connection is asked whether it lives, so that a cut behind a NAT or a firewall shows
// within 80 s.
inline constexpr absl::Duration kKeepaliveTime = absl::Seconds(60);
inline constexpr absl::Duration kKeepaliveTimeout = absl::Seconds(20);
// A client that pings more often than this is told to go away (HTTP/2 ENHANCE_YOUR_CALM). Below
// kKeepaliveTime.
inline constexpr absl::Duration kMinPingInterval = absl::Seconds(30);

// One message, either way. The largest is a batch of events in Sync.
inline constexpr size_t kMaxMessageBytes = 4 * 1024 * 1024;
// All headers of one call, or all trailers.
inline constexpr size_t kMaxMetadataBytes = 8 * 1024;
// A status message in grpc-message's percent encoding (the worst text is three times longer encoded
// than plain). Well below kMaxMetadataBytes: a larger trailer would reach the caller as another
// error altogether.
inline constexpr size_t kMaxStatusMessageBytes = 4 * 1024;

// Calls at the same time on one connection.
inline constexpr int kMaxConcurrentStreams = 100;
// Memory that all connections' reading and writing may take together.
inline constexpr size_t kResourceQuotaBytes = 256 * 1024 * 1024;
// A peer that connects and does not finish TLS and HTTP/2 settings within this is dropped; gRPC's
// own value is 120 s, in which an unauthenticated peer can hold many file descriptors.
inline constexpr absl::Duration kHandshakeTimeout = absl::Seconds(10);
// What a connection that reached its maximum age has left to finish its calls.
inline constexpr absl::Duration kConnectionAgeGrace = absl::Seconds(30);

// Between attempts to reach a hub: doubles with jitter from the first to the second. One attempt
// may take the third.
inline constexpr absl::Duration kMinReconnectBackoff = absl::Seconds(1);
inline constexpr absl::Duration kMaxReconnectBackoff = absl::Seconds(30);
inline constexpr absl::Duration kConnectTimeout = absl::Seconds(20);

// How often certificate files are looked at, so that a renewal needs no restart.
inline constexpr absl::Duration kCertificateRefresh = absl::Seconds(60);

}  // namespace vervet::net

#endif  // VERVET_CORE_NET_TRANSPORT_LIMITS_H_
