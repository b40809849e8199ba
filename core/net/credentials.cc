#include "core/net/credentials.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/conf.h>
#include <openssl/ssl.h>

#include <cstdlib>
#include <functional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/net/crl_dir.h"
#include "core/net/identity.h"
#include "core/net/status.h"
#include "core/net/x509.h"

namespace vervet::net {
namespace {

namespace tls = grpc::experimental;

// gRPC hands this list to OpenSSL for TLS 1.2 and below, and an empty list is an error there. A
// suite that needs a pre-shared key, which gRPC never sets, is a list of one that nobody can use.
// TLS 1.3 has a list of its own.
constexpr char kCipherSuitesVariable[] = "GRPC_SSL_CIPHER_SUITES";
constexpr char kUnusableTls12Suite[] = "PSK-AES256-GCM-SHA384";

// config(5) and SSL_CONF_cmd(3); the section system_default goes into every SSL_CTX.
constexpr char kOpenSslConfiguration[] =
    "openssl_conf = vervet\n"
    "[vervet]\n"
    "ssl_conf = contexts\n"
    "[contexts]\n"
    "system_default = every_context\n"
    "[every_context]\n"
    "NumTickets = 0\n";

using ConfPtr = std::unique_ptr<CONF, OpenSslDeleter<CONF, NCONF_free>>;

// Runs after the chain was verified, on one of gRPC's threads, before the first byte of HTTP/2.
// Immutable, thread-safe.
class HubVerifier final : public tls::ExternalCertificateVerifier {
 public:
  HubVerifier(std::shared_ptr<CertificateWatch> watch, std::string host)
      : watch_(std::move(watch)),
        coalition_(watch_->settings().coalition),
        host_(std::move(host)) {}

  bool Verify(tls::TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>,
              grpc::Status* sync_status) override {
    *sync_status = ToGrpc(Check({request->peer_cert().data(), request->peer_cert().size()}));
    return true;
  }

  void Cancel(tls::TlsCustomVerificationCheckRequest*) override {}  // never pending

 private:
  absl::Status Check(absl::string_view pem) const {
    VERVET_ASSIGN_OR_RETURN(const std::vector<X509Ptr> chain,
                            ParseCertificates("the hub's certificate", pem));
    X509& leaf = *chain.front();
    if (!CoversHost(leaf, host_)) {
      return absl::UnauthenticatedError(
          absl::StrCat("the hub's certificate does not cover the host ", host_,
                       "; check the address, or have the hub's certificate issued for this host"));
    }
    VERVET_ASSIGN_OR_RETURN(const std::vector<std::string> uris, UriNames(leaf));
    if (uris.size() != 1) {
      return absl::UnauthenticatedError(absl::StrCat("the server's certificate names ", uris.size(),
                                                     " URIs instead of spiffe://", coalition_,
                                                     "/hub/<name>"));
    }
    const absl::StatusOr<Identity> identity = ParseSpiffe(uris.front());
    if (!identity.ok() || identity->role != vervet::v1::HUB || identity->coalition != coalition_) {
      return absl::UnauthenticatedError(absl::StrCat(
          "the server's certificate is not a hub's of this coalition: its URI is not spiffe://",
          coalition_, "/hub/<name>"));
    }
    return absl::OkStatus();
  }

  // gRPC lets go of a verifier with the credentials, a while after the last channel: until then it
  // looks at the watch's files.
  const std::shared_ptr<CertificateWatch> watch_;
  const std::string coalition_;
  const std::string host_;
};

// Adds nothing to what was verified. It is how a server's credentials keep their watch.
class WatchKeeper final : public tls::ExternalCertificateVerifier {
 public:
  explicit WatchKeeper(std::shared_ptr<CertificateWatch> watch) : watch_(std::move(watch)) {}

  bool Verify(tls::TlsCustomVerificationCheckRequest*, std::function<void(grpc::Status)>,
              grpc::Status* sync_status) override {
    *sync_status = grpc::Status::OK;
    return true;
  }
  void Cancel(tls::TlsCustomVerificationCheckRequest*) override {}  // never pending

