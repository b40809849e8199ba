// The files that a process speaks TLS with, checked before the first connection, so that a wrong
// setup gets one clear line instead of "handshake failed" on the other side of the world.
#ifndef VERVET_CORE_NET_TLS_FILES_H_
#define VERVET_CORE_NET_TLS_FILES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "core/net/identity.h"

namespace vervet::net {

// Paths of PEM files. For a renewal without restart, let the three lie behind one directory link
// and swap the link.
struct TlsFiles {
  std::string certificate_path;  // the leaf first, then intermediates
  std::string private_key_path;  // unencrypted, not accessible to other users
  std::string ca_path;           // the coalition's authority, and nobody else's
  std::string crl_dir;           // optional; see CheckCrlDirectory
};

struct CertificateFacts {
  Identity identity;
  absl::Time not_after;
  std::string fingerprint;  // SHA-256 of the DER form, 64 hex digits
};

// The bytes of certificate, key and authority, read once, so that what was checked is what is used.
// The key's are overwritten at the end. Move-only.
struct TlsMaterial {
  TlsMaterial() = default;
  TlsMaterial(TlsMaterial&&) = default;
  TlsMaterial& operator=(TlsMaterial&& other) noexcept;
  ~TlsMaterial();

  bool SameAs(const TlsMaterial& other) const;

  std::string certificate_pem;
  std::string private_key_pem;
  std::string ca_pem;
};

// The roles that connect to a hub.
absl::Span<const vervet::v1::Role> ClientRoles();

// Checks, in the order of a person's likely mistakes: the files are there; the key is kept from
// other users and fits the certificate; the dates hold at `now`; the chain ends at the authority;
// there is exactly one URI, of `coalition` and one of `roles`; the extended key usage is serverAuth
// alone for a hub, clientAuth alone for every other role. NOT_FOUND, PERMISSION_DENIED,
// INVALID_ARGUMENT (does not parse) or FAILED_PRECONDITION, with the path and the remedy. Reads
// files: not for a thread that must not block. Thread-safe.
absl::StatusOr<CertificateFacts> CheckOwnCertificate(const TlsFiles& files,
                                                     absl::string_view coalition,
                                                     absl::Span<const vervet::v1::Role> roles,
                                                     absl::Time now);

// The two halves of the above. `files` gives the names for messages; CheckTlsMaterial reads none.
absl::StatusOr<TlsMaterial> ReadTlsMaterial(const TlsFiles& files);
absl::StatusOr<CertificateFacts> CheckTlsMaterial(const TlsMaterial& material,
                                                  const TlsFiles& files,
                                                  absl::string_view coalition,
                                                  absl::Span<const vervet::v1::Role> roles,
                                                  absl::Time now);

}  // namespace vervet::net

#endif  // VERVET_CORE_NET_TLS_FILES_H_
