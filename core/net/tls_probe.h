// Asks a TLS listener whether it still accepts, from outside gRPC.
#ifndef VERVET_CORE_NET_TLS_PROBE_H_
#define VERVET_CORE_NET_TLS_PROBE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace vervet::net {

// Connects and goes through a TLS 1.3 handshake up to the server's Finished, which needs no client
// certificate (RFC 8446, section 2: the server answers before it sees the client's). So OK means
// that the accept loop and the certificate files live; it says nothing about who listens, and no
// certificate is verified. For a watchdog on the process's own listener: gRPC 1.51 stops accepting
// for good after it ran out of file descriptors (CVE-2023-4785), while the kernel goes on
// completing TCP connections.
//
// `host` is an IP address (a name would block on DNS) or "localhost". Blocks for at most `timeout`;
// holds one file descriptor meanwhile; closes it on every path. Thread-safe; raises no SIGPIPE.
// UNAVAILABLE: nobody listens, or the connection was closed. DEADLINE_EXCEEDED: nobody answered in
// time. RESOURCE_EXHAUSTED: this process has no file descriptor left. FAILED_PRECONDITION: the
// answer is not TLS 1.3.
absl::Status ProbeTlsListener(const std::string& host, int port, absl::Duration timeout);

}  // namespace vervet::net

#endif  // VERVET_CORE_NET_TLS_PROBE_H_
