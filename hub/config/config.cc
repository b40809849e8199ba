#include "hub/config/config.h"

#include <algorithm>
#include <set>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/base/wire_limits.h"
#include "core/cli/textproto_file.h"
#include "core/net/identity.h"
#include "core/net/metrics_listener.h"
#include "core/storage/key_command.h"
#include "core/views/blinded.h"
#include "hub/config/hub_config.pb.h"

namespace vervet::hub {
namespace {

constexpr absl::Duration kDay = absl::Hours(24);
constexpr uint32_t kMaxLifeDays = 3'650;
constexpr uint64_t kMaxDailyBudget = 1'000'000'000;
constexpr uint64_t kMaxTotalBudget = 1'000'000'000'000;

bool IsRegion(absl::string_view region) {
  return region.size() == 2 && absl::ascii_isupper(static_cast<unsigned char>(region[0])) &&
         absl::ascii_isupper(static_cast<unsigned char>(region[1]));
}

// Reads one message into a Config; every error carries its place in the file.
class Reader {
 public:
  Reader(const config::HubConfig& given, const cli::TextprotoFile& file)
      : given_(given), file_(file) {}

  // Every section says its first mistake, so that a person sees more than one at a time.
  std::vector<absl::Status> Read() {
    std::vector<absl::Status> mistakes;
    for (const absl::Status& section :
         {ReadCoalition(), ReadAddress(), ReadMetricsAddress(), ReadRegion(), ReadPaths(),
          ReadCoordinators(), ReadTypes(), ReadLimits(), ReadRemedy(), ReadBudgets()}) {
      if (!section.ok()) mistakes.push_back(section);
    }
    return mistakes;
  }

  Config Take() { return std::move(config_); }

 private:
  // "host:port", the host of an IPv6 address in brackets.
  absl::Status HostAndPort(absl::string_view field, const std::string& address,
                           absl::string_view example, std::string& host, int& port) {
    const size_t colon = address.rfind(':');
    if (colon == std::string::npos || colon == 0 ||
        !absl::SimpleAtoi(address.substr(colon + 1), &port) || port < 0 || port > 65'535) {
      return file_.Error(
          field, absl::StrCat("must be \"host:port\" with a port from 0 to 65535, such as \"",
                              example, "\""));
    }
    host = address.substr(0, colon);
    if (host.size() > 1 && host.front() == '[' && host.back() == ']') {
      host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string::npos) {
      return file_.Error(field, "an IPv6 address stands in brackets, such as \"[::1]:7443\"");
    }
    return absl::OkStatus();
  }

  absl::Status ReadCoalition() {
    config_.coalition = given_.coalition();
    const auto coalition = net::CheckCoalition(given_.coalition());
    return coalition.ok() ? coalition : file_.Error("coalition", coalition.message());
  }

  absl::Status ReadRegion() {
    config_.region = given_.region();
    if (IsRegion(given_.region())) return absl::OkStatus();
    return file_.Error("region", "two upper-case letters (ISO 3166-1 alpha-2), such as \"IE\"");
  }

  absl::Status ReadAddress() {
    config_.listen_address = given_.listen_address();
    return HostAndPort("listen_address", given_.listen_address(), "127.0.0.1:7443",
                       config_.listen_host, config_.listen_port);
  }

  absl::Status ReadMetricsAddress() {
    if (given_.metrics_address().empty()) return absl::OkStatus();
    VERVET_RETURN_IF_ERROR(HostAndPort("metrics_address", given_.metrics_address(),
                                       "127.0.0.1:9464", config_.metrics_host,
                                       config_.metrics_port));
    const absl::Status loopback = net::CheckLoopback(config_.metrics_host);
    return loopback.ok() ? loopback : file_.Error("metrics_address", loopback.message());
  }

  absl::Status Path(absl::string_view field, const std::string& value, std::string& into) {
    if (value.empty()) return file_.Error(field, "is missing; give a path");
    into = file_.Resolve(value);
    return absl::OkStatus();
  }

