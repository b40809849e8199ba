// A command line with commands: finds the command, parses its flags, writes its help page.
#ifndef VERVET_CORE_CLI_PROGRAM_H_
#define VERVET_CORE_CLI_PROGRAM_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/cli/flags.h"
#include "core/cli/streams.h"

namespace vervet::cli {

// What `--help` says of a command. Every member has a value of its own, so that designated
// initialisers may leave it out.
struct CommandPage {
  using Terms = std::vector<std::pair<std::string, std::string>>;
  std::string name = "";       // one to three words: "check", "groups create"
  std::string arguments = "";  // "RECORD_ID --reason TEXT": what must be there, for the usage line
  std::string summary = "";    // a few words, for the list of commands
  std::string purpose = "";    // paragraphs, separated by line breaks
  Terms examples = {};         // command line after the program's name, what it does
  std::vector<std::pair<int, std::string>> exit_codes = {};  // ascending
  size_t minimum_arguments = 0;                              // that are no flags
  size_t maximum_arguments = 0;
};

// One instance serves one invocation.
class Command {
 public:
  virtual ~Command() = default;
  virtual CommandPage Page() const = 0;
  virtual void DeclareFlags(FlagSet& flags) = 0;
  // `arguments` are those that are no flags; their number is right. Returns the process's exit code
  // (core/cli/exit_codes.h).
  virtual int Run(const std::vector<std::string>& arguments, Streams& streams) = 0;
};

class Program {
 public:
  struct About {
    std::string name;     // of the binary
    std::string summary;  // one line
    std::string purpose;  // paragraphs
    std::vector<std::pair<std::string, std::string>> environment =
        {};  // variables and what they do
  };
  // `common` declares the flags that every command has; they may also stand before the command.
  Program(About about, std::function<void(FlagSet&)> common)
      : about_(std::move(about)), common_(std::move(common)) {}

  void Add(std::unique_ptr<Command> command) { commands_.push_back(std::move(command)); }

  // `args` without the program's name. Handles --help, -h, help, --version and every usage error
  // itself.
  int Run(const std::vector<std::string>& args, Streams& streams);

 private:
  // The command that the first one or two of `words` name, and how many words it took.
  Command* Find(const std::vector<std::string>& words, size_t* taken) const;
  int UsageError(const std::string& message, const std::string& help_of, Streams& streams) const;
  int UnknownCommand(const std::vector<std::string>& words, Streams& streams) const;
  int RunCommand(Command& command, const std::vector<std::string>& args, Streams& streams) const;
  // The overview, or only the commands below one word ("groups").
  std::string Overview(const std::string& family, const Streams& streams) const;
  std::string PageText(Command& command, const Streams& streams) const;
  std::vector<std::string> Families() const;
  bool BeginsAName(const std::vector<std::string>& words) const;

  About about_;
  std::function<void(FlagSet&)> common_;
  std::vector<std::unique_ptr<Command>> commands_;
};

}  // namespace vervet::cli

#endif  // VERVET_CORE_CLI_PROGRAM_H_