 private:
  const std::shared_ptr<CertificateWatch> watch_;
};

// gRPC takes over a pair of files that do not fit, and then refuses every new connection. So it
// watches the watch's copies, which were checked. They are in memory: a look a second costs
// nothing.
constexpr unsigned int kStagedRefreshSeconds = 1;

std::shared_ptr<tls::CertificateProviderInterface> Provide(const CertificateWatch& watch) {
  return std::make_shared<tls::FileWatcherCertificateProvider>(
      watch.identity_path(), watch.identity_path(), watch.ca_path(), kStagedRefreshSeconds);
}

// What both sides set alike. `options` copies the path.
void ApplyCommon(const TlsSettings& settings, tls::TlsCredentialsOptions& options) {
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  // HubVerifier looks at the host of the connection; gRPC's own look at each call's :authority
  // comes on top of the default verifier only.
  options.set_check_call_host(false);
  if (!settings.files.crl_dir.empty()) options.set_crl_directory(settings.files.crl_dir);
}

absl::Status CheckCrls(const TlsSettings& settings, absl::Time now) {
  if (settings.files.crl_dir.empty()) return absl::OkStatus();
  return CheckCrlDirectory(settings.files.crl_dir, settings.files.ca_path, now);
}

// Looks at the effect, so that neither a forgotten call nor a later configuration goes unnoticed.
bool TlsIsRestricted() {
  const char* suites = std::getenv(kCipherSuitesVariable);
  if (suites == nullptr || absl::string_view(suites) != kUnusableTls12Suite) return false;
  const SslCtxPtr context(SSL_CTX_new(TLS_server_method()));
  return context != nullptr && SSL_CTX_get_num_tickets(context.get()) == 0;
}

absl::Status CheckRestricted() {
  if (TlsIsRestricted()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "this process would accept TLS 1.2 and resumed sessions: main() must call "
      "RestrictTlsOfThisProcess() before anything else");
}

}  // namespace

absl::Status RestrictTlsOfThisProcess() {
  if (setenv(kCipherSuitesVariable, kUnusableTls12Suite, /*overwrite=*/1) != 0) {
    return absl::InternalError("the process's environment has no room for a variable");
  }
  // The machine's configuration first: loaded later, it would replace ours.
  OPENSSL_init_ssl(OPENSSL_INIT_LOAD_CONFIG, nullptr);
  BioPtr text(BIO_new_mem_buf(kOpenSslConfiguration, -1));
  ConfPtr configuration(NCONF_new(nullptr));
  long error_line = 0;
  if (NCONF_load_bio(configuration.get(), text.get(), &error_line) <= 0 ||
      CONF_modules_load(configuration.get(), nullptr, 0) <= 0 || !TlsIsRestricted()) {
    return absl::InternalError(
        absl::StrCat("OpenSSL refuses the hub's configuration: ", TakeOpenSslError()));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerTls(
    std::shared_ptr<CertificateWatch> watch, absl::Time now) {
  VERVET_RETURN_IF_ERROR(CheckRestricted());
  VERVET_RETURN_IF_ERROR(CheckCrls(watch->settings(), now));
  tls::TlsServerCredentialsOptions options(Provide(*watch));
  ApplyCommon(watch->settings(), options);
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.set_certificate_verifier(
      tls::ExternalCertificateVerifier::Create<WatchKeeper>(std::move(watch)));
  std::shared_ptr<grpc::ServerCredentials> credentials = tls::TlsServerCredentials(options);
  if (credentials == nullptr) return absl::InternalError("gRPC refused the server's TLS options");
  return credentials;
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerTls(const TlsSettings& settings,
                                                                   absl::Time now) {
  VERVET_RETURN_IF_ERROR(CheckRestricted());
  static constexpr vervet::v1::Role kHubRoles[] = {vervet::v1::HUB};
  VERVET_ASSIGN_OR_RETURN(auto watch,
                          CertificateWatch::Start(settings, kHubRoles, Environment::System()));
  return ServerTls(std::move(watch), now);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ClientTls(
    std::shared_ptr<CertificateWatch> watch, const std::string& hub_host, absl::Time now) {
  if (hub_host.empty()) {
    return absl::InvalidArgumentError("the hub's host is empty; write a DNS name or an IP address");
  }
  VERVET_RETURN_IF_ERROR(CheckCrls(watch->settings(), now));
  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(Provide(*watch));
  ApplyCommon(watch->settings(), options);
  options.set_verify_server_certs(true);
  options.set_certificate_verifier(
      tls::ExternalCertificateVerifier::Create<HubVerifier>(std::move(watch), hub_host));
  std::shared_ptr<grpc::ChannelCredentials> credentials = tls::TlsCredentials(options);
  if (credentials == nullptr) return absl::InternalError("gRPC refused the client's TLS options");
  return credentials;
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ClientTls(const TlsSettings& settings,
                                                                    const std::string& hub_host,
                                                                    absl::Time now) {
  VERVET_ASSIGN_OR_RETURN(auto watch,
                          CertificateWatch::Start(settings, ClientRoles(), Environment::System()));
  return ClientTls(std::move(watch), hub_host, now);
}

}  // namespace vervet::net
