// Configuration files of hub and member, raw and with fields that are right but for one.
#include <google/protobuf/text_format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/net/identity.h"
#include "hub/config/config.h"
#include "hub/config/hub_config.pb.h"
#include "member-sdk/cli/config.h"
#include "member-sdk/cli/member_config.pb.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/messages.h"

namespace vervet::fuzz {
namespace {

using absl::StatusCode;

// A file in memory, whose path every reader opens anew.
class MemoryFile {
 public:
  MemoryFile() : fd_(memfd_create("configuration", MFD_CLOEXEC)) {
    path_ = absl::StrCat("/proc/self/fd/", fd_);
  }
  const std::string& Write(const std::string& text) {
    VERVET_FUZZ_CHECK(ftruncate(fd_, 0) == 0 && pwrite(fd_, text.data(), text.size(), 0) ==
                                                    static_cast<ssize_t>(text.size()),
                      "the machine has memory for a file");
    return path_;
  }

 private:
  const int fd_;
  std::string path_;
};

void CheckRefused(const absl::Status& status, const std::string& path) {
  CheckRefusal(status, {StatusCode::kInvalidArgument}, /*lines=*/true);
  VERVET_FUZZ_CHECK(absl::StartsWith(status.message(), path), "a refusal begins with the file");
}

void Hub(const std::string& path) {
  const auto config = hub::LoadConfig(path);
  if (!config.ok()) return CheckRefused(config.status(), path);
  VERVET_FUZZ_CHECK(net::CheckCoalition(config->coalition).ok(), "the coalition is one");
  VERVET_FUZZ_CHECK(config->listen_port >= 0 && config->listen_port < 65'536, "a port");
  VERVET_FUZZ_CHECK(config->region.size() == 2, "a region");
  VERVET_FUZZ_CHECK(!config->coordinators.empty(), "a hub has a coordinator");
  for (const auto& coordinator : config->coordinators) {
    const auto party = net::ParseParty(coordinator.party);
    VERVET_FUZZ_CHECK(party.ok() && party->role == v1::COORDINATOR, "a coordinator is a party");
  }
  VERVET_FUZZ_CHECK(config->store_key_path.empty() != config->store_key_command.empty(),
                    "one source of the store's key");
  VERVET_FUZZ_CHECK(config->keyring_key_path.empty() != config->keyring_key_command.empty(),
                    "one source of the keyring's key");
  VERVET_FUZZ_CHECK(config->append_queue >= 1 && config->append_queue <= 65'536, "a limit");
  VERVET_FUZZ_CHECK(config->work_queue >= 1 && config->work_queue <= 65'536, "a limit");
  VERVET_FUZZ_CHECK(config->work_threads >= 1 && config->work_threads <= 256, "a limit");
  VERVET_FUZZ_CHECK(config->sync_streams >= 1 && config->sync_streams <= 65'536, "a limit");
  VERVET_FUZZ_CHECK(
      config->remedy.dispute_share_percent >= 1 && config->remedy.dispute_share_percent <= 100,
      "a share");
  for (const auto& [type, policy] : config->types) {
    VERVET_FUZZ_CHECK(type != v1::SIGNATURE_TYPE_UNSPECIFIED, "a type");
    VERVET_FUZZ_CHECK(policy.maximum_life > absl::ZeroDuration() &&
                          policy.maximum_life <= absl::Hours(24) * 3'650,
                      "a signature's life is bounded");
    VERVET_FUZZ_CHECK(!policy.rules_versions.empty(), "a type has rules");
  }
}

void Member(const std::string& path) {
  const auto config = member_cli::LoadConfig(path);
  if (!config.ok()) return CheckRefused(config.status(), path);
  VERVET_FUZZ_CHECK(net::CheckCoalition(config->options.coalition).ok(), "the coalition is one");
  VERVET_FUZZ_CHECK(config->options.log_public_key.size() == 64, "a log key has 64 digits");
  VERVET_FUZZ_CHECK(
      config->options.vault_key_path.empty() != config->options.vault_key_command.empty(),
      "one source of the vault's key");
  VERVET_FUZZ_CHECK(config->options.default_groups.size() <= 16, "at most 16 groups");
  VERVET_FUZZ_CHECK(config->default_region.empty() || config->default_region.size() == 2,
                    "a region");
}

const Palette& Words() {
  static const auto* const words = new Palette{
      .texts = {"coalition.example", "127.0.0.1:7443", "[::1]:0", "IE", "PHONE", "EMAIL", "URL",
                "coordinator-1", "/usr/bin/true", "relative", "", "a..b", "store.db",
                "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
      .bytes = {},
      .numbers = {0, 1, 100, 101, 365, 366, 3'600, 3'601, 3'650, 3'651, 65'536, 65'537,
                  1'000'000'000, 1'000'000'001}};
  return *words;
}

template <typename Message>
std::string Spoilt(Input& in, const char* right) {
  Message message;
  VERVET_FUZZ_CHECK(google::protobuf::TextFormat::ParseFromString(right, &message), "the template");
  ChangeMessage(in, Words(), &message);
  std::string text;
  google::protobuf::TextFormat::PrintToString(message, &text);
  return text;
}

constexpr char kHub[] = R"pb(
  coalition: "coalition.example"
  listen_address: "127.0.0.1:7443"
  region: "IE"
  tls { certificate_path: "hub.crt" private_key_path: "hub.key" ca_path: "ca.crt" }
  store_path: "log.db"
  store_key_path: "log.key"
  keyring_path: "keyring"
  keyring_key_path: "keyring.key"
  coordinators { name: "anna" display_name: "Anna" region: "IE" }
  types { type: "PHONE" maximum_life_days: 90 rules_versions: 1 }
  limits { append_queue: 1 work_queue: 2 work_threads: 3 sync_streams: 4 }
  watchdog { interval_s: 5 failures: 2 }
  remedy { dispute_share_percent: 10 }
  budgets {
    daily: 5
    total: 6
    types { type: "EMAIL" daily: 1 total: 2 }
    alert_delay_s: 9
  }
)pb";

constexpr char kMember[] = R"pb(
  hub_target: "hub.example:7443"
  coalition: "coalition.example"
  log_public_key: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  tls { certificate_path: "a.crt" private_key_path: "a.key" ca_path: "ca.crt" }
  vault_path: "vault.db"
  vault_key_path: "vault.key"
  legal_entity: "Example"
  lawful_basis: "law"
  default_groups: "coalition"
  default_region: "IE"
)pb";

}  // namespace
}  // namespace vervet::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vervet::fuzz;  // NOLINT(google-build-using-namespace)
  static auto* const file = new MemoryFile;
  Input in(data, size);
  switch (in.Below(4)) {
    case 0:
      Hub(file->Write(in.Rest()));
      break;
    case 1:
      Member(file->Write(in.Rest()));
      break;
    case 2:
      Hub(file->Write(Spoilt<vervet::hub::config::HubConfig>(in, kHub)));
      break;
    default:
      Member(file->Write(Spoilt<vervet::member_cli::MemberConfig>(in, kMember)));
      break;
  }
  return 0;
}
