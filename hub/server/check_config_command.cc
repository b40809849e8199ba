#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/cli/text.h"
#include "hub/server/check_config_command.h"
#include "hub/server/config_check.h"
#include "hub/server/configured_command.h"

namespace vervet::hub {
namespace {

using Verdict = Finding::Verdict;

class CheckConfigCommand final : public cli::Command {
 public:
  cli::CommandPage Page() const override {
    return {.name = "check-config",
            .arguments = "--config FILE",
            .summary = "say whether a configuration, and all that it names, is right",
            .purpose =
                "Looks at everything that a start would need and says everything that is wrong, "
                "with the field, the reason and what to do: the configuration itself; keys (key "
                "commands are run), keyring, and whose the store is; certificate and revocation "
                "lists; the addresses; limits against this machine. Starts nothing and changes "
                "nothing; works beside a running hub. Run it as the hub's user.\n\n"
                "It does not read the log: `store verify` does. Does the keyring fit the log, does "
                "each sharing group permit the region: a start says that.\n\n"
                "Mistakes are on standard error, one a line; what is right, and warnings, on "
                "standard output. `vervet-hub --check-config` is the same.",
            .examples = {{"check-config --config hub.textproto", "before a start or a restart"}},
            .exit_codes = {{cli::kExitOk, "nothing is wrong; there may be warnings"},
                           {cli::kExitFailed, "something that the configuration names is wrong"},
                           {cli::kExitUsage,
                            "the command line or the configuration itself is wrong; "
                            "nothing else was looked at"}}};
  }

  void DeclareFlags(cli::FlagSet& flags) override { DeclareConfigFlag(flags, &path_); }

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    std::vector<absl::Status> mistakes;
    const auto config = LoadConfig(path_, &mistakes);
    if (!config) {
      for (const absl::Status& mistake : mistakes) streams.PrintError(mistake);
      return cli::kExitUsage;
    }
    size_t wrong = 0, warnings = 0;
    for (const Finding& finding : CheckConfig(*config, *Environment::System())) {
      switch (finding.verdict) {
        case Verdict::kRight:
          *streams.out << "ok       " << finding.text << "\n";
          break;
        case Verdict::kSkipped:
          *streams.out << "skipped  " << finding.text << "\n";
          break;
        case Verdict::kWarning:
          ++warnings;
          *streams.out << "warning  " << finding.text << "\n";
          break;
        case Verdict::kWrong:
          ++wrong;
          streams.PrintError(finding.text);
          break;
      }
    }
    const std::string also =
        warnings == 0 ? "" : absl::StrCat(", with ", cli::Count(warnings, "warning"));
    if (wrong == 0) {
      *streams.out << "The configuration is right" << also << ".\n";
      return cli::kExitOk;
    }
    *streams.out << cli::Count(wrong, "mistake") << also << ".\n";
    return cli::kExitFailed;
  }

 private:
  std::string path_;
};

}  // namespace

std::unique_ptr<cli::Command> MakeCheckConfigCommand() {
  return std::make_unique<CheckConfigCommand>();
}

}  // namespace vervet::hub
