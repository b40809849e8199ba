// The hub over gRPC and mutual TLS. The only file of the SDK that knows gRPC, with client.cc which
// makes it.
#ifndef VERVET_MEMBER_SDK_SRC_TRANSPORT_GRPC_TRANSPORT_H_
#define VERVET_MEMBER_SDK_SRC_TRANSPORT_GRPC_TRANSPORT_H_

#include <grpcpp/channel.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "member-sdk/src/engine/transport.h"

namespace vervet::transport {

// Every unary call has a deadline and fails at once where the hub is out of reach; the Sync stream
// has none, and the channel's keepalive ends it when the connection is dead. Thread-safe.
// Destroying it cancels and awaits open unary calls.
//
// `prepare` and `expiry` are engine::Transport's Prepare and CertificateExpiry; null: nothing to
// prepare, and no certificate.
using PrepareConnection = std::function<absl::Status(std::vector<std::string>* notices)>;
using CertificateExpiry = std::function<absl::Time()>;
std::unique_ptr<engine::Transport> MakeGrpcTransport(std::shared_ptr<grpc::Channel> channel,
                                                     PrepareConnection prepare = nullptr,
                                                     CertificateExpiry expiry = nullptr);

}  // namespace vervet::transport

#endif  // VERVET_MEMBER_SDK_SRC_TRANSPORT_GRPC_TRANSPORT_H_