  // `name` is the part of the fields' names before "_path" and "_command".
  absl::Status KeySource(const std::string& name, const std::string& path,
                         const google::protobuf::RepeatedPtrField<std::string>& command,
                         std::string& path_into, std::vector<std::string>& command_into) {
    const std::string path_field = name + "_path", command_field = name + "_command";
    if (command.empty()) {
      if (path.empty()) {
        return file_.Error(path_field, absl::StrCat("is missing; give a path, or ", command_field));
      }
      path_into = file_.Resolve(path);
      return absl::OkStatus();
    }
    if (!path.empty()) {
      return file_.Error(command_field,
                         absl::StrCat("stands beside ", path_field, "; leave one of the two out"));
    }
    command_into.assign(command.begin(), command.end());
    const absl::Status form = storage::CheckKeyCommand(command_into);
    return form.ok() ? form : file_.Error(command_field, form.message());
  }

  absl::Status ReadPaths() {
    VERVET_RETURN_IF_ERROR(
        Path("tls.certificate_path", given_.tls().certificate_path(), config_.certificate_path));
    VERVET_RETURN_IF_ERROR(
        Path("tls.private_key_path", given_.tls().private_key_path(), config_.private_key_path));
    VERVET_RETURN_IF_ERROR(Path("tls.ca_path", given_.tls().ca_path(), config_.ca_path));
    config_.crl_dir = file_.Resolve(given_.tls().crl_dir());
    VERVET_RETURN_IF_ERROR(Path("store_path", given_.store_path(), config_.store_path));
    VERVET_RETURN_IF_ERROR(KeySource("store_key", given_.store_key_path(),
                                     given_.store_key_command(), config_.store_key_path,
                                     config_.store_key_command));
    VERVET_RETURN_IF_ERROR(Path("keyring_path", given_.keyring_path(), config_.keyring_path));
    VERVET_RETURN_IF_ERROR(KeySource("keyring_key", given_.keyring_key_path(),
                                     given_.keyring_key_command(), config_.keyring_key_path,
                                     config_.keyring_key_command));
    if (!config_.store_key_command.empty() &&
        config_.store_key_command == config_.keyring_key_command) {
      return file_.Error(
          "keyring_key_command",
          "must be another command than store_key_command: one leaked key must not open both");
    }
    if (!config_.store_key_path.empty() && config_.store_key_path == config_.keyring_key_path) {
      return file_.Error(
          "keyring_key_path",
          "must be another file than store_key_path: one leaked key must not open both");
    }
    if (config_.store_path == config_.keyring_path) {
      return file_.Error("keyring_path", "must be another file than store_path");
    }
    return absl::OkStatus();
  }

  absl::Status ReadCoordinators() {
    if (given_.coordinators().empty()) {
      return file_.Error("coordinators",
                         "is missing; name at least one, who then admits everybody else");
    }
    std::set<std::string> seen;
    for (const auto& coordinator : given_.coordinators()) {
      if (const auto name = net::CheckPartyName(coordinator.name()); !name.ok()) {
        return file_.Error("coordinators.name", name.message());
      }
      if (!seen.insert(coordinator.name()).second)
        return file_.Error("coordinators.name", "stands in the file twice");
      if (coordinator.display_name().empty() ||
          coordinator.display_name().size() > kMaxDisplayNameBytes) {
        return file_.Error("coordinators.display_name",
                           absl::StrCat("1 to ", kMaxDisplayNameBytes, " bytes"));
      }
      if (!IsRegion(coordinator.region())) {
        return file_.Error("coordinators.region",
                           "two upper-case letters (ISO 3166-1 alpha-2), such as \"IE\"");
      }
      config_.coordinators.push_back({absl::StrCat("coordinator/", coordinator.name()),
                                      coordinator.display_name(), coordinator.region()});
    }
    return absl::OkStatus();
  }

