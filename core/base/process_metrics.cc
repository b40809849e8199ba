#include "core/base/process_metrics.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace vervet {
namespace {

std::optional<std::string> Content(const char* path) {
  std::ifstream file(path);
  if (!file) return std::nullopt;
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

// The fields of /proc/self/stat behind the program's name, which stands in parentheses and may hold
// anything; so [0] is the third of proc(5).
std::vector<double> StatFields() {
  const auto stat = Content("/proc/self/stat");
  if (!stat) return {};
  const size_t name_end = stat->rfind(')');
  if (name_end == std::string::npos) return {};
  std::vector<double> fields;
  for (const absl::string_view word :
       absl::StrSplit(absl::string_view(*stat).substr(name_end + 1), ' ', absl::SkipWhitespace())) {
    double value = 0;
    if (!absl::SimpleAtod(word, &value)) value = 0;  // the state is a letter
    fields.push_back(value);
  }
  return fields;
}

std::optional<double> BootTime() {
  const auto stat = Content("/proc/stat");
  if (!stat) return std::nullopt;
  for (const absl::string_view line : absl::StrSplit(*stat, '\n')) {
    double seconds = 0;
    if (absl::StartsWith(line, "btime ") && absl::SimpleAtod(line.substr(6), &seconds)) {
      return seconds;
    }
  }
  return std::nullopt;
}

std::optional<double> OpenFiles() {
  DIR* const folder = opendir("/proc/self/fd");
  if (folder == nullptr) return std::nullopt;
  double count = 0;
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] != '.') ++count;
  }
  closedir(folder);
  return count - 1;  // not the one that was open to count
}

}  // namespace

void AddProcessMetrics(MetricsText& text) {
  const std::vector<double> stat = StatFields();
  // proc(5): utime 14, stime 15, num_threads 20, starttime 22, vsize 23, rss 24.
  if (stat.size() > 21) {
    const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    text.Family("process_cpu_seconds_total", MetricsText::Type::kCounter,
                "User and system CPU time spent in seconds.")
        .Sample({}, (stat[11] + stat[12]) / ticks);
    text.Gauge("process_threads", "Threads of the process.", stat[17]);
    if (const auto boot = BootTime()) {
      text.Gauge("process_start_time_seconds",
                 "When the process was started, in seconds since 1970.", *boot + stat[19] / ticks);
    }
    text.Gauge("process_virtual_memory_bytes", "Virtual memory in bytes.", stat[20]);
    text.Gauge("process_resident_memory_bytes", "Resident memory in bytes.",
               stat[21] * static_cast<double>(sysconf(_SC_PAGESIZE)));
  }
  if (const auto open = OpenFiles()) {
    text.Gauge("process_open_fds", "Open file descriptors.", *open);
  }
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur != RLIM_INFINITY) {
    text.Gauge("process_max_fds", "File descriptors that the process may open.",
               static_cast<double>(files.rlim_cur));
  }
}

}  // namespace vervet
