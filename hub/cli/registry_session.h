// A connection to the hub for one invocation: deadlines, retries, and errors as one line with the
// remedy.
#ifndef VERVET_HUB_CLI_REGISTRY_SESSION_H_
#define VERVET_HUB_CLI_REGISTRY_SESSION_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "core/cli/flags.h"
#include "core/cli/streams.h"
#include "hub/cli/connection.h"
#include "hub/cli/coordinator_cli.h"
#include "vervet/v1/audit.grpc.pb.h"
#include "vervet/v1/budgets.grpc.pb.h"
#include "vervet/v1/exchange.grpc.pb.h"
#include "vervet/v1/negative_list.grpc.pb.h"
#include "vervet/v1/progress.grpc.pb.h"
#include "vervet/v1/records.grpc.pb.h"
#include "vervet/v1/registry.grpc.pb.h"

namespace vervet::coordinator_cli {

// The flags of every command, and the seams. One an invocation; commands borrow it.
struct Invocation {
  const Seams* seams = nullptr;
  ConnectionFlags connection;
  bool json = false;
  absl::Duration timeout = absl::Seconds(10);  // of one attempt

  void DeclareFlags(cli::FlagSet& flags);
};

class RegistrySession {
 public:
  // Null after a failure: it is on stderr then, and `*exit_code` is set.
  static std::unique_ptr<RegistrySession> Open(const Invocation& invocation,
                                               const cli::Streams& streams, int* exit_code);

  const ConnectionSettings& settings() const { return settings_; }

  // 16 bytes for one change. A retry inside this invocation reuses it: the hub then gives the first
  // answer again.
  std::string NewRequestId();

  // Calls `method`, again a few times where the hub is out of reach, slow or busy.
  template <typename Stub, typename Request, typename Response>
  absl::Status Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response* response) {
    const std::unique_ptr<Stub> stub = StubOf(static_cast<Stub*>(nullptr));
    return Retry([&](grpc::ClientContext& context) {
      *response = Response();
      return (stub.get()->*method)(&context, request, response);
    });
  }

  // The same for a Sync stream, which `attempt` opens and ends.
  absl::Status CallSync(const std::function<grpc::Status(v1::Exchange::StubInterface&,
                                                         grpc::ClientContext&)>& attempt) {
    const auto stub = v1::Exchange::NewStub(channel_);
    return Retry([&](grpc::ClientContext& context) { return attempt(*stub, context); });
  }

  // Prints `status` with what to do next, and returns its exit code.
  int Explain(const absl::Status& status) const;

 private:
  RegistrySession(const Invocation& invocation, const cli::Streams& streams,
                  ConnectionSettings settings, std::shared_ptr<grpc::Channel> channel)
      : invocation_(invocation),
        streams_(streams),
        settings_(std::move(settings)),
        channel_(std::move(channel)) {}

  // One for each service; the argument only chooses.
  std::unique_ptr<v1::Registry::StubInterface> StubOf(v1::Registry::StubInterface*) const {
    return v1::Registry::NewStub(channel_);
  }
  std::unique_ptr<v1::Audit::StubInterface> StubOf(v1::Audit::StubInterface*) const {
    return v1::Audit::NewStub(channel_);
  }
  std::unique_ptr<v1::Budgets::StubInterface> StubOf(v1::Budgets::StubInterface*) const {
    return v1::Budgets::NewStub(channel_);
  }
  std::unique_ptr<v1::Records::StubInterface> StubOf(v1::Records::StubInterface*) const {
    return v1::Records::NewStub(channel_);
  }
  std::unique_ptr<v1::NegativeList::StubInterface> StubOf(v1::NegativeList::StubInterface*) const {
    return v1::NegativeList::NewStub(channel_);
  }

  std::unique_ptr<v1::Progress::StubInterface> StubOf(v1::Progress::StubInterface*) const {
    return v1::Progress::NewStub(channel_);
  }

  absl::Status Retry(const std::function<grpc::Status(grpc::ClientContext&)>& attempt);

  const Invocation& invocation_;
  const cli::Streams& streams_;
  ConnectionSettings settings_;
  const std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace vervet::coordinator_cli

#endif  // VERVET_HUB_CLI_REGISTRY_SESSION_H_