  absl::Status ReadTypes() {
    config_.types = DefaultTypePolicies();
    std::set<v1::SignatureType> seen;
    for (const auto& policy : given_.types()) {
      v1::SignatureType type;
      if (!v1::SignatureType_Parse(policy.type(), &type) ||
          type == v1::SIGNATURE_TYPE_UNSPECIFIED) {
        return file_.Error(
            "types.type",
            "unknown; one of PHONE, EMAIL, EMAIL_ALIAS, PAYMENT_ACCOUNT, CRYPTO_WALLET, "
            "PLATFORM_ACCOUNT, URL, IMAGE_PDQ");
      }
      if (!seen.insert(type).second) return file_.Error("types.type", "stands in the file twice");
      if (policy.maximum_life_days() > kMaxLifeDays) {
        return file_.Error("types.maximum_life_days",
                           absl::StrCat("1 to ", kMaxLifeDays, ", or 0 for the default"));
      }
      TypePolicyValues& values = config_.types[type];
      if (policy.maximum_life_days() > 0) values.maximum_life = policy.maximum_life_days() * kDay;
      if (!policy.rules_versions().empty()) {
        if (!views::IsBlinded(type)) {
          return file_.Error("types.rules_versions",
                             "IMAGE_PDQ has no canonical forms, and so no rules; leave it out");
        }
        values.rules_versions.assign(policy.rules_versions().begin(),
                                     policy.rules_versions().end());
        const std::set<uint32_t> distinct(values.rules_versions.begin(),
                                          values.rules_versions.end());
        if (values.rules_versions.size() > 2 || distinct.size() != values.rules_versions.size() ||
            std::count(values.rules_versions.begin(), values.rules_versions.end(), 0) > 0) {
          return file_.Error("types.rules_versions",
                             "at most two versions, each at least 1 and named once: the old and "
                             "the new during a change");
        }
      }
    }
    return absl::OkStatus();
  }

  absl::Status Limit(absl::string_view field, uint32_t given, uint32_t maximum, size_t fallback,
                     size_t& into) {
    if (given > maximum)
      return file_.Error(field, absl::StrCat("at most ", maximum, ", or 0 for the default"));
    into = given == 0 ? fallback : given;
    return absl::OkStatus();
  }

