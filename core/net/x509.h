// Owning pointers and small readers over OpenSSL's certificates, for the files of this folder and
// the tests.
#ifndef VERVET_CORE_NET_X509_H_
#define VERVET_CORE_NET_X509_H_

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace vervet::net {

template <typename T, void (*Free)(T*)>
struct OpenSslDeleter {
  void operator()(T* object) const { Free(object); }
};
using X509Ptr = std::unique_ptr<X509, OpenSslDeleter<X509, X509_free>>;
using X509CrlPtr = std::unique_ptr<X509_CRL, OpenSslDeleter<X509_CRL, X509_CRL_free>>;
using X509StorePtr = std::unique_ptr<X509_STORE, OpenSslDeleter<X509_STORE, X509_STORE_free>>;
using X509StoreCtxPtr =
    std::unique_ptr<X509_STORE_CTX, OpenSslDeleter<X509_STORE_CTX, X509_STORE_CTX_free>>;
using PkeyPtr = std::unique_ptr<EVP_PKEY, OpenSslDeleter<EVP_PKEY, EVP_PKEY_free>>;
using BioPtr = std::unique_ptr<BIO, OpenSslDeleter<BIO, BIO_free_all>>;
using SslPtr = std::unique_ptr<SSL, OpenSslDeleter<SSL, SSL_free>>;
using SslCtxPtr = std::unique_ptr<SSL_CTX, OpenSslDeleter<SSL_CTX, SSL_CTX_free>>;

// Larger files are refused before they are parsed: certificate bundles are kilobytes.
inline constexpr size_t kMaxPemFileBytes = 1024 * 1024;

// The bytes of a file, NOT_FOUND or PERMISSION_DENIED with `what` and the path.
absl::StatusOr<std::string> ReadPemFile(absl::string_view what, const std::string& path);

// Every certificate of a PEM text, in its order; INVALID_ARGUMENT where there is none or one does
// not parse.
absl::StatusOr<std::vector<X509Ptr>> ParseCertificates(absl::string_view what,
                                                       absl::string_view pem);

// Every URI among the subject alternative names. INVALID_ARGUMENT where the extension does not
// parse or a URI holds a NUL byte.
absl::StatusOr<std::vector<std::string>> UriNames(const X509& certificate);

// A time of a certificate or CRL; the infinite past where it does not parse, so that a check fails
// closed.
absl::Time ToTime(const ASN1_TIME* time);

// "2026-03-01 12:00 UTC".
std::string UtcText(absl::Time time);

// Whether the certificate's names (never its common name) cover `host`, a DNS name or an IP
// address. A wildcard covers one whole label (RFC 6125, section 6.4.3).
bool CoversHost(X509& certificate, const std::string& host);

// OpenSSL's newest reason, and the thread's error queue emptied.
std::string TakeOpenSslError();

}  // namespace vervet::net

#endif  // VERVET_CORE_NET_X509_H_
