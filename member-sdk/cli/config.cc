#include "member-sdk/cli/config.h"

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "core/cli/textproto_file.h"
#include "core/net/identity.h"
#include "core/storage/key_command.h"
#include "member-sdk/cli/member_config.pb.h"

namespace vervet::member_cli {
namespace {

constexpr size_t kLogKeyHexDigits = 64;
constexpr size_t kMaxFactBytes = 256;
constexpr int kMaxGroups = 16;
constexpr size_t kMaxGroupBytes = 63;
constexpr uint32_t kMaxImageMemoryDays = 3'650;

bool IsHostAndPort(absl::string_view target) {
  const size_t colon = target.rfind(':');
  int port = 0;
  return colon != absl::string_view::npos && colon > 0 &&
         absl::SimpleAtoi(target.substr(colon + 1), &port) && port > 0 && port < 65536;
}

bool IsGroupName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxGroupBytes && name[0] != '-' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
         });
}

// Every problem at once: nobody likes to mend a file in eleven rounds.
class Problems {
 public:
  explicit Problems(const cli::TextprotoFile& file) : file_(file) {}
  void Check(bool right, absl::string_view field, absl::string_view remedy) {
    if (!right) lines_.emplace_back(file_.Error(field, remedy).message());
  }
  absl::Status AsStatus() const {
    return lines_.empty() ? absl::OkStatus()
                          : absl::InvalidArgumentError(absl::StrJoin(lines_, "\n"));
  }

 private:
  const cli::TextprotoFile& file_;
  std::vector<std::string> lines_;
};

void CheckVaultKey(const MemberConfig& config, Problems& problems) {
  if (config.vault_key_command().empty()) {
    problems.Check(!config.vault_key_path().empty(), "vault_key_path",
                   "is required: where `vervet-member init` makes the vault's key (or give "
                   "vault_key_command)");
    return;
  }
  problems.Check(config.vault_key_path().empty(), "vault_key_command",
                 "stands beside vault_key_path: leave one of the two out");
  const std::vector<std::string> command(config.vault_key_command().begin(),
                                         config.vault_key_command().end());
  const absl::Status form = storage::CheckKeyCommand(command);
  problems.Check(form.ok(), "vault_key_command", form.message());
}

absl::Status CheckConfig(const cli::TextprotoFile& file, const MemberConfig& config) {
  Problems problems(file);
  problems.Check(IsHostAndPort(config.hub_target()), "hub_target",
                 "must be \"host:port\", such as \"hub.example:7443\"");
  problems.Check(
      net::CheckCoalition(config.coalition()).ok(), "coalition",
      "must be the coalition's trust domain in lower case, such as \"coalition.example\"");
  const std::string& key = config.log_public_key();
  problems.Check(
      key.size() == kLogKeyHexDigits && std::all_of(key.begin(), key.end(), absl::ascii_isxdigit),
      "log_public_key", "must be 64 hexadecimal digits: ask a coordinator for the hub's log key");
  problems.Check(!config.tls().certificate_path().empty(), "tls.certificate_path",
                 "is required: a PEM file");
  problems.Check(!config.tls().private_key_path().empty(), "tls.private_key_path",
                 "is required: a PEM file");
  problems.Check(!config.tls().ca_path().empty(), "tls.ca_path",
                 "is required: the coalition's authority, a PEM file");
  problems.Check(!config.vault_path().empty(), "vault_path",
                 "is required: where the encrypted vault is or will be");
  CheckVaultKey(config, problems);
  const std::pair<const char*, const std::string*> facts[] = {
      {"legal_entity", &config.legal_entity()},
      {"purpose", &config.purpose()},
      {"lawful_basis", &config.lawful_basis()}};
  for (const auto& [field, value] : facts) {
    problems.Check(value->size() <= kMaxFactBytes, field, "must be at most 256 bytes");
  }
  problems.Check(config.default_groups_size() <= kMaxGroups, "default_groups",
                 "must be at most 16 groups");
  for (const std::string& group : config.default_groups()) {
    problems.Check(IsGroupName(group), "default_groups",
                   "must be names of sharing groups: a-z, 0-9 and -, first a letter or digit, at "
                   "most 63 bytes");
  }
  problems.Check(config.default_region().empty() || IsRegion(config.default_region()),
                 "default_region",
                 "must be two capital letters (ISO 3166-1 alpha-2), such as \"GB\", or left out");
  problems.Check(config.image_radius() <= static_cast<uint32_t>(kMaxImageRadius), "image_radius",
                 "must be 0 to 31 bits, or left out");
  problems.Check(config.image_memory_days() <= kMaxImageMemoryDays, "image_memory_days",
                 "must be 0 to 3650 days, or left out");
  return problems.AsStatus();
}

}  // namespace

