// The public door: certificates and channel around the engine.
#include "vervet/client.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/environment.h"
#include "core/base/mutex.h"
#include "core/base/status_macros.h"
#include "core/net/certificate_watch.h"
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

// Lines that wait for the next stream, whose thread tells them in order with everything else.
class Notices {
 public:
  void Add(std::string line) {
    MutexLock lock(mutex_);
    lines_.push_back(std::move(line));
    if (lines_.size() > kMaxWaiting) lines_.pop_front();
  }
  void MoveTo(std::vector<std::string>* out) {
    MutexLock lock(mutex_);
    std::move(lines_.begin(), lines_.end(), std::back_inserter(*out));
    lines_.clear();
  }

 private:
  static constexpr size_t kMaxWaiting = 16;
  Mutex mutex_;
  std::deque<std::string> lines_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> Client::Open(ClientOptions options) {
  Environment* const env = Environment::System();
  net::TlsSettings tls;
  tls.files = {options.certificate_path, options.private_key_path, options.ca_path, ""};
  tls.coalition = options.coalition;
  const std::vector<v1::Role> roles = {v1::MEMBER};
  auto own = net::CheckOwnCertificate(tls.files, options.coalition, roles, env->Now());
  if (!own.ok()) return AsPrecondition("certificate", own.status());
  // The vault is this member's: no renewal makes the process another's.
  tls.party = own->identity.party();
  auto host = net::HostOfTarget(options.hub_target);
  if (!host.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("hub_target: ", host.status().message()));
  }
  const auto notices = std::make_shared<Notices>();
  auto watch = net::CertificateWatch::Start(
      std::move(tls), roles, env,
      [notices](const net::CertificateChange& change) { notices->Add(net::Describe(change)); });
  if (!watch.ok()) return AsPrecondition("certificate", watch.status());
  auto credentials = net::ClientTls(*watch, *host, env->Now());
  if (!credentials.ok()) return AsPrecondition("certificate", credentials.status());
  net::ChannelLimits limits;
  limits.min_reconnect_backoff = absl::FromChrono(options.backoff_min);
  limits.max_reconnect_backoff =
      std::max(limits.min_reconnect_backoff,
               std::min(kLongestChannelPause, absl::FromChrono(options.backoff_max)));
  auto transport = transport::MakeGrpcTransport(
      net::MakeChannel(options.hub_target, *credentials, limits),
      [watch = *watch, notices](std::vector<std::string>* out) {
        const absl::Status usable = watch->CheckNow();
        notices->MoveTo(out);
        return AsPrecondition("certificate", usable);
      },
      [watch = *watch] { return watch->InUse().not_after; });
  VERVET_ASSIGN_OR_RETURN(
      auto engine,
      engine::Engine::Open(std::move(options), own->identity.party(), std::move(transport), env));
  return engine;
}

}  // namespace vervet
