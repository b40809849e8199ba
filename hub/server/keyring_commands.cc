#include <sodium.h>
#include <unistd.h>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/cli/text.h"
#include "core/storage/durable_file.h"
#include "core/storage/key_file.h"
#include "hub/keyring/keyring.h"
#include "hub/keyring/keyring_backup.h"
#include "hub/keyring/small_file.h"
#include "hub/server/backup_commands.h"
#include "hub/server/configured_command.h"
#include "hub/server/keys.h"

namespace vervet::hub {
namespace {

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

class KeyringBackupCommand final : public ConfiguredCommand {
 public:
  cli::CommandPage Page() const override {
    return {
        .name = "keyring backup",
        .arguments = "--config FILE --recipient HEX --recipient HEX [...] --out FILE",
        .summary = "seal the keyring to coordinators, so that any two of them can restore it",
        .purpose =
            "Each recipient is a coordinator's public key, as `vervet backup-key make` printed it; "
            "have it read to you, so that nobody puts a key of his own in its place. No recipient "
            "alone can open the backup; any two together can. It holds the VOPRF keys and the key "
            "that signs the log. Make a new one when a recipient leaves, and destroy the copies of "
            "the old one: who could open a backup can open it for ever.",
        .examples = {{"keyring backup --config hub.textproto --recipient 3f1c...09 --recipient "
                      "a7b2...e4 --out keyring.backup",
                      "once after `init`, and when the recipients change"}},
        .exit_codes = HubExitCodes()};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    ConfiguredCommand::DeclareFlags(flags);
    flags.StringList("recipient", "HEX", "a coordinator's public key, 2 to 16 of them",
                     &recipients_);
    flags.String("out", "FILE", "the new file; nothing is overwritten", &out_);
    flags.Require("recipient");
    flags.Require("out");
  }

 private:
  int RunWith(const Config& config, cli::Streams& streams) override {
    std::vector<BackupPublicKey> recipients;
    for (size_t i = 0; i < recipients_.size(); ++i) {
      const auto key = ParseBackupPublicKey(recipients_[i]);
      if (!key.ok()) {
        streams.PrintError(
            absl::StrCat("--recipient: number ", i + 1, " ", key.status().message()));
        return cli::kExitUsage;
      }
      recipients.push_back(*key);
    }
    const absl::Status written = Write(config, recipients);
    if (!written.ok()) {
      return Report(streams, written,
                    absl::IsInvalidArgument(written) ? cli::kExitUsage : cli::kExitFailed);
    }
    *streams.out << "made " << out_ << ": any two of " << recipients.size()
                 << " recipients can open it\n";
    return cli::kExitOk;
  }

  absl::Status Write(const Config& config, const std::vector<BackupPublicKey>& recipients) const {
    VERVET_ASSIGN_OR_RETURN(const Secret<32> key, ReadKeyringKey(config));
    VERVET_ASSIGN_OR_RETURN(const KeyringContent content,
                            Keyring::ReadContent(config.keyring_path, key, config.coalition));
    VERVET_ASSIGN_OR_RETURN(
        const std::string backup,
        SealKeyringBackup(content, config.coalition, recipients, *Environment::System()));
    const absl::Status written = storage::WriteNewFileDurably(out_, backup, 0600);
    if (!absl::IsAlreadyExists(written)) return written;
    return absl::AlreadyExistsError(
        absl::StrCat("--out: ", out_, " exists and is kept as it is; give another name"));
  }

  std::vector<std::string> recipients_;
  std::string out_;
};

class KeyringRestoreCommand final : public ConfiguredCommand {
 public:
  cli::CommandPage Page() const override {
    return {
        .name = "keyring restore",
        .arguments = "--config FILE --backup FILE --share FILE --share FILE",
        .summary = "make the keyring again from a backup and two coordinators' shares",
        .purpose =
            "Each of two recipients opens a share with `vervet backup-key open`. The keyring is "
            "written to keyring_path under the configured key (keyring_key_path is made where it "
            "is missing); a keyring that exists is never overwritten. Prints the log's public key: "
            "compare it with the one that members have pinned, because anybody can make a file "
            "that looks like a backup. Delete the shares afterwards: two of them and the backup "
            "are the keyring.",
        .examples = {{"keyring restore --config hub.textproto --backup keyring.backup --share "
                      "ana.share --share ben.share",
                      "then `vervet-hub check-config`"}},
        .exit_codes = HubExitCodes()};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    ConfiguredCommand::DeclareFlags(flags);
    flags.String("backup", "FILE", "what `keyring backup` wrote", &backup_);
    flags.StringList("share", "FILE", "what `vervet backup-key open` wrote, two of them", &shares_);
    flags.Require("backup");
    flags.Require("share");
  }

 private:
  int RunWith(const Config& config, cli::Streams& streams) override {
    if (shares_.size() != 2) {
      streams.PrintError(absl::StrCat("--share: ", shares_.size(),
                                      " were given; give those of two different coordinators"));
      return cli::kExitUsage;
    }
    const absl::Status restored = Restore(config, streams);
    if (!restored.ok()) return Report(streams, restored);
    const auto keyring = OpenKeyring(config);
    if (!keyring.ok()) return Report(streams, keyring.status());
    *streams.out << "made " << config.keyring_path
                 << "\nlog public key: " << absl::BytesToHexString(keyring->log_key().public_key)
                 << "\n";
    streams.PrintNote(
        "compare the log's public key with the one that members have pinned, then delete the "
        "shares");
    return cli::kExitOk;
  }

  absl::Status Restore(const Config& config, const cli::Streams& streams) const {
    if (Exists(config.keyring_path)) {
      return absl::AlreadyExistsError(
          absl::StrCat("keyring_path: ", config.keyring_path,
                       " exists and is kept as it is; move it away first, if the backup shall take "
                       "its place"));
    }
    VERVET_ASSIGN_OR_RETURN(const std::string backup, ReadSmallFile(backup_, kMaxBackupBytes));
    VERVET_ASSIGN_OR_RETURN(std::string one, ReadSmallFile(shares_[0], kMaxBackupBytes));
    VERVET_ASSIGN_OR_RETURN(std::string two, ReadSmallFile(shares_[1], kMaxBackupBytes));
    const auto content = OpenKeyringBackup(backup, config.coalition, one, two);
    sodium_memzero(one.data(), one.size());
    sodium_memzero(two.data(), two.size());
    if (!content.ok()) return content.status();
    Environment& env = *Environment::System();
    if (!config.keyring_key_path.empty() && !Exists(config.keyring_key_path)) {
      VERVET_RETURN_IF_ERROR(storage::CreateKeyFile(config.keyring_key_path, env));
      *streams.out << "made " << config.keyring_key_path << "\n";
    }
    VERVET_ASSIGN_OR_RETURN(const Secret<32> key, ReadKeyringKey(config));
    return Keyring::WriteContent(config.keyring_path, *content, key, config.coalition, env);
  }

  std::string backup_;
  std::vector<std::string> shares_;
};

}  // namespace

void AddKeyringCommands(cli::Program& program) {
  program.Add(std::make_unique<KeyringBackupCommand>());
  program.Add(std::make_unique<KeyringRestoreCommand>());
}

}  // namespace vervet::hub
