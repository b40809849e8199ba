#include "tests/dashboard/script.h"

#include <filesystem>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/base/status_macros.h"
#include "examples/coalition/process.h"
#include "examples/coalition/temp_dir.h"

namespace vervet::dashboard {
namespace {

using coalition::Process;

constexpr absl::Duration kPatience = absl::Minutes(8);
constexpr absl::Duration kGlance = absl::Milliseconds(20);

// Writes the answer to a word under another name first: the script sees all of it or nothing.
absl::Status AnswerTo(const std::string& word, const std::string& answer, const std::string& dir) {
  const std::string draft = absl::StrCat(dir, "/draft");
  VERVET_RETURN_IF_ERROR(coalition::WriteFile(draft, answer));
  std::error_code error;
  std::filesystem::rename(draft, absl::StrCat(dir, "/", word, ".json"), error);
  return error ? absl::InternalError(error.message()) : absl::OkStatus();
}

// Runs it to its end; false where it took too long.
absl::StatusOr<bool> Attend(Process& process, const std::string& dir,
                            const std::map<std::string, std::function<std::string()>>& requests) {
  const absl::Time until = absl::Now() + kPatience;
  size_t read = 0;
  while (absl::Now() < until) {
    const bool ended = process.Wait(kGlance).ok();
    const std::vector<Process::Line> lines = process.Lines(Process::Stream::kOutput);
    for (; read < lines.size(); ++read) {
      const auto request = requests.find(lines[read].text);
      if (request == requests.end()) continue;
      VERVET_RETURN_IF_ERROR(AnswerTo(request->first, request->second(), dir));
    }
    if (ended) return true;
  }
  return false;
}

}  // namespace

Outcomes RunScript(const std::string& script, const std::string& scenario, const std::string& url,
                   std::vector<std::pair<std::string, std::string>> environment,
                   const std::map<std::string, std::function<std::string()>>& requests) {
  Outcomes outcomes;
  const auto dir = coalition::TempDir::Create();
  if (!dir.ok()) return {{scenario, dir.status().ToString()}};
  coalition::ProcessOptions options;
  options.argv = {"node", absl::StrCat(VERVET_DASHBOARD_TESTS "/", script), scenario, url};
  options.environment = std::move(environment);
  options.environment.emplace_back("VERVET_WEB_BUILD", VERVET_WEB_BUILD);
  options.environment.emplace_back("VERVET_ANSWERS", dir->path());
  const auto process = Process::Start(options);
  if (!process.ok()) return {{scenario, process.status().ToString()}};
  const absl::StatusOr<bool> ended = Attend(**process, dir->path(), requests);
  for (const Process::Line& line : (*process)->Lines(Process::Stream::kOutput)) {
    const std::vector<std::string> words = absl::StrSplit(line.text, absl::MaxSplits(' ', 2));
    if (words.size() == 2 && words[0] == "passed") outcomes[words[1]] = "";
    if (words.size() == 3 && words[0] == "failed") outcomes[words[1]] = words[2];
  }
  if (outcomes.count(scenario) == 0) {
    // "all" is no scenario: this is what happened to those that are missing.
    outcomes[scenario] = absl::StrCat(
        ended.ok() ? (*ended ? "ended: " : "took too long: ") : "failed: ",
        ended.ok() ? "" : ended.status().ToString(), (*process)->Text(Process::Stream::kError));
  }
  return outcomes;
}

}  // namespace vervet::dashboard
