// Connections that do nothing: mutual TLS and HTTP/2's first frames, then silence.
#ifndef VERVET_TESTS_INTEGRATION_IDLE_CONNECTIONS_H_
#define VERVET_TESTS_INTEGRATION_IDLE_CONNECTIONS_H_

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "examples/coalition/certificates.h"

namespace vervet::integration {

// Holds one file descriptor for each. They answer no keepalive, so a hub drops them after about 80
// s.
class IdleConnections {
 public:
  explicit IdleConnections(const coalition::TlsPaths& tls);
  ~IdleConnections();
  IdleConnections(const IdleConnections&) = delete;
  IdleConnections& operator=(const IdleConnections&) = delete;

  // One more, up to the hub's own settings frame, which says that it has let this one in.
  absl::Status Open(const std::string& address);
  size_t size() const { return connections_.size(); }
  // How many the hub has not closed.
  size_t CountOpen() const;

 private:
  struct FreeContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  struct FreeConnection {
    void operator()(SSL* connection) const;
  };
  using Connection = std::unique_ptr<SSL, FreeConnection>;

  std::unique_ptr<SSL_CTX, FreeContext> context_;
  std::vector<Connection> connections_;
};

}  // namespace vervet::integration

#endif  // VERVET_TESTS_INTEGRATION_IDLE_CONNECTIONS_H_
