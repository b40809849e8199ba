// An HTTP/1.1 server for a handful of people: cpp-httplib, with its limits set.
#ifndef VERVET_HUB_DASHBOARD_HTTP_SERVER_H_
#define VERVET_HUB_DASHBOARD_HTTP_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "hub/dashboard/http.h"

namespace vervet::dashboard {

// Every open connection holds a thread while it is kept alive: this many, the next ones wait. A
// browser opens six.
inline constexpr int kHttpThreads = 32;
// Between two requests of a connection. Short: see above.
inline constexpr int kKeepAliveSeconds = 3;
inline constexpr int kReadTimeoutSeconds = 5;
inline constexpr int kWriteTimeoutSeconds = 10;

// HTTPS, where the page is hosted: only clients with a certificate of `client_ca_path` connect.
struct HttpsFiles {
  std::string certificate_path;  // PEM, serverAuth
  std::string private_key_path;  // PEM
  std::string client_ca_path;    // PEM, the coalition's authority
};

// Listens from Start to its destruction. Thread-safe.
class HttpServer {
 public:
  struct Options {
    std::string host = "127.0.0.1";
    int port = 0;                       // 0: a free one
    const HttpsFiles* https = nullptr;  // null: HTTP. Borrowed during Start.
  };
  // FAILED_PRECONDITION where the address cannot be had or the certificate cannot be used.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const Options& options,
                                                           HttpHandler handler);
  // Waits for the requests that are being answered.
  virtual ~HttpServer() = default;

  virtual int port() const = 0;
};

}  // namespace vervet::dashboard

#endif  // VERVET_HUB_DASHBOARD_HTTP_SERVER_H_
