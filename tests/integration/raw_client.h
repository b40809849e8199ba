// A caller without the SDK: gRPC stubs and whatever certificate a test gives it, so that the hub is
// spoken to in ways in which the SDK would never speak.
#ifndef VERVET_TESTS_INTEGRATION_RAW_CLIENT_H_
#define VERVET_TESTS_INTEGRATION_RAW_CLIENT_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/channel_arguments.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/net/status.h"
#include "examples/coalition/certificates.h"
#include "vervet/v1/exchange.grpc.pb.h"
#include "vervet/v1/negative_list.grpc.pb.h"
#include "vervet/v1/progress.grpc.pb.h"
#include "vervet/v1/records.grpc.pb.h"
#include "vervet/v1/registry.grpc.pb.h"

namespace vervet::integration {

// Thread-safe as its stubs are.
class RawClient {
 public:
  // Empty certificate and key: TLS without a client certificate.
  RawClient(const std::string& address, const coalition::TlsPaths& tls)
      : RawClient(address, tls, {}) {}
  // The same, with settings of gRPC's.
  RawClient(const std::string& address, const coalition::TlsPaths& tls,
            grpc::ChannelArguments arguments);

  v1::Exchange::Stub& exchange() { return *exchange_; }
  v1::Registry::Stub& registry() { return *registry_; }
  v1::Records::Stub& records() { return *records_; }
  v1::NegativeList::Stub& negative_list() { return *negative_list_; }
  v1::Progress::Stub& progress() { return *progress_; }

  // Each call has ten seconds.
  absl::StatusOr<v1::EvaluateResponse> Evaluate(const v1::EvaluateRequest& request);
  absl::StatusOr<v1::PublishResponse> Publish(const v1::PublishRequest& request);
  absl::StatusOr<v1::RetractResponse> Retract(const v1::RetractRequest& request);
  absl::StatusOr<v1::LookupResponse> Lookup(const v1::LookupRequest& request);
  absl::StatusOr<v1::ListResponse> List();
  absl::StatusOr<v1::ChangeResponse> Admit(const v1::AdmitRequest& request);
  absl::StatusOr<v1::ChangeResponse> Suspend(const std::string& party, const std::string& reason);
  absl::StatusOr<v1::ChangeResponse> Reinstate(const std::string& party, const std::string& reason);

 private:
  template <typename Response, typename Method, typename Request>
  absl::StatusOr<Response> Call(Method method, const Request& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    Response response;
    const grpc::Status status = method(&context, request, &response);
    if (!status.ok()) return net::FromGrpc(status, context);
    return response;
  }

  std::unique_ptr<v1::Exchange::Stub> exchange_;
  std::unique_ptr<v1::Registry::Stub> registry_;
  std::unique_ptr<v1::Records::Stub> records_;
  std::unique_ptr<v1::NegativeList::Stub> negative_list_;
  std::unique_ptr<v1::Progress::Stub> progress_;
};

// 16 fresh bytes.
std::string NewRequestId();

// What the log announces of a type, as a member learns it from Sync.
struct AnnouncedType {
  uint32_t epoch = 0;
  std::string public_key;
  uint32_t rules_version = 0;
  absl::Duration maximum_life;
};
absl::StatusOr<AnnouncedType> ReadAnnouncement(RawClient& member, v1::SignatureType type);

// N of each input (any text stands for a canonical form): blinded, evaluated by the hub, proof
// checked.
absl::StatusOr<std::vector<std::string>> EvaluateInputs(RawClient& member, v1::SignatureType type,
                                                        const AnnouncedType& announced,
                                                        const std::vector<std::string>& texts);

// A request that the hub accepts: one signature of `text` for `group`, valid for 30 days.
absl::StatusOr<v1::PublishRequest> GoodPublishRequest(RawClient& member, const std::string& text,
                                                      const std::string& group);

}  // namespace vervet::integration

#endif  // VERVET_TESTS_INTEGRATION_RAW_CLIENT_H_
