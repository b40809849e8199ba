#include "examples/coalition/command.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/environment.h"
#include "core/base/status_macros.h"

namespace vervet::coalition {
namespace {

constexpr size_t kQuotedBytes = 2000;

std::string End(const std::string& text) {
  return text.size() <= kQuotedBytes ? text
                                     : absl::StrCat("...", text.substr(text.size() - kQuotedBytes));
}

// "vervet-member publish" of "/x/bin/vervet-member --config F publish".
std::string NameOf(const std::vector<std::string>& argv) {
  std::string name;
  for (size_t i = 0; i < argv.size() && i < 5; ++i) {
    if (argv[i].substr(0, 2) == "--") {
      ++i;  // its value
    } else {
      absl::StrAppend(&name, name.empty() ? "" : " ", argv[i].substr(argv[i].rfind('/') + 1));
    }
  }
  return name;
}

}  // namespace

absl::Status CommandResult::Require() const {
  if (exit_code == 0) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat(name, " ended with ", exit_code, ": ", End(error.empty() ? output : error)));
}

absl::StatusOr<Json> CommandResult::ReadJson() const {
  absl::StatusOr<Json> json = Json::Parse(output);
  if (json.ok()) return json;
  return absl::InvalidArgumentError(
      absl::StrCat(name, " printed ", json.status().message(), ": ", End(output), End(error)));
}

absl::StatusOr<std::vector<Json>> CommandResult::ReadJsonLines() const {
  std::vector<Json> values;
  for (absl::string_view line : absl::StrSplit(output, '\n', absl::SkipWhitespace())) {
    absl::StatusOr<Json> json = Json::Parse(line);
    if (!json.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, " printed a line that is ", json.status().message()));
    }
    values.push_back(*std::move(json));
  }
  return values;
}

CommandResult ResultOf(const Process& process, std::string name, int exit_code,
                       absl::Duration took) {
  return {std::move(name), exit_code, process.Text(Process::Stream::kOutput),
          process.Text(Process::Stream::kError), took};
}

absl::StatusOr<CommandResult> RunCommand(const ProcessOptions& options, absl::Duration timeout) {
  const absl::Duration start = Environment::System()->Monotonic();
  VERVET_ASSIGN_OR_RETURN(std::unique_ptr<Process> process, Process::Start(options));
  VERVET_ASSIGN_OR_RETURN(const int exit_code, process->Wait(timeout));
  return ResultOf(*process, NameOf(options.argv), exit_code,
                  Environment::System()->Monotonic() - start);
}

}  // namespace vervet::coalition
