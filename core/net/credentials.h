// Mutual TLS for both sides. A renewed certificate is used for new connections without a restart:
// the credentials keep the CertificateWatch that looks at the files, and end it with themselves.
#ifndef VERVET_CORE_NET_CREDENTIALS_H_
#define VERVET_CORE_NET_CREDENTIALS_H_

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/net/certificate_watch.h"
#include "core/net/tls_settings.h"

namespace vervet::net {

// What a hub needs of TLS and gRPC 1.51 has no option for, done for the whole process. TLS 1.2 is
// left without a usable cipher suite. Sessions are not resumed: a ticket lets a client back in
// without its certificate being looked at, even after it expired or was revoked, and each
// resumption gives a fresh ticket of two hours.
//
// Call it first in main(), before there is a second thread and before any use of gRPC. It takes the
// place of a system_default section in the machine's openssl.cnf (Debian's has none). INTERNAL
// where OpenSSL refuses. Not for a member's process, which may have TLS of its own. A client needs
// neither: it keeps no tickets, and where both sides can, TLS 1.3 is chosen, with downgrade
// protection that the server signs (RFC 8446, section 4.1.3).
absl::Status RestrictTlsOfThisProcess();

// For a hub. Every client must present a certificate for clientAuth that chains to the authority;
// PeerIdentity then says who it is. Checks the hub's own files first: see CheckOwnCertificate and
// CheckCrlDirectory for errors. FAILED_PRECONDITION where RestrictTlsOfThisProcess() was not
// called. Reads files. Thread-safe.
//
// `watch` is for the role hub. The other one starts a watch of its own, which tells nobody of
// changes; its first check takes the machine's clock for `now`.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerTls(
    std::shared_ptr<CertificateWatch> watch, absl::Time now);
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerTls(const TlsSettings& settings,
                                                                   absl::Time now);

// For every caller of a hub. The server must chain to the authority, be named `hub_host` (a DNS
// name or an IP address, as the alternative names say; the common name is ignored), and have the
// one URI spiffe://<coalition>/hub/<name>; nothing is sent before that. A refusal shows as
// UNAVAILABLE with the reason in the call's status. Checks the caller's own files first. Reads
// files. Thread-safe. `watch` is for one of ClientRoles(); the other one starts its own, as above.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ClientTls(
    std::shared_ptr<CertificateWatch> watch, const std::string& hub_host, absl::Time now);
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ClientTls(const TlsSettings& settings,
                                                                    const std::string& hub_host,
                                                                    absl::Time now);

}  // namespace vervet::net

#endif  // VERVET_CORE_NET_CREDENTIALS_H_
