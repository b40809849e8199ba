// Command lines: what a person typed wrong is never repeated, because a value may be an identifier.
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "core/cli/flags.h"
#include "member-sdk/cli/identifiers.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"

namespace vervet::fuzz {
namespace {

struct Parsed {
  absl::Status status;
  std::vector<std::string> rest;
  std::string text, choice;
  std::vector<std::string> list;
  int64_t number = 5;
  absl::Duration seconds = absl::Seconds(1);
  bool flag = false;
  size_t identifiers = 0;
};

Parsed Parse(const std::vector<std::string>& args) {
  Parsed parsed;
  cli::FlagSet flags;
  member_cli::IdentifierFlags identifiers;
  identifiers.DeclareFlags(flags);
  flags.String("config", "FILE", "a file", &parsed.text);
  flags.StringList("group", "NAME", "a group", &parsed.list);
  flags.Switch("json", "for programs", &parsed.flag);
  flags.Int("limit", "NUMBER", "how many", 1, 1000, &parsed.number);
  flags.Seconds("timeout", "how long", &parsed.seconds);
  flags.Choice("stance", "STANCE", "what you think", {"agree", "disagree", "dispute"},
               &parsed.choice);
  auto rest = flags.Parse(args);
  parsed.status = rest.status();
  if (!rest.ok()) return parsed;
  parsed.rest = *std::move(rest);
  const auto named = identifiers.Collect("IE");
  parsed.status = named.status();
  if (named.ok()) parsed.identifiers = named->size();
  return parsed;
}

}  // namespace
}  // namespace vervet::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using vervet::fuzz::Parse;
  vervet::fuzz::Input in(data, size);
  const std::vector<std::string> args = absl::StrSplit(in.Rest(), '\n');
  const auto parsed = Parse(args);
  if (!parsed.status.ok()) {
    vervet::fuzz::CheckRefusal(parsed.status, {absl::StatusCode::kInvalidArgument});
    // The name of an unknown flag is shown, where it looks like one; no value ever is.
    for (size_t i = 0; i < args.size(); ++i) {
      const bool is_flag = !args[i].empty() && args[i][0] == '-';
      const size_t value = is_flag ? args[i].find('=') : 0;
      if (value == std::string::npos) continue;
      vervet::fuzz::CheckNoEcho(args[i].substr(value), parsed.status,
                                [&](absl::string_view changed) {
                                  std::vector<std::string> other = args;
                                  other[i] = args[i].substr(0, value) + std::string(changed);
                                  return Parse(other).status;
                                });
    }
    return 0;
  }
  VERVET_FUZZ_CHECK(parsed.number >= 1 && parsed.number <= 1000, "a number is within its limits");
  VERVET_FUZZ_CHECK(
      parsed.seconds >= absl::ZeroDuration() && parsed.seconds <= absl::Hours(24 * 366 * 10),
      "a duration is within its limits");
  VERVET_FUZZ_CHECK(parsed.choice.empty() || parsed.choice == "agree" ||
                        parsed.choice == "disagree" || parsed.choice == "dispute",
                    "a choice is one of its words");
  VERVET_FUZZ_CHECK(parsed.rest.size() <= args.size(), "no argument comes from nowhere");
  return 0;
}