  absl::Status ReadLimits() {
    const auto& limits = given_.limits();
    VERVET_RETURN_IF_ERROR(
        Limit("limits.append_queue", limits.append_queue(), 65'536, 4'096, config_.append_queue));
    VERVET_RETURN_IF_ERROR(
        Limit("limits.work_queue", limits.work_queue(), 65'536, 256, config_.work_queue));
    VERVET_RETURN_IF_ERROR(Limit("limits.work_threads", limits.work_threads(), 256,
                                 std::max(1u, std::thread::hardware_concurrency()),
                                 config_.work_threads));
    VERVET_RETURN_IF_ERROR(
        Limit("limits.sync_streams", limits.sync_streams(), 65'536, 1'024, config_.sync_streams));
    size_t interval_s = 0, failures = 0;
    VERVET_RETURN_IF_ERROR(
        Limit("watchdog.interval_s", given_.watchdog().interval_s(), 3'600, 10, interval_s));
    VERVET_RETURN_IF_ERROR(
        Limit("watchdog.failures", given_.watchdog().failures(), 100, 3, failures));
    size_t certificate_check_s = 0;
    VERVET_RETURN_IF_ERROR(
        Limit("certificate_check_s", given_.certificate_check_s(), 3'600, 60, certificate_check_s));
    config_.certificate_check = absl::Seconds(static_cast<int64_t>(certificate_check_s));
    config_.watchdog_interval = absl::Seconds(static_cast<int64_t>(interval_s));
    config_.watchdog_failures = static_cast<int>(failures);
    return absl::OkStatus();
  }

  absl::Status ReadRemedy() {
    const auto& remedy = given_.remedy();
    size_t share = 0, answer = 0, subject = 0, deadline = 0, interval_s = 0;
    VERVET_RETURN_IF_ERROR(
        Limit("remedy.dispute_share_percent", remedy.dispute_share_percent(), 100, 20, share));
    VERVET_RETURN_IF_ERROR(
        Limit("remedy.answer_deadline_days", remedy.answer_deadline_days(), 365, 7, answer));
    VERVET_RETURN_IF_ERROR(Limit("remedy.subject_answer_deadline_days",
                                 remedy.subject_answer_deadline_days(), 365, 30, subject));
    VERVET_RETURN_IF_ERROR(
        Limit("remedy.remedy_deadline_days", remedy.remedy_deadline_days(), 365, 7, deadline));
    VERVET_RETURN_IF_ERROR(Limit("remedy.sighting_count_interval_s",
                                 remedy.sighting_count_interval_s(), 86'400, 3'600, interval_s));
    config_.remedy.dispute_share_percent = static_cast<int>(share);
    config_.remedy.answer_deadline = static_cast<int64_t>(answer) * kDay;
    config_.remedy.subject_answer_deadline = static_cast<int64_t>(subject) * kDay;
    config_.remedy.remedy_deadline = static_cast<int64_t>(deadline) * kDay;
    config_.sighting_count_interval = absl::Seconds(static_cast<int64_t>(interval_s));
    return absl::OkStatus();
  }

  absl::Status Evaluations(absl::string_view field, uint64_t given, uint64_t maximum,
                           uint64_t& into) {
    if (given > maximum)
      return file_.Error(field, absl::StrCat("at most ", maximum, ", or 0 for the default"));
    if (given > 0) into = given;
    return absl::OkStatus();
  }

  absl::Status ReadBudgets() {
    const auto& budgets = given_.budgets();
    BudgetPolicy& policy = config_.budgets;
    VERVET_RETURN_IF_ERROR(
        Evaluations("budgets.daily", budgets.daily(), kMaxDailyBudget, policy.limits.daily));
    VERVET_RETURN_IF_ERROR(
        Evaluations("budgets.total", budgets.total(), kMaxTotalBudget, policy.limits.total));
    for (const auto& given : budgets.types()) {
      v1::SignatureType type;
      if (!v1::SignatureType_Parse(given.type(), &type) || !views::IsBlinded(type)) {
        return file_.Error("budgets.types.type",
                           "unknown, or not evaluated; one of PHONE, EMAIL, EMAIL_ALIAS, "
                           "PAYMENT_ACCOUNT, CRYPTO_WALLET, PLATFORM_ACCOUNT, URL");
      }
      const auto [limits, first] = policy.by_type.emplace(type, policy.limits);
      if (!first) return file_.Error("budgets.types.type", "stands in the file twice");
      VERVET_RETURN_IF_ERROR(
          Evaluations("budgets.types.daily", given.daily(), kMaxDailyBudget, limits->second.daily));
      VERVET_RETURN_IF_ERROR(
          Evaluations("budgets.types.total", given.total(), kMaxTotalBudget, limits->second.total));
    }
    VERVET_RETURN_IF_ERROR(Evaluations("budgets.few_own_users_evaluations",
                                       budgets.few_own_users_evaluations(), kMaxDailyBudget,
                                       policy.few_own_users_evaluations));
    size_t percent = 0, delay_s = 0;
    VERVET_RETURN_IF_ERROR(Limit("budgets.few_own_users_percent", budgets.few_own_users_percent(),
                                 100, policy.few_own_users_percent, percent));
    VERVET_RETURN_IF_ERROR(
        Limit("budgets.alert_delay_s", budgets.alert_delay_s(), 3'600, 600, delay_s));
    policy.few_own_users_percent = static_cast<uint32_t>(percent);
    policy.longest_alert_delay = absl::Seconds(static_cast<int64_t>(delay_s));
    return absl::OkStatus();
  }

  const config::HubConfig& given_;
  const cli::TextprotoFile& file_;
  Config config_;
};

}  // namespace

std::map<v1::SignatureType, TypePolicyValues> DefaultTypePolicies() {
  return {
      {v1::PHONE, {180 * kDay, {1}}},
      {v1::EMAIL, {730 * kDay, {1}}},
      {v1::EMAIL_ALIAS, {730 * kDay, {1}}},
      {v1::PAYMENT_ACCOUNT, {730 * kDay, {1}}},
      {v1::CRYPTO_WALLET, {1'095 * kDay, {1}}},
      {v1::PLATFORM_ACCOUNT, {1'095 * kDay, {1}}},
      {v1::URL, {365 * kDay, {1}}},
      {v1::IMAGE_PDQ, {730 * kDay, {1}}},
  };
}

absl::StatusOr<Config> LoadConfig(const std::string& path) {
  std::vector<absl::Status> mistakes;
  auto config = LoadConfig(path, &mistakes);
  if (!config) return mistakes.front();
  return *std::move(config);
}

std::optional<Config> LoadConfig(const std::string& path, std::vector<absl::Status>* mistakes) {
  config::HubConfig given;
  const auto file = cli::TextprotoFile::Load(path, &given);
  if (!file.ok()) {
    *mistakes = {file.status()};
    return std::nullopt;
  }
  Reader reader(given, *file);
  *mistakes = reader.Read();
  if (!mistakes->empty()) return std::nullopt;
  return reader.Take();
}

}  // namespace vervet::hub
