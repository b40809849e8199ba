#include <filesystem>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "core/cli/exit_codes.h"
#include "core/cli/json.h"
#include "core/cli/table.h"
#include "core/storage/key_file.h"
#include "member-sdk/cli/commands.h"

namespace vervet::member_cli {
namespace {

class InitCommand final : public cli::Command {
 public:
  explicit InitCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "init",
        .arguments = "",
        .summary = "check the configuration, make the vault's key and the vault",
        .purpose =
            "Checks every field of the configuration, the certificate and its key; makes the "
            "vault's key file "
            "(mode 0600) where it is missing, and the empty vault. Never overwrites anything, and "
            "may be run "
            "again at any time. Needs no hub.\n\nKeep a copy of the key apart from the vault: "
            "without it the "
            "vault cannot be read, by anybody.",
        .examples = {{"init --template > member.textproto", "a commented configuration to fill in"},
                     {"init --config member.textproto", "checks it and makes what is missing"}},
        .exit_codes = {
            {cli::kExitOk, "everything is in place"},
            {cli::kExitFailed, "a file is wrong or cannot be made; the output says how to mend it"},
            {cli::kExitUsage, "the command line or the configuration is wrong; nothing was made"}}};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.Switch("template", "print a commented configuration and do nothing else",
                 &print_template_);
  }

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    if (print_template_) {
      *streams.out << std::string(ConfigTemplate());
      return cli::kExitOk;
    }
    Config config;
    const int loaded = LoadConfigOrExplain(invocation_, streams, &config);
    if (loaded != cli::kExitOk) return loaded;
    bool made_key = false;
    const absl::Status key = MakeKeyIfMissing(config.options, &made_key);
    if (!key.ok()) {
      streams.PrintError(key);
      return cli::ExitCodeFor(key);
    }
    const bool had_vault = Exists(config.options.vault_path);
    int exit_code = cli::kExitOk;
    // Opening checks certificate, key and vault, and makes the vault: the same checks that every
    // later command makes.
    if (Session::Open(invocation_, streams, false, &exit_code) == nullptr) return exit_code;
    Print(config.options, made_key, !had_vault, streams);
    return cli::kExitOk;
  }

 private:
  static bool Exists(const std::string& path) {
    std::error_code error;
    return std::filesystem::exists(std::filesystem::symlink_status(path, error));
  }

  absl::Status MakeKeyIfMissing(const ClientOptions& options, bool* made) const {
    if (!options.vault_key_command.empty()) return absl::OkStatus();  // run when the vault opens
    if (Exists(options.vault_key_path))
      return storage::ReadKeyFile(options.vault_key_path).status();
    if (Exists(options.vault_path)) {
      return absl::FailedPreconditionError(
          absl::StrCat("vault_key_path: ", options.vault_key_path, " is missing, but the vault ",
                       options.vault_path,
                       " exists: bring its key back from your copy (a new key would not open it), "
                       "or move the vault away"));
    }
    const absl::Status created =
        storage::CreateKeyFile(options.vault_key_path, invocation_.environment());
    *made = created.ok();
    return created;
  }

  void Print(const ClientOptions& options, bool made_key, bool made_vault,
             const cli::Streams& streams) const {
    if (invocation_.json) {
      cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
      json.BeginObject()
          .Field("vault_key_path", options.vault_key_path)
          .Field("vault_key_from_command", !options.vault_key_command.empty())
          .Field("vault_key_made", made_key)
          .Field("vault_path", options.vault_path)
          .Field("vault_made", made_vault)
          .EndObject();
      *streams.out << json.Finish();
      return;
    }
    cli::FactSheet sheet;
    sheet.Add("configuration", absl::StrCat(ConfigPath(invocation_.config_path), ", right"));
    sheet.Add("certificate", absl::StrCat(options.certificate_path, ", right"));
    sheet.Add("vault key",
              options.vault_key_command.empty()
                  ? absl::StrCat(options.vault_key_path, made_key ? ", made" : ", kept")
                  : absl::StrCat("from ", options.vault_key_command.front()));
    sheet.Add("vault", absl::StrCat(options.vault_path, made_vault ? ", made" : ", kept"));
    *streams.out << sheet.Render(streams);
    if (made_key)
      streams.PrintNote("keep a copy of the vault key apart from the vault; nothing else opens it");
  }

  Invocation& invocation_;
  bool print_template_ = false;
};

}  // namespace

std::unique_ptr<cli::Command> MakeInitCommand(Invocation& invocation) {
  return std::make_unique<InitCommand>(invocation);
}

}  // namespace vervet::member_cli
