// Which hub, and as whom: from flags, a configuration file, and the environment.
#ifndef VERVET_HUB_CLI_CONNECTION_H_
#define VERVET_HUB_CLI_CONNECTION_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/cli/flags.h"
#include "core/net/tls_files.h"

namespace vervet::coordinator_cli {

struct ConnectionSettings {
  std::string hub_target;
  std::string coalition;
  std::string log_public_key;  // 32 bytes, or empty: heads are not checked
  net::TlsFiles tls;
};

// --config, --hub, --coalition, --log-public-key, --certificate, --private-key, --ca.
class ConnectionFlags {
 public:
  void DeclareFlags(cli::FlagSet& flags);

  // The file of --config, else of $VERVET_CONFIG, else "coordinator.textproto" where it is there;
  // then the flags. Checks every field. Errors are lines of "file:line:column: field: ..." or
  // "--flag: ...".
  absl::StatusOr<ConnectionSettings> Resolve() const;

  // The log key alone, for a command that needs no hub: 32 bytes, or empty where none is given.
  absl::StatusOr<std::string> ResolveLogKey() const;

 private:
  std::string config_path_, hub_, coalition_, log_public_key_, certificate_, private_key_, ca_;
};

// Checks the caller's own files and makes a channel over mutual TLS; connects at the first call.
absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(const ConnectionSettings& settings);

}  // namespace vervet::coordinator_cli

#endif  // VERVET_HUB_CLI_CONNECTION_H_
