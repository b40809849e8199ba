// Why a client's certificate was turned away. gRPC 1.51 logs "certificate verify failed" for an
// expired certificate, a revoked one and a stranger's alike.
#ifndef VERVET_HUB_SERVER_CERTIFICATE_REFUSAL_H_
#define VERVET_HUB_SERVER_CERTIFICATE_REFUSAL_H_

#include "absl/strings/string_view.h"

namespace vervet::hub {

// From now on every thread keeps what the last check of a certificate chain on it came to. For the
// whole process; call it before gRPC starts. Idempotent, thread-safe.
void KeepCertificateRefusals();

// OpenSSL's words for the refusal on this thread ("certificate has expired"), static, and forgotten
// with this call. Empty where the last check went well or was taken already. gRPC's log function
// runs on the thread that made the handshake, so there it is the reason of the handshake.
absl::string_view TakeCertificateRefusal();

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVER_CERTIFICATE_REFUSAL_H_
