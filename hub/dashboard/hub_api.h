// What the page asks, answered by the hub: each GET is one call of a reading method, its request
// and its answer in protobuf's JSON mapping. There is no path to a method that changes anything.
#ifndef VERVET_HUB_DASHBOARD_HUB_API_H_
#define VERVET_HUB_DASHBOARD_HUB_API_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "hub/dashboard/http.h"

namespace vervet::dashboard {

// An answer in JSON, or its error: {"error": {"code": "UNAVAILABLE", "message": "..."}}.
HttpAnswer JsonAnswer(std::string body);
HttpAnswer JsonError(const absl::Status& status);

// Thread-safe.
class HubApi {
 public:
  HubApi(std::shared_ptr<grpc::Channel> channel, absl::Duration timeout);

  // `name`: "reduction" and so on; `request`: JSON of the method's request, empty for an empty one.
  // Errors have the HTTP status that fits; the hub out of reach is 503.
  HttpAnswer Get(const std::string& name, const std::string& request) const;

 private:
  using Call = std::function<absl::Status(grpc::ClientContext& context, const std::string& request,
                                          std::string* answer)>;
  template <typename Stub, typename Request, typename Response>
  void Add(const std::string& name, std::shared_ptr<Stub> stub,
           grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*));

  const std::shared_ptr<grpc::Channel> channel_;
  const absl::Duration timeout_;
  std::map<std::string, Call> calls_;
};

}  // namespace vervet::dashboard

#endif  // VERVET_HUB_DASHBOARD_HUB_API_H_
