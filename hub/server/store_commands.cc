#include <memory>
#include <ostream>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/cli/text.h"
#include "hub/backup/store_backup.h"
#include "hub/server/backup_commands.h"
#include "hub/server/configured_command.h"
#include "hub/server/keys.h"

namespace vervet::hub {
namespace {

void Print(const StoreFacts& facts, const cli::Streams& streams) {
  *streams.out << "size    " << facts.size << "\n"
               << "root    " << absl::BytesToHexString(log::AsBytes(facts.root)) << "\n"
               << "erased  " << facts.erased << "\n";
  if (facts.size != 0) *streams.out << "newest  " << cli::TimeForPrograms(facts.newest) << "\n";
}

// Reads the key, does it, prints what was found.
class StoreCommand : public ConfiguredCommand {
 protected:
  virtual absl::StatusOr<StoreFacts> Do(const Config& config, const Secret<32>& key) = 0;

 private:
  int RunWith(const Config& config, cli::Streams& streams) override {
    const auto key = ReadStoreKey(config);
    if (!key.ok()) return Report(streams, key.status());
    const auto facts = Do(config, *key);
    if (!facts.ok()) return Report(streams, facts.status());
    Print(*facts, streams);
    return cli::kExitOk;
  }
};

class StoreBackupCommand final : public StoreCommand {
 public:
  cli::CommandPage Page() const override {
    return {
        .name = "store backup",
        .arguments = "--config FILE --out FILE",
        .summary = "copy the log, while the hub runs, and verify the copy",
        .purpose =
            "Writes what the log holds at this moment into one new file, encrypted with the "
            "store's key, then reads that file: every leaf hash is computed again, and the root "
            "must be that of the log at this size. Prints size and root; keep them beside the "
            "backup. The keyring is not in it: see `keyring backup`. An erasure does not reach "
            "into backups: delete older ones.",
        .examples = {{"store backup --config hub.textproto --out /backup/log-2026-08-01.db",
                      "each night, into another file"}},
        .exit_codes = HubExitCodes()};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    ConfiguredCommand::DeclareFlags(flags);
    flags.String("out", "FILE", "the new file; nothing is overwritten", &out_);
    flags.Require("out");
  }

 private:
  absl::StatusOr<StoreFacts> Do(const Config& config, const Secret<32>& key) override {
    return BackUpStore(config.store_path, key, config.coalition, out_, *Environment::System());
  }
  std::string out_;
};

class StoreVerifyCommand final : public StoreCommand {
 public:
  cli::CommandPage Page() const override {
    return {.name = "store verify",
            .arguments = "--config FILE [--store FILE]",
            .summary = "read the log, or a backup of it, whole, and print its root",
            .purpose =
                "Computes every leaf hash again and prints size and root. Reads the log that the "
                "configuration names, also while the hub runs, or the backup of --store. Changes "
                "nothing.",
            .examples = {{"store verify --config hub.textproto", "the log of this hub"},
                         {"store verify --config hub.textproto --store /backup/log-2026-08-01.db",
                          "a backup"}},
            .exit_codes = HubExitCodes()};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    ConfiguredCommand::DeclareFlags(flags);
    flags.String("store", "FILE", "a backup; without it the hub's own log", &store_);
  }

 private:
  absl::StatusOr<StoreFacts> Do(const Config& config, const Secret<32>& key) override {
    return VerifyStore(store_.empty() ? config.store_path : store_, key, config.coalition);
  }
  std::string store_;
};

class StoreRestoreCommand final : public StoreCommand {
 public:
  cli::CommandPage Page() const override {
    return {
        .name = "store restore",
        .arguments = "--config FILE --from FILE",
        .summary = "put a backup in the log's place",
        .purpose =
            "For a hub whose log is lost. Verifies the backup, copies it to store_path, verifies "
            "the copy, and only then gives it its name. Refuses where a log is, and where the hub "
            "runs.\n\nWhat was acknowledged after the backup is lost. A member that has seen more "
            "than the restored log holds refuses this hub with DATA_LOSS, which is intended: "
            "docs/operating.md says what to do then.",
        .examples = {{"store restore --config hub.textproto --from /backup/log-2026-08-01.db",
                      "then `vervet-hub serve`"}},
        .exit_codes = HubExitCodes()};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    ConfiguredCommand::DeclareFlags(flags);
    flags.String("from", "FILE", "the backup; it is kept as it is", &from_);
    flags.Require("from");
  }

 private:
  absl::StatusOr<StoreFacts> Do(const Config& config, const Secret<32>& key) override {
    return RestoreStore(from_, key, config.coalition, config.store_path, *Environment::System());
  }
  std::string from_;
};

}  // namespace

void AddStoreCommands(cli::Program& program) {
  program.Add(std::make_unique<StoreBackupCommand>());
  program.Add(std::make_unique<StoreVerifyCommand>());
  program.Add(std::make_unique<StoreRestoreCommand>());
}

}  // namespace vervet::hub
