#include "hub/server/certificate_refusal.h"

#include <openssl/crypto.h>
#include <openssl/x509_vfy.h>

#include <utility>

namespace vervet::hub {
namespace {

thread_local int last_error = X509_V_OK;

// gRPC keeps its SSL_CTX to itself; what OpenSSL calls whenever it frees the context of a check is
// the way in that remains (CRYPTO_get_ex_new_index(3)).
void OnCheckFreed(void* context, void*, CRYPTO_EX_DATA*, int, long, void*) {
  last_error = X509_STORE_CTX_get_error(static_cast<X509_STORE_CTX*>(context));
}

}  // namespace

void KeepCertificateRefusals() {
  static const int index = CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_X509_STORE_CTX, 0, nullptr,
                                                   nullptr, nullptr, &OnCheckFreed);
  (void)index;
}

absl::string_view TakeCertificateRefusal() {
  const int error = std::exchange(last_error, X509_V_OK);
  return error == X509_V_OK ? absl::string_view() : X509_verify_cert_error_string(error);
}

}  // namespace vervet::hub
