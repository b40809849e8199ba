// Whose files a process speaks TLS with, and how often they are looked at.
#ifndef VERVET_CORE_NET_TLS_SETTINGS_H_
#define VERVET_CORE_NET_TLS_SETTINGS_H_

#include <string>

#include "absl/time/time.h"
#include "core/net/tls_files.h"
#include "core/net/transport_limits.h"

namespace vervet::net {

struct TlsSettings {
  TlsFiles files;
  std::string coalition;
  // "member/market": a renewed certificate of anybody else is refused. Empty: whoever it names.
  std::string party = {};
  // At least one second.
  absl::Duration refresh = kCertificateRefresh;
};

}  // namespace vervet::net

#endif  // VERVET_CORE_NET_TLS_SETTINGS_H_
