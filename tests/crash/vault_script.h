// A member's vault: the outbox's whole way, the log's copy with a rewind and a purge, tokens and
// reports.
#ifndef VERVET_TESTS_CRASH_VAULT_SCRIPT_H_
#define VERVET_TESTS_CRASH_VAULT_SCRIPT_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/manual_environment.h"
#include "member-sdk/src/vault/vault.h"
#include "tests/crash/store_script.h"

namespace vervet::crash {

// What a vault shows through its own door after each number of steps without any fault.
struct VaultStates {
  std::vector<std::string> after;         // [0]: new and empty
  std::vector<int64_t> identifiers_left;  // raw identifiers in the file, where only the table shows
};

class VaultScript final : public StoreScript {
 public:
  // The vault is `folder`/run/vault.db, or `folder`/look/vault.db for LookAtRestarted; both folders
  // and the key file `folder`/key exist. `states` is null for the run that makes them.
  VaultScript(std::string folder, std::shared_ptr<const VaultStates> states);

  // Runs the steps once on the mounted disk.
  static std::shared_ptr<const VaultStates> MakeStates(const std::string& folder);

  size_t size() const override { return steps_.size(); }
  std::string NameOf(size_t step) const override { return steps_[step].name; }
  absl::Status Run(size_t step) override;
  absl::Status Recover() override;
  void Close() override { vault_.reset(); }
  Finding LookAtOpen(const Progress& progress) override;
  Finding LookAtRestarted(const Progress& progress) override;

 private:
  struct Step {
    std::string name;
    std::function<absl::Status()> run;
  };

  void AddStep(const std::string& name, std::function<absl::Status()> run);
  void AddOutboxSteps(int first, int count);
  void AddLogSteps();
  void AddTokenSteps();

  absl::StatusOr<std::unique_ptr<vault::Vault>> Open(const std::string& place);
  absl::Status Reopen();
  absl::Status ForEntries(vault::OutboxState state,
                          const std::function<absl::Status(std::vector<vault::OutboxEntry>)>& use);
  vault::LogBatch NextEvents(int count);
  absl::StatusOr<std::vector<int64_t>> TokenIds();

  absl::StatusOr<std::string> StateOf(vault::Vault& vault);
  absl::StatusOr<std::string> OutboxOf(vault::Vault& vault);
  absl::StatusOr<std::string> LogOf(vault::Vault& vault);
  absl::StatusOr<std::string> TokensOf(vault::Vault& vault);
  std::string LocalKeyProbe(const vault::Vault& vault) const;
  absl::StatusOr<int64_t> CheckFile(const std::string& place);
  Finding Look(vault::Vault& vault, const Progress& progress);

  const std::string folder_;
  const std::shared_ptr<const VaultStates> states_;
  ManualEnvironment env_;
  std::vector<Step> steps_;
  int outbox_entries_ = 0;
  std::unique_ptr<vault::Vault> vault_;
  std::optional<std::string> local_key_probe_;  // since the first opening was acknowledged
};

}  // namespace vervet::crash

#endif  // VERVET_TESTS_CRASH_VAULT_SCRIPT_H_
