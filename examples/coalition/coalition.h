// A whole coalition on loopback: CA, hub, coordinator and members, every one a real process over
// mutual TLS with its own encrypted files. What the demo shows and the integration tests put under
// strain.
#ifndef VERVET_EXAMPLES_COALITION_COALITION_H_
#define VERVET_EXAMPLES_COALITION_COALITION_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "examples/coalition/certificates.h"
#include "examples/coalition/command.h"
#include "examples/coalition/hub_process.h"
#include "examples/coalition/process.h"

namespace vervet::coalition {

struct MemberSpec {
  std::string name;  // member/<name>
  std::string display_name;
  std::string region;  // ISO 3166-1 alpha-2
  std::string legal_entity;
  std::string lawful_basis;
  std::vector<std::string> groups;  // joined at its admission, the first being its default
};

struct GroupSpec {
  std::string name;
  std::string display_name;
  std::vector<std::string> permitted_regions;  // empty: anywhere
  std::string transfer_instrument = "none: one jurisdiction";
};

struct CoalitionOptions {
  std::string dir;  // exists and is empty
  std::string name = "coalition.example";
  std::vector<GroupSpec> groups;
  std::vector<MemberSpec> members;
  std::string hub_program = "vervet-hub";
  std::string tap_path;
  std::string extra_hub_config;
  // Empty: an authority of its own, made with certs/vervet-certs.
  IssueCertificate issue;
};

// Not thread-safe, but Run… and StartMember may be called for different members at the same time.
class Coalition {
 public:
  // CA, certificates, configurations; the hub is initialised and does not run yet.
  static absl::StatusOr<std::unique_ptr<Coalition>> Create(CoalitionOptions options);

  // Starts the hub, and the first time also writes what coordinator and members need to know of it.
  absl::Status StartHub(const HubProcess::StartOptions& options = {});
  HubProcess& hub() { return *hub_; }

  // Through the coordinator's command line, over the network.
  absl::Status CreateGroup(const GroupSpec& group);
  absl::Status Admit(const MemberSpec& member);
  // All groups, then all members.
  absl::Status AdmitAll();
  // One that comes later: certificate, configuration, vault, admission. It is not among options().
  absl::Status AddMember(const MemberSpec& member);

  // `vervet`, the coordinator's command line.
  absl::StatusOr<CommandResult> RunCoordinator(std::vector<std::string> arguments,
                                               absl::Duration timeout = absl::Seconds(30));
  // An auditor: certificate, configuration, and its admission by the coordinator.
  absl::Status AdmitAuditor(const std::string& name);
  // `vervet` with the auditor's certificate.
  absl::StatusOr<CommandResult> RunAuditor(const std::string& name,
                                           std::vector<std::string> arguments,
                                           absl::Duration timeout = absl::Seconds(60));
  // `vervet-member` of that member. One command at a time on one vault.
  absl::StatusOr<CommandResult> RunMember(const std::string& name,
                                          std::vector<std::string> arguments,
                                          absl::Duration timeout = absl::Seconds(60));
  absl::StatusOr<std::unique_ptr<Process>> StartMember(const std::string& name,
                                                       std::vector<std::string> arguments);
  std::vector<std::string> MemberArgv(const std::string& name,
                                      std::vector<std::string> arguments) const;

  const CoalitionOptions& options() const { return options_; }
  const TlsPaths& tls_of(const std::string& party) const { return tls_.at(party); }
  std::string dir_of(const std::string& member) const { return options_.dir + "/" + member; }
  std::string vault_of(const std::string& member) const { return dir_of(member) + "/vault.db"; }
  std::string vault_key_of(const std::string& member) const {
    return dir_of(member) + "/vault.key";
  }
  std::string member_config(const std::string& member) const {
    return dir_of(member) + "/member.textproto";
  }
  std::string coordinator_config() const {
    return dir_of("coordinator") + "/coordinator.textproto";
  }

 private:
  explicit Coalition(CoalitionOptions options) : options_(std::move(options)) {}
  absl::Status IssueTo(const std::string& role, const std::string& name);
  absl::Status WriteClientConfigs();
  absl::Status WriteMemberConfig(const MemberSpec& member);

  CoalitionOptions options_;
  std::map<std::string, TlsPaths> tls_;  // by name; "coordinator" and "hub" are names too
  std::unique_ptr<HubProcess> hub_;
  std::string coordinator_program_, member_program_;
  bool configured_ = false;
};

}  // namespace vervet::coalition

#endif  // VERVET_EXAMPLES_COALITION_COALITION_H_
