// The public door: certificates and channel around the engine.
#include "vervet/client.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/environment.h"
#include "core/base/status_macros.h"
#include "core/net/channel.h"
#include "core/net/credentials.h"
#include "core/net/tls_files.h"
#include "member-sdk/src/engine/engine.h"
#include "member-sdk/src/transport/grpc_transport.h"

namespace vervet {
namespace {

// The engine waits between attempts itself: gRPC's own pause must not sit on top of a long one.
constexpr absl::Duration kLongestChannelPause = absl::Seconds(2);

absl::Status AsPrecondition(absl::string_view what, const absl::Status& status) {
  if (status.ok() || absl::IsInvalidArgument(status)) return status;
  return absl::FailedPreconditionError(absl::StrCat(what, ": ", status.message()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> Client::Open(ClientOptions options) {
  Environment* const env = Environment::System();
  net::TlsSettings tls;
  tls.files = {options.certificate_path, options.private_key_path, options.ca_path, ""};
  tls.coalition = options.coalition;
  const absl::Time now = env->Now();
  const std::vector<v1::Role> roles = {v1::MEMBER};
  auto own = net::CheckOwnCertificate(tls.files, options.coalition, roles, now);
  if (!own.ok()) return AsPrecondition("certificate", own.status());
  auto host = net::HostOfTarget(options.hub_target);
  if (!host.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("hub_target: ", host.status().message()));
  }
  auto credentials = net::ClientTls(tls, *host, now);
  if (!credentials.ok()) return AsPrecondition("certificate", credentials.status());
  net::ChannelLimits limits;
  limits.min_reconnect_backoff = absl::FromChrono(options.backoff_min);
  limits.max_reconnect_backoff =
      std::max(limits.min_reconnect_backoff,
               std::min(kLongestChannelPause, absl::FromChrono(options.backoff_max)));
  auto transport =
      transport::MakeGrpcTransport(net::MakeChannel(options.hub_target, *credentials, limits));
  VERVET_ASSIGN_OR_RETURN(
      auto engine,
      engine::Engine::Open(std::move(options), own->identity.party(), std::move(transport), env));
  return engine;
}

}  // namespace vervet
