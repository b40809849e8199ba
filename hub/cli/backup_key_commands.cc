// A coordinator's part in the dual control of the keyring's backup. Needs no hub.
#include <sodium.h>

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/cli/exit_codes.h"
#include "core/cli/json.h"
#include "core/cli/text.h"
#include "core/storage/durable_file.h"
#include "core/storage/key_file.h"
#include "hub/cli/commands.h"
#include "hub/keyring/keyring_backup.h"
#include "hub/keyring/small_file.h"

namespace vervet::coordinator_cli {
namespace {

std::vector<std::pair<int, std::string>> ExitCodes() {
  return {{cli::kExitOk, "done"},
          {cli::kExitFailed, "refused; one line on standard error says why and what to do"},
          {cli::kExitUsage, "the command line is wrong; nothing was tried"}};
}

absl::Status KeptAsItIs(const std::string& path) {
  return absl::AlreadyExistsError(
      absl::StrCat("--out: ", path, " exists and is kept as it is; give another name"));
}

std::string Hex(const hub::BackupPublicKey& key) {
  return absl::BytesToHexString({reinterpret_cast<const char*>(key.data()), key.size()});
}

class MakeCommand final : public cli::Command {
 public:
  explicit MakeCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "backup-key make",
            .arguments = "--out FILE",
            .summary = "make your key for backups of the hub's keyring",
            .purpose =
                "Writes a secret key of mode 0600 and prints its public part, 64 hexadecimal "
                "digits. Read those to the hub's operator over a channel that is not this file's. "
                "Together with any other recipient you can then open a backup. Keep the file on a "
                "medium of your own, with a copy: without it you cannot.",
            .examples = {{"backup-key make --out /media/stick/backup.key", "once"}},
            .exit_codes = ExitCodes()};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.String("out", "FILE", "the new key file; nothing is overwritten", &out_);
    flags.Require("out");
  }

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    const absl::StatusOr<std::string> public_key = Make();
    if (!public_key.ok()) {
      streams.PrintError(public_key.status());
      return cli::kExitFailed;
    }
    if (invocation_.json) {
      cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
      json.BeginObject().Field("key_path", out_).Field("public_key", *public_key).EndObject();
      *streams.out << json.Finish();
    } else {
      *streams.out << *public_key << "\n";
    }
    return cli::kExitOk;
  }

 private:
  absl::StatusOr<std::string> Make() const {
    const absl::Status made = storage::CreateKeyFile(out_, *invocation_.seams->environment);
    if (absl::IsAlreadyExists(made)) return KeptAsItIs(out_);
    VERVET_RETURN_IF_ERROR(made);
    VERVET_ASSIGN_OR_RETURN(const Secret<32> key, storage::ReadKeyFile(out_));
    return Hex(hub::PublicKeyOf(key));
  }

  Invocation& invocation_;
  std::string out_;
};

class OpenCommand final : public cli::Command {
 public:
  explicit OpenCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "backup-key open",
        .arguments = "--backup FILE --key FILE --out SHARE",
        .summary = "open your share of a backup of the hub's keyring",
        .purpose =
            "Writes your share (mode 0600) for `vervet-hub keyring restore`, which needs those of "
            "two recipients. Prints whose backup it is: compare the log's public key with the one "
            "that you know. Your share alone reveals nothing; with another and the backup it is "
            "the keyring. So hand it to the person who restores, on a medium, and nowhere else.",
        .examples = {{"backup-key open --backup keyring.backup --key /media/stick/backup.key --out "
                      "ana.share",
                      "when the hub's keyring is lost, and once a year to see that it works"}},
        .exit_codes = ExitCodes()};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.String("backup", "FILE", "what `vervet-hub keyring backup` wrote", &backup_);
    flags.String("key", "FILE", "your key, of `backup-key make`", &key_);
    flags.String("out", "SHARE", "the new share; nothing is overwritten", &out_);
    flags.Require("backup");
    flags.Require("key");
    flags.Require("out");
  }

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    const absl::StatusOr<hub::OpenedShare> share = Open();
    if (!share.ok()) {
      streams.PrintError(share.status());
      return cli::kExitFailed;
    }
    const std::string log_key = absl::BytesToHexString(share->facts.log_public_key);
    if (invocation_.json) {
      cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
      json.BeginObject()
          .Field("share_path", out_)
          .Field("recipient", static_cast<uint64_t>(share->recipient))
          .Field("recipients", static_cast<uint64_t>(share->facts.recipients.size()))
          .Field("coalition", share->facts.coalition)
          .Field("made", cli::TimeForPrograms(share->facts.made))
          .Field("log_public_key", log_key)
          .EndObject();
      *streams.out << json.Finish();
      return cli::kExitOk;
    }
    *streams.out << "made            " << out_ << ", share " << share->recipient << " of "
                 << share->facts.recipients.size() << "\n"
                 << "coalition       " << cli::Printable(share->facts.coalition) << "\n"
                 << "backup made     " << cli::TimeForPeople(share->facts.made) << "\n"
                 << "log public key  " << log_key << "\n";
    return cli::kExitOk;
  }

 private:
  absl::StatusOr<hub::OpenedShare> Open() const {
    VERVET_ASSIGN_OR_RETURN(const std::string backup,
                            hub::ReadSmallFile(backup_, hub::kMaxBackupBytes));
    VERVET_ASSIGN_OR_RETURN(const Secret<32> key, storage::ReadKeyFile(key_));
    VERVET_ASSIGN_OR_RETURN(hub::OpenedShare share, hub::OpenBackupShare(backup, key));
    const absl::Status written = storage::WriteNewFileDurably(out_, share.file, 0600);
    sodium_memzero(share.file.data(), share.file.size());
    if (absl::IsAlreadyExists(written)) return KeptAsItIs(out_);
    VERVET_RETURN_IF_ERROR(written);
    return share;
  }

  Invocation& invocation_;
  std::string backup_, key_, out_;
};

}  // namespace

void AddBackupKeyCommands(Invocation& invocation, cli::Program& program) {
  program.Add(std::make_unique<MakeCommand>(invocation));
  program.Add(std::make_unique<OpenCommand>(invocation));
}

}  // namespace vervet::coordinator_cli
