// A real gRPC server on loopback that tells callers who they are, and a way to call it.
#ifndef VERVET_TESTS_CORE_NET_RPC_FIXTURE_H_
#define VERVET_TESTS_CORE_NET_RPC_FIXTURE_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "core/net/channel.h"
#include "core/net/credentials.h"
#include "core/net/tls_files.h"

namespace vervet::net {

class WhoAmIService;

// Serves any method on 127.0.0.1 until destroyed. "/test/WhoAmI" answers with the caller's URI or
// PeerIdentity's refusal; "/test/Echo" with the request; "/test/Later" refuses with a time to retry
// after; "/test/Junk" with metadata that is no time; "/test/Long" with a message far over the
// limit.
class TestHub {
 public:
  explicit TestHub(const std::shared_ptr<grpc::ServerCredentials>& credentials,
                   const ServerLimits& limits = {}, int port = 0);
  ~TestHub();

  bool started() const { return server_ != nullptr; }
  int port() const { return port_; }
  std::string target() const { return "127.0.0.1:" + std::to_string(port_); }
  int calls() const;

 private:
  std::unique_ptr<WhoAmIService> service_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

struct Answer {
  absl::Status status;  // through FromGrpc
  std::string reply;
  std::string
      hub_uri;  // of the certificate that the client saw; empty where no connection was made
};

// One call with a deadline of 10 s.
Answer CallMethod(const std::shared_ptr<grpc::Channel>& channel, const std::string& method);
inline Answer WhoAmI(const std::shared_ptr<grpc::Channel>& channel) {
  return CallMethod(channel, "/test/WhoAmI");
}

// Server and client without any of our own checks, for playing the wrong side. An empty certificate
// path: none.
std::shared_ptr<grpc::ServerCredentials> UncheckedServer(const TlsFiles& files);
std::shared_ptr<grpc::ChannelCredentials> UncheckedClient(const TlsFiles& files,
                                                          const std::string& ca_path);

// Settings for the tests' coalition that look at the files every second.
TlsSettings TestSettings(const TlsFiles& files);

}  // namespace vervet::net

#endif  // VERVET_TESTS_CORE_NET_RPC_FIXTURE_H_
