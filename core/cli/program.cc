#include "core/cli/program.h"

#include <algorithm>
#include <ostream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/cli/exit_codes.h"
#include "core/cli/text.h"

#ifndef VERVET_VERSION
#define VERVET_VERSION "unreleased"
#endif

namespace vervet::cli {
namespace {

constexpr int kPageColumns = 96;
constexpr int kWidestTerm = 34;  // a longer flag or command gets its explanation on the next line

bool AsksForHelp(const std::vector<std::string>& args) {
  for (const std::string& arg : args) {
    if (arg == "--") return false;
    if (arg == "--help" || arg == "-h") return true;
  }
  return false;
}

// "  term      explanation, wrapped under itself".
void AppendTerms(const std::vector<std::pair<std::string, std::string>>& terms, std::string* out) {
  int widest = 0;
  for (const auto& [term, explanation] : terms) {
    const int width = DisplayWidth(term);
    if (width <= kWidestTerm) widest = std::max(widest, width);
  }
  const int indent = 2 + widest + 2;
  for (const auto& [term, explanation] : terms) {
    std::string wrapped = Wrap(explanation, kPageColumns, indent);
    if (DisplayWidth(term) <= widest) {
      wrapped.replace(0, indent, absl::StrCat("  ", PadRight(term, widest), "  "));
      absl::StrAppend(out, wrapped);
    } else {
      absl::StrAppend(out, "  ", term, "\n", wrapped);
    }
  }
}

std::pair<std::string, std::string> FlagTerm(const FlagSet::Flag& flag) {
  std::string explanation = flag.help;
  if (flag.required) absl::StrAppend(&explanation, " (required)");
  if (flag.repeatable && !flag.metavar.empty()) absl::StrAppend(&explanation, " (repeatable)");
  return {absl::StrCat("--", flag.name, flag.metavar.empty() ? "" : " ", flag.metavar),
          explanation};
}

std::string Heading(const Streams& streams, absl::string_view text) {
  return absl::StrCat("\n", streams.OutPaint(Paint::kBold, text), "\n");
}

constexpr size_t kMostNameWords = 3;

std::string FirstWord(const std::string& name) { return name.substr(0, name.find(' ')); }

}  // namespace

int Program::Run(const std::vector<std::string>& args, Streams& streams) {
  FlagSet leading;
  common_(leading);
  bool version = false;
  bool help = false;
  leading.Switch("version", "", &version);
  leading.Switch("help", "", &help);
  std::vector<std::string> words = args;
  if (!words.empty() && words[0] == "-h") words[0] = "--help";
  const absl::StatusOr<size_t> taken = leading.ParseLeading(words);
  if (!taken.ok()) return UsageError(std::string(taken.status().message()), "", streams);
  words.erase(words.begin(), words.begin() + *taken);

  if (version) {
    *streams.out << about_.name << " " << VERVET_VERSION << "\n";
    return kExitOk;
  }
  if (!words.empty() && words[0] == "help") {
    help = true;
    words.erase(words.begin());
  }
  if (words.empty()) {
    (help ? *streams.out : *streams.err) << Overview("", streams);
    return help ? kExitOk : kExitUsage;
  }
  size_t name_words = 0;
  Command* command = Find(words, &name_words);
  if (command == nullptr) {
    const std::vector<std::string> families = Families();
    const bool is_family = std::find(families.begin(), families.end(), words[0]) != families.end();
    if (is_family && (help || BeginsAName(words) || AsksForHelp(words))) {
      const bool asked = help || AsksForHelp(words);
      (asked ? *streams.out : *streams.err) << Overview(words[0], streams);
      return asked ? kExitOk : kExitUsage;
    }
    return UnknownCommand(words, streams);
  }
  words.erase(words.begin(), words.begin() + name_words);
  if (help || AsksForHelp(words)) {
    *streams.out << PageText(*command, streams);
    return kExitOk;
  }
  return RunCommand(*command, words, streams);
}

int Program::RunCommand(Command& command, const std::vector<std::string>& args,
                        Streams& streams) const {
  const CommandPage page = command.Page();
  FlagSet flags;
  command.DeclareFlags(flags);
  common_(flags);
  const absl::StatusOr<std::vector<std::string>> arguments = flags.Parse(args);
  if (!arguments.ok())
    return UsageError(std::string(arguments.status().message()), page.name, streams);
  if (arguments->size() < page.minimum_arguments) {
    return UsageError(absl::StrCat("missing: ", page.arguments), page.name, streams);
  }
  if (arguments->size() > page.maximum_arguments) {
    return UsageError(absl::StrCat("takes ", Count(page.maximum_arguments, "argument"),
                                   " beside its flags, but ", arguments->size(), " were given"),
                      page.name, streams);
  }
  return command.Run(*arguments, streams);
}

Command* Program::Find(const std::vector<std::string>& words, size_t* taken) const {
  for (size_t count = std::min(words.size(), kMostNameWords); count > 0; --count) {
    const std::string name = absl::StrJoin(words.begin(), words.begin() + count, " ");
    for (const auto& command : commands_) {
      if (command->Page().name == name) {
        *taken = count;
        return command.get();
      }
    }
  }
  return nullptr;
}

std::vector<std::string> Program::Families() const {
  std::vector<std::string> families;
  for (const auto& command : commands_) {
    const std::string name = command->Page().name;
    if (absl::StrContains(name, ' ')) families.push_back(FirstWord(name));
  }
  return families;
}

bool Program::BeginsAName(const std::vector<std::string>& words) const {
  const std::string beginning = absl::StrCat(absl::StrJoin(words, " "), " ");
  return std::any_of(commands_.begin(), commands_.end(), [&](const auto& command) {
    return absl::StartsWith(command->Page().name, beginning);
  });
}

int Program::UsageError(const std::string& message, const std::string& help_of,
                        Streams& streams) const {
  streams.PrintError(absl::StrCat(help_of, help_of.empty() ? "" : ": ", message));
  streams.PrintNote(
      absl::StrCat("see: ", about_.name, " ", help_of, help_of.empty() ? "" : " ", "--help"));
  return kExitUsage;
}

int Program::UnknownCommand(const std::vector<std::string>& words, Streams& streams) const {
  std::vector<std::string> names;
  for (const auto& command : commands_) {
    names.push_back(command->Page().name);
    names.push_back(FirstWord(names.back()));
  }
  std::string nearest;
  for (size_t count = std::min(words.size(), kMostNameWords); count > 0 && nearest.empty();
       --count) {
    nearest = NearestName(absl::StrJoin(words.begin(), words.begin() + count, " "), names);
  }
  return UsageError(
      absl::StrCat("unknown command",
                   nearest.empty() ? "" : absl::StrCat(" (did you mean ", nearest, "?)")),
      "", streams);
}

std::string Program::Overview(const std::string& family, const Streams& streams) const {
  std::string page = absl::StrCat(streams.OutPaint(Paint::kBold, about_.name), ": ", about_.summary,
                                  "\n\n", "usage: ", about_.name, " ", family,
                                  family.empty() ? "" : " ", "COMMAND [flags]\n");
  if (family.empty()) absl::StrAppend(&page, "\n", Wrap(about_.purpose, kPageColumns, 0));
  absl::StrAppend(&page, Heading(streams, "Commands"));
  std::vector<std::pair<std::string, std::string>> terms;
  for (const auto& command : commands_) {
    const CommandPage one = command->Page();
    if (family.empty() || FirstWord(one.name) == family) terms.emplace_back(one.name, one.summary);
  }
  AppendTerms(terms, &page);

  absl::StrAppend(&page, Heading(streams, "Flags of every command"));
  FlagSet common;
  common_(common);
  terms.clear();
  for (const FlagSet::Flag& flag : common.flags()) terms.push_back(FlagTerm(flag));
  terms.emplace_back("--help", "the page of a command, with examples and exit codes");
  terms.emplace_back("--version", "the program's version");
  AppendTerms(terms, &page);

  if (!about_.environment.empty()) {
    absl::StrAppend(&page, Heading(streams, "Environment"));
    AppendTerms(about_.environment, &page);
  }
  return page;
}

std::string Program::PageText(Command& command, const Streams& streams) const {
  const CommandPage about = command.Page();
  std::string page =
      absl::StrCat(streams.OutPaint(Paint::kBold, absl::StrCat(about_.name, " ", about.name)), ": ",
                   about.summary, "\n\nusage: ", about_.name, " ", about.name,
                   about.arguments.empty() ? "" : " ", about.arguments, " [flags]\n\n",
                   Wrap(about.purpose, kPageColumns, 0));
  FlagSet own;
  command.DeclareFlags(own);
  FlagSet common;
  common_(common);
  std::vector<std::pair<std::string, std::string>> terms;
  for (const FlagSet* flags : {&own, &common}) {
    for (const FlagSet::Flag& flag : flags->flags()) terms.push_back(FlagTerm(flag));
  }
  absl::StrAppend(&page, Heading(streams, "Flags"));
  AppendTerms(terms, &page);

  if (!about.examples.empty()) absl::StrAppend(&page, Heading(streams, "Examples"));
  for (const auto& [line, meaning] : about.examples) {
    absl::StrAppend(&page, "  $ ", about_.name, " ", line, "\n", Wrap(meaning, kPageColumns, 6));
  }
  absl::StrAppend(&page, Heading(streams, "Exit codes"));
  terms.clear();
  for (const auto& [code, meaning] : about.exit_codes)
    terms.emplace_back(PadLeft(absl::StrCat(code), 2), meaning);
  AppendTerms(terms, &page);
  return page;
}

}  // namespace vervet::cli
