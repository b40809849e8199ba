// The hub: engine, services and listener, put together and taken down in order.
#ifndef VERVET_HUB_SERVER_HUB_SERVER_H_
#define VERVET_HUB_SERVER_HUB_SERVER_H_

#include <grpcpp/server_builder.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hub/config/config.h"

namespace vervet::hub {

class HubServer {
 public:
  struct Options {
    // Start although the machine's clock does not fit the log's last event.
    bool accept_clock = false;
    // For the tap of the test build.
    std::function<void(grpc::ServerBuilder&)> customize;
    // Once, from any thread, when the hub cannot go on (its log cannot be written, its listener is
    // dead), with the exit code for the process. The owner then calls Shutdown.
    std::function<void(int exit_code, const absl::Status&)> failed;
  };

  // Opens keyring and log, folds the state, announces what changed in the configuration, and
  // listens. Errors are those of the parts, one line each with the remedy; nothing is left behind.
  static absl::StatusOr<std::unique_ptr<HubServer>> Start(const Config& config, Options options);

  virtual ~HubServer() = default;

  virtual std::string address() const = 0;  // "127.0.0.1:41234"
  // Expiries, stalled streams, counters: about once a second, from the owner's thread.
  virtual void Tick() = 0;
  // Finishes streams and calls, commits what is queued, closes the log. Blocks for at most about
  // ten seconds.
  virtual void Shutdown() = 0;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVER_HUB_SERVER_H_
