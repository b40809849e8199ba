// One running dashboard: door, page and API behind one handler.
#ifndef VERVET_HUB_DASHBOARD_DASHBOARD_H_
#define VERVET_HUB_DASHBOARD_DASHBOARD_H_

#include <grpcpp/channel.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/environment.h"
#include "core/net/identity.h"
#include "hub/dashboard/door.h"
#include "hub/dashboard/http_server.h"
#include "hub/dashboard/hub_api.h"

namespace vervet::dashboard {

// Serves from Start to its destruction. Thread-safe.
class Dashboard {
 public:
  struct Options {
    std::string listen_host = "127.0.0.1";
    int port = 0;  // 0: a free one
    // Hosted: HTTPS for coordinators with their own certificates. Without it, loopback only.
    std::shared_ptr<const HttpsFiles> https;
    std::string public_host;  // hosted: "progress.coalition.example", as browsers write it
    // As whom the hub sees this process; shown on the page.
    net::Identity identity;
    std::string hub_target;  // shown on the page
    // For one answer. A hub that computes estimates from nothing takes three seconds at a time, and
    // questions wait for one another.
    absl::Duration hub_timeout = absl::Seconds(10);
    Environment* environment = nullptr;
    // Told of each address that opens the page; from the second on, while a request is answered.
    std::function<void(const std::string& url)> on_address;
  };
  // INVALID_ARGUMENT: an address beyond this machine without https. FAILED_PRECONDITION: as
  // HttpServer::Start.
  static absl::StatusOr<std::unique_ptr<Dashboard>> Start(const Options& options,
                                                          std::shared_ptr<grpc::Channel> hub);

  int port() const { return server_->port(); }

  // One request, as the server passes it on.
  HttpAnswer Handle(const HttpRequest& request);

 private:
  Dashboard(const Options& options, std::shared_ptr<grpc::Channel> hub);
  HttpAnswer Serve(const HttpRequest& request) const;
  std::string Session() const;

  const Options options_;
  const HubApi api_;
  std::unique_ptr<Door> door_;
  std::unique_ptr<HttpServer> server_;  // last: it calls the others
};

}  // namespace vervet::dashboard

#endif  // VERVET_HUB_DASHBOARD_DASHBOARD_H_