bool IsRegion(absl::string_view region) {
  return region.size() == 2 && absl::ascii_isupper(region[0]) && absl::ascii_isupper(region[1]);
}

std::string ConfigPath(const std::string& flag) {
  if (!flag.empty()) return flag;
  const char* from_environment = std::getenv("VERVET_MEMBER_CONFIG");
  if (from_environment != nullptr && *from_environment != '\0') return from_environment;
  return "member.textproto";
}

absl::StatusOr<Config> LoadConfig(const std::string& path) {
  MemberConfig proto;
  VERVET_ASSIGN_OR_RETURN(const cli::TextprotoFile file, cli::TextprotoFile::Load(path, &proto));
  VERVET_RETURN_IF_ERROR(CheckConfig(file, proto));
  Config config;
  ClientOptions& options = config.options;
  options.hub_target = proto.hub_target();
  options.coalition = proto.coalition();
  options.log_public_key = proto.log_public_key();
  options.certificate_path = file.Resolve(proto.tls().certificate_path());
  options.private_key_path = file.Resolve(proto.tls().private_key_path());
  options.ca_path = file.Resolve(proto.tls().ca_path());
  options.vault_path = file.Resolve(proto.vault_path());
  options.vault_key_path = file.Resolve(proto.vault_key_path());
  options.vault_key_command = {proto.vault_key_command().begin(), proto.vault_key_command().end()};
  options.legal_entity = proto.legal_entity();
  if (!proto.purpose().empty()) options.purpose = proto.purpose();
  options.lawful_basis = proto.lawful_basis();
  options.default_groups = {proto.default_groups().begin(), proto.default_groups().end()};
  options.report_sightings = !proto.secondary_vault();
  options.acknowledge_unaffected = !proto.secondary_vault();
  if (proto.has_image_radius()) options.image_radius = static_cast<int>(proto.image_radius());
  if (proto.has_image_memory_days()) {
    options.image_memory = std::chrono::hours(24 * int64_t{proto.image_memory_days()});
  }
  config.default_region = proto.default_region();
  return config;
}

absl::string_view ConfigTemplate() {
  return R"template(# vervet-member's configuration. Paths are relative to this file. No secret stands here.

# The hub, as its certificate names it.
hub_target: "hub.coalition.example:7443"
coalition: "coalition.example"

# The hub's log key. A coordinator reads it out to you over another channel than this file came.
log_public_key: ""

tls {
  certificate_path: "member.crt"
  private_key_path: "member.key"  # mode 0600
  ca_path: "coalition-ca.crt"
}

# Made by `vervet-member init`. Keep a copy of the key apart from the vault.
vault_path: "vault.db"
vault_key_path: "vault.key"
# Or a program that writes the key to its standard output, one word each:
# vault_key_command: ["/usr/bin/systemd-creds", "cat", "vault.key"]

# In every vault of this member but one: this one speaks for nobody unasked.
# secondary_vault: true

# What makes your records defensible; receivers see it beside each of them.
legal_entity: "Example Market Ltd, Dublin"
purpose: "prevention of wildlife trafficking"
lawful_basis: "GDPR Art. 6(1)(f)"

# Sharing groups for records that name none.
default_groups: "coalition"

# Region of phone numbers that your users wrote without a "+". Leave it out if they come from everywhere.
# default_region: "IE"

# How near a picture must be to one of a record's (bits of 256, at most 31), and for how many days the hashes of
# pictures that you checked are kept for records that arrive later.
# image_radius: 31
# image_memory_days: 90
)template";
}

}  // namespace vervet::member_cli
