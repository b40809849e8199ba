#include "examples/coalition/coalition.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/status_macros.h"
#include "examples/coalition/binaries.h"
#include "examples/coalition/temp_dir.h"

namespace vervet::coalition {
namespace {

// What the configurations of coordinator and members have in common.
std::string ConnectionLines(const CoalitionOptions& options, const HubProcess& hub,
                            const TlsPaths& tls) {
  return absl::StrFormat(R"(hub_target: "%s"
coalition: "%s"
log_public_key: "%s"
tls {
  certificate_path: "%s"
  private_key_path: "%s"
  ca_path: "%s"
}
)",
                         hub.address(), options.name, hub.log_public_key(), tls.certificate,
                         tls.private_key, tls.ca);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Coalition>> Coalition::Create(CoalitionOptions options) {
  std::unique_ptr<Coalition> coalition(new Coalition(std::move(options)));
  CoalitionOptions& given = coalition->options_;
  VERVET_ASSIGN_OR_RETURN(coalition->coordinator_program_, BuiltProgram("vervet"));
  VERVET_ASSIGN_OR_RETURN(coalition->member_program_, BuiltProgram("vervet-member"));
  if (!given.issue) {
    VERVET_ASSIGN_OR_RETURN(given.issue, MakeAuthority(given.name, given.dir + "/ca"));
  }
  VERVET_RETURN_IF_ERROR(coalition->IssueTo("hub", "hub"));
  VERVET_RETURN_IF_ERROR(coalition->IssueTo("coordinator", "coordinator"));
  for (const MemberSpec& member : given.members) {
    VERVET_RETURN_IF_ERROR(coalition->IssueTo("member", member.name));
  }
  VERVET_ASSIGN_OR_RETURN(
      coalition->hub_,
      HubProcess::Create({coalition->dir_of("hub"), given.name, coalition->tls_of("hub"),
                          given.hub_program, given.tap_path, given.extra_hub_config}));
  return coalition;
}

absl::Status Coalition::IssueTo(const std::string& role, const std::string& name) {
  std::error_code error;
  std::filesystem::create_directories(dir_of(name), error);
  if (error) return absl::InternalError(absl::StrCat(dir_of(name), ": ", error.message()));
  VERVET_ASSIGN_OR_RETURN(tls_[name], options_.issue(role, name, dir_of(name)));
  return absl::OkStatus();
}

absl::Status Coalition::StartHub(const HubProcess::StartOptions& options) {
  VERVET_RETURN_IF_ERROR(hub_->Start(options));
  if (configured_) return absl::OkStatus();
  configured_ = true;
  return WriteClientConfigs();
}

absl::Status Coalition::WriteClientConfigs() {
  VERVET_RETURN_IF_ERROR(
      WriteFile(coordinator_config(), ConnectionLines(options_, *hub_, tls_of("coordinator"))));
  for (const MemberSpec& member : options_.members) {
    VERVET_RETURN_IF_ERROR(WriteMemberConfig(member));
    VERVET_ASSIGN_OR_RETURN(const CommandResult result, RunMember(member.name, {"init"}));
    VERVET_RETURN_IF_ERROR(result.Require());
  }
  return absl::OkStatus();
}

absl::Status Coalition::WriteMemberConfig(const MemberSpec& member) {
  std::string config = ConnectionLines(options_, *hub_, tls_of(member.name));
  absl::StrAppendFormat(&config,
                        "vault_path: \"vault.db\"\nvault_key_path: \"vault.key\"\n"
                        "legal_entity: \"%s\"\nlawful_basis: \"%s\"\n",
                        member.legal_entity, member.lawful_basis);
  if (!member.groups.empty()) {
    absl::StrAppendFormat(&config, "default_groups: \"%s\"\n", member.groups.front());
  }
  return WriteFile(member_config(member.name), config);
}

absl::Status Coalition::CreateGroup(const GroupSpec& group) {
  std::vector<std::string> arguments = {"groups",
                                        "create",
                                        group.name,
                                        "--name",
                                        group.display_name,
                                        "--transfer-instrument",
                                        group.transfer_instrument};
  for (const std::string& region : group.permitted_regions) {
    arguments.insert(arguments.end(), {"--region", region});
  }
  VERVET_ASSIGN_OR_RETURN(const CommandResult result, RunCoordinator(arguments));
  return result.Require();
}

absl::Status Coalition::Admit(const MemberSpec& member) {
  std::vector<std::string> arguments = {
      "members",  "admit",      "member/" + member.name, "--name", member.display_name,
      "--region", member.region};
  for (const std::string& group : member.groups)
    arguments.insert(arguments.end(), {"--group", group});
  VERVET_ASSIGN_OR_RETURN(const CommandResult result, RunCoordinator(arguments));
  return result.Require();
}

absl::Status Coalition::AdmitAuditor(const std::string& name) {
  VERVET_RETURN_IF_ERROR(IssueTo("auditor", name));
  VERVET_RETURN_IF_ERROR(WriteFile(dir_of(name) + "/auditor.textproto",
                                   ConnectionLines(options_, *hub_, tls_of(name))));
  VERVET_ASSIGN_OR_RETURN(
      const CommandResult result,
      RunCoordinator({"members", "admit", "auditor/" + name, "--name", name, "--region", "IE"}));
  return result.Require();
}

absl::StatusOr<CommandResult> Coalition::RunAuditor(const std::string& name,
                                                    std::vector<std::string> arguments,
                                                    absl::Duration timeout) {
  std::vector<std::string> argv = {coordinator_program_, "--config",
                                   dir_of(name) + "/auditor.textproto"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return RunCommand({argv}, timeout);
}

absl::Status Coalition::AdmitAll() {
  for (const GroupSpec& group : options_.groups) VERVET_RETURN_IF_ERROR(CreateGroup(group));
  for (const MemberSpec& member : options_.members) VERVET_RETURN_IF_ERROR(Admit(member));
  return absl::OkStatus();
}

absl::Status Coalition::AddMember(const MemberSpec& member) {
  VERVET_RETURN_IF_ERROR(IssueTo("member", member.name));
  VERVET_RETURN_IF_ERROR(WriteMemberConfig(member));
  VERVET_ASSIGN_OR_RETURN(const CommandResult result, RunMember(member.name, {"init"}));
  VERVET_RETURN_IF_ERROR(result.Require());
  return Admit(member);
}

absl::StatusOr<CommandResult> Coalition::RunCoordinator(std::vector<std::string> arguments,
                                                        absl::Duration timeout) {
  std::vector<std::string> argv = {coordinator_program_, "--config", coordinator_config()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return RunCommand({argv}, timeout);
}

std::vector<std::string> Coalition::MemberArgv(const std::string& name,
                                               std::vector<std::string> arguments) const {
  std::vector<std::string> argv = {member_program_, "--config", member_config(name)};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return argv;
}

absl::StatusOr<CommandResult> Coalition::RunMember(const std::string& name,
                                                   std::vector<std::string> arguments,
                                                   absl::Duration timeout) {
  return RunCommand({MemberArgv(name, std::move(arguments))}, timeout);
}

absl::StatusOr<std::unique_ptr<Process>> Coalition::StartMember(
    const std::string& name, std::vector<std::string> arguments) {
  return Process::Start({MemberArgv(name, std::move(arguments))});
}

}  // namespace vervet::coalition
