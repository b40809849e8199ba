#include "hub/dashboard/dashboard_cli.h"

#include <memory>
#include <ostream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "core/base/environment.h"
#include "core/base/mutex.h"
#include "core/base/status_macros.h"
#include "core/cli/exit_codes.h"
#include "core/cli/program.h"
#include "core/net/x509.h"
#include "hub/cli/connection.h"
#include "hub/dashboard/dashboard.h"

namespace vervet::dashboard {
namespace {

constexpr int64_t kMaxPort = 65535;
constexpr absl::Duration kTick = absl::Hours(1);

// As whom this certificate speaks.
absl::StatusOr<net::Identity> IdentityOf(const std::string& certificate_path) {
  VERVET_ASSIGN_OR_RETURN(const std::string pem,
                          net::ReadPemFile("the certificate", certificate_path));
  VERVET_ASSIGN_OR_RETURN(const auto certificates, net::ParseCertificates("the certificate", pem));
  VERVET_ASSIGN_OR_RETURN(const auto uris, net::UriNames(*certificates.front()));
  if (uris.size() != 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the certificate ", certificate_path,
        " must have exactly one URI, spiffe://COALITION/ROLE/NAME; vervet-certs issues such"));
  }
  return net::ParseSpiffe(uris.front());
}

class ServeCommand final : public cli::Command {
 public:
  explicit ServeCommand(cli::StopSignal* stop) : stop_(stop) {}

  cli::CommandPage Page() const override {
    cli::CommandPage page;
    page.name = "serve";
    page.arguments = "--config FILE";
    page.summary = "serve the page until Ctrl-C";
    page.purpose =
        "Connects to the hub with the certificate of the configuration, which is the one that "
        "`vervet` uses, and prints an address. Open it in a browser on this machine: it lets one "
        "browser in, once; the next address is printed then. What the page shows is what the hub "
        "shows to that certificate: a coordinator's sees everybody's figures, a member's those "
        "that were released and its own.\n"
        "Nothing can be changed from the page.\n"
        "Hosted for several coordinators: --listen with --https-certificate and "
        "--https-private-key, and each of them opens it with a coordinator's certificate in the "
        "browser.";
    page.examples = {{"serve --config coordinator.textproto", "a free port on this machine"},
                     {"serve --config coordinator.textproto --port 7480", "always the same port"}};
    page.exit_codes = {{cli::kExitOk, "ended by a signal"},
                       {cli::kExitFailed, "the address cannot be listened on"},
                       {cli::kExitUsage, "the command line or the configuration is wrong"}};
    return page;
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    connection_.DeclareFlags(flags);
    flags.String("listen", "ADDRESS", "where to listen (default 127.0.0.1)", &listen_);
    flags.Int("port", "PORT", "0 for a free one (default)", 0, kMaxPort, &port_);
    flags.Seconds("hub-timeout", "how long the hub may take for one answer (default 10)",
                  &hub_timeout_);
    flags.String("https-certificate", "FILE", "hosted: the page's certificate (PEM, serverAuth)",
                 &https_certificate_);
    flags.String("https-private-key", "FILE", "hosted: its private key (PEM, mode 0600)",
                 &https_private_key_);
    flags.String("public-host", "NAME", "hosted: the host name that browsers use", &public_host_);
  }
  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    auto settings = connection_.Resolve();
    if (!settings.ok()) {
      const std::string message(settings.status().message());
      for (const std::string& line : std::vector<std::string>(absl::StrSplit(message, '\n')))
        streams.PrintError(line);
      return cli::kExitUsage;
    }
    auto identity = IdentityOf(settings->tls.certificate_path);
    if (!identity.ok()) return Fail(streams, identity.status());
    auto channel = coordinator_cli::Connect(*settings);
    if (!channel.ok()) return Fail(streams, channel.status());
    Dashboard::Options options;
    options.identity = *std::move(identity);
    options.hub_target = settings->hub_target;
    options.environment = Environment::System();
    options.listen_host = listen_;
    options.port = static_cast<int>(port_);
    options.hub_timeout = hub_timeout_;
    const absl::Status hosted = SetHosting(settings->tls.ca_path, options);
    if (!hosted.ok()) return Fail(streams, hosted);
    const auto printing = std::make_shared<Mutex>();
    const auto first = std::make_shared<bool>(true);
    options.on_address = [&streams, printing, first](const std::string& url) {
      MutexLock lock(*printing);
      *streams.out << (*first ? "dashboard: " : "opened; for another browser: ") << url
                   << std::endl;
      *first = false;
    };
    stop_->Listen();
    auto dashboard = Dashboard::Start(options, *std::move(channel));
    if (!dashboard.ok()) return Fail(streams, dashboard.status());
    while (!stop_->WaitFor(kTick)) {
    }
    return cli::kExitOk;
  }

 private:
  absl::Status SetHosting(const std::string& ca_path, Dashboard::Options& options) const {
    if (https_certificate_.empty() && https_private_key_.empty() && public_host_.empty()) {
      return absl::OkStatus();
    }
    if (https_certificate_.empty() || https_private_key_.empty() || public_host_.empty()) {
      return absl::InvalidArgumentError(
          "--https-certificate, --https-private-key and --public-host go together");
    }
    HttpsFiles files;
    files.certificate_path = https_certificate_;
    files.private_key_path = https_private_key_;
    files.client_ca_path = ca_path;
    options.https = std::make_shared<const HttpsFiles>(std::move(files));
    options.public_host = public_host_;
    return absl::OkStatus();
  }

  static int Fail(const cli::Streams& streams, const absl::Status& status) {
    streams.PrintError(status);
    return absl::IsInvalidArgument(status) ? cli::kExitUsage : cli::kExitFailed;
  }

  cli::StopSignal* const stop_;
  coordinator_cli::ConnectionFlags connection_;
  std::string listen_ = "127.0.0.1";
  int64_t port_ = 0;
  absl::Duration hub_timeout_ = Dashboard::Options().hub_timeout;
  std::string https_certificate_, https_private_key_, public_host_;
};

}  // namespace

int RunDashboardCli(std::vector<std::string> args, cli::Streams streams, cli::StopSignal* stop) {
  cli::Program program(
      {.name = "vervet-dashboard",
       .summary = "the coordinators' page: how far the coalition has come, in a browser",
       .purpose = "A client of the hub that serves one page to this machine's browser.",
       .environment = {{"VERVET_CONFIG", "the configuration where --config is not given"}}},
      [](cli::FlagSet&) {});
  program.Add(std::make_unique<ServeCommand>(stop));
  // There is one thing that it does: `vervet-dashboard --config FILE` does it.
  const bool asks = !args.empty() && (args[0] == "--help" || args[0] == "-h" ||
                                      args[0] == "--version" || !absl::StartsWith(args[0], "-"));
  if (!asks) args.insert(args.begin(), "serve");
  return program.Run(args, streams);
}

}  // namespace vervet::dashboard
