#include "hub/cli/connection.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "core/base/status_macros.h"
#include "core/cli/textproto_file.h"
#include "core/net/channel.h"
#include "core/net/credentials.h"
#include "core/net/identity.h"
#include "hub/cli/coordinator_config.pb.h"

namespace vervet::coordinator_cli {
namespace {

constexpr char kDefaultConfig[] = "coordinator.textproto";
constexpr size_t kLogKeyHexDigits = 64;
// A person waits: try again sooner than a member's background stream would.
constexpr absl::Duration kFirstReconnect = absl::Milliseconds(100);
constexpr absl::Duration kLastReconnect = absl::Seconds(1);

std::string ConfigPath(const std::string& flag) {
  if (!flag.empty()) return flag;
  const char* from_environment = std::getenv("VERVET_CONFIG");
  if (from_environment != nullptr && *from_environment != '\0') return from_environment;
  std::error_code error;
  return std::filesystem::exists(kDefaultConfig, error) ? kDefaultConfig : "";
}

// One setting: where it came from decides how a mistake in it is named.
struct Setting {
  const char* field;
  const char* flag;
  const std::string* flag_value;
  std::string file_value;
  const std::string& value() const { return flag_value->empty() ? file_value : *flag_value; }
};

bool IsLogKey(const std::string& hex) {
  return hex.size() == kLogKeyHexDigits &&
         std::all_of(hex.begin(), hex.end(), absl::ascii_isxdigit);
}

}  // namespace

void ConnectionFlags::DeclareFlags(cli::FlagSet& flags) {
  flags.String(
      "config", "FILE",
      "the coordinator's configuration (default: $VERVET_CONFIG, else coordinator.textproto)",
      &config_path_);
  flags.String("hub", "HOST:PORT", "the hub, as its certificate names it", &hub_);
  flags.String("coalition", "DOMAIN", "the coalition's trust domain", &coalition_);
  flags.String("log-public-key", "HEX", "check what the hub signs against its log key",
               &log_public_key_);
  flags.String("certificate", "FILE", "the coordinator's certificate (PEM)", &certificate_);
  flags.String("private-key", "FILE", "its private key (PEM, mode 0600)", &private_key_);
  flags.String("ca", "FILE", "the coalition's authority (PEM)", &ca_);
}

absl::StatusOr<ConnectionSettings> ConnectionFlags::Resolve() const {
  const std::string path = ConfigPath(config_path_);
  CoordinatorConfig config;
  std::optional<cli::TextprotoFile> file;
  if (!path.empty()) {
    VERVET_ASSIGN_OR_RETURN(cli::TextprotoFile loaded, cli::TextprotoFile::Load(path, &config));
    file = std::move(loaded);
  }
  auto resolve = [&file](const std::string& given) { return file ? file->Resolve(given) : ""; };
  const Setting hub{"hub_target", "hub", &hub_, config.hub_target()};
  const Setting coalition{"coalition", "coalition", &coalition_, config.coalition()};
  const Setting key{"log_public_key", "log-public-key", &log_public_key_, config.log_public_key()};
  const Setting certificate{"tls.certificate_path", "certificate", &certificate_,
                            resolve(config.tls().certificate_path())};
  const Setting private_key{"tls.private_key_path", "private-key", &private_key_,
                            resolve(config.tls().private_key_path())};
  const Setting ca{"tls.ca_path", "ca", &ca_, resolve(config.tls().ca_path())};

  std::vector<std::string> problems;
  auto check = [&](const Setting& setting, bool right, absl::string_view remedy) {
    if (right) return;
    if (setting.flag_value->empty() && file) {
      problems.emplace_back(file->Error(setting.field, remedy).message());
    } else {
      problems.push_back(absl::StrCat("--", setting.flag, ": ", remedy));
    }
  };
  check(hub, net::HostOfTarget(hub.value()).ok(),
        "must be \"host:port\", such as \"hub.example:7443\"");
  check(coalition, net::CheckCoalition(coalition.value()).ok(),
        "must be the coalition's trust domain in lower case, such as \"coalition.example\"");
  check(key, key.value().empty() || IsLogKey(key.value()),
        "must be 64 hexadecimal digits, or left out");
  for (const Setting* one : {&certificate, &private_key, &ca}) {
    check(*one, !one->value().empty(), "is required: a PEM file");
  }
  if (!problems.empty()) {
    if (path.empty())
      problems.push_back("or name a configuration: --config FILE, or $VERVET_CONFIG");
    return absl::InvalidArgumentError(absl::StrJoin(problems, "\n"));
  }
  ConnectionSettings settings;
  settings.hub_target = hub.value();
  settings.coalition = coalition.value();
  settings.log_public_key = absl::HexStringToBytes(key.value());
  settings.tls.certificate_path = certificate.value();
  settings.tls.private_key_path = private_key.value();
  settings.tls.ca_path = ca.value();
  return settings;
}

absl::StatusOr<std::string> ConnectionFlags::ResolveLogKey() const {
  std::string hex = log_public_key_;
  const std::string path = ConfigPath(config_path_);
  if (hex.empty() && !path.empty()) {
    CoordinatorConfig config;
    VERVET_RETURN_IF_ERROR(cli::TextprotoFile::Load(path, &config).status());
    hex = config.log_public_key();
  }
  if (hex.empty() || IsLogKey(hex)) return absl::HexStringToBytes(hex);
  return absl::InvalidArgumentError(
      "--log-public-key (or log_public_key in the configuration): must be 64 hexadecimal digits");
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(const ConnectionSettings& settings) {
  VERVET_ASSIGN_OR_RETURN(const std::string host, net::HostOfTarget(settings.hub_target));
  net::TlsSettings tls;
  tls.files = settings.tls;
  tls.coalition = settings.coalition;
  VERVET_ASSIGN_OR_RETURN(const std::shared_ptr<grpc::ChannelCredentials> credentials,
                          net::ClientTls(tls, host, absl::Now()));
  net::ChannelLimits limits;
  limits.min_reconnect_backoff = kFirstReconnect;
  limits.max_reconnect_backoff = kLastReconnect;
  return net::MakeChannel(settings.hub_target, credentials, limits);
}

}  // namespace vervet::coordinator_cli
