#include "tests/benchmarks/bench.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace vervet::bench {
namespace {

double Seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::vector<Row>& MutableRows() {
  static auto* const rows = new std::vector<Row>;
  return *rows;
}

}  // namespace

double Samples::Quantile(double q) const {
  std::vector<double> sorted = values_;
  std::sort(sorted.begin(), sorted.end());
  const double rank = std::ceil(q * static_cast<double>(sorted.size()));
  const size_t at = rank < 1 ? 0 : static_cast<size_t>(rank) - 1;
  return sorted[std::min(at, sorted.size() - 1)];
}

void Report::Add(Line line) { lines_.push_back(std::move(line)); }

void Report::Progress(const std::string& text) const {
  fprintf(stderr, "  %s\n", text.c_str());
  fflush(stderr);
}

bool RegisterRow(Row row) {
  auto& rows = MutableRows();
  const auto at = std::upper_bound(rows.begin(), rows.end(), row,
                                   [](const Row& a, const Row& b) { return a.name < b.name; });
  rows.insert(at, std::move(row));
  return true;
}

const std::vector<Row>& Rows() { return MutableRows(); }

absl::Status Interleave(int rounds, const std::vector<std::function<absl::Status()>>& sides) {
  for (int round = 0; round < rounds; ++round) {
    for (size_t i = 0; i < sides.size(); ++i) {
      VERVET_RETURN_IF_ERROR(sides[(static_cast<size_t>(round) + i) % sides.size()]());
    }
  }
  return absl::OkStatus();
}

double WallSeconds() { return Seconds(CLOCK_MONOTONIC); }
double ThreadCpuSeconds() { return Seconds(CLOCK_THREAD_CPUTIME_ID); }
double ProcessCpuSeconds() { return Seconds(CLOCK_PROCESS_CPUTIME_ID); }

double ChildCpuSeconds(int pid) {
  std::ifstream stat(absl::StrCat("/proc/", pid, "/stat"));
  std::string text((std::istreambuf_iterator<char>(stat)), std::istreambuf_iterator<char>());
  // The program's name stands in parentheses and may hold anything (proc(5)); utime and stime are
  // the 12th and 13th fields behind it.
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return -1;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double ResidentBytes(int pid) {
  std::ifstream status(pid == 0 ? std::string("/proc/self/status")
                                : absl::StrCat("/proc/", pid, "/status"));
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("RssAnon:", 0) == 0) return 1024 * std::strtod(line.c_str() + 8, nullptr);
  }
  return -1;
}

}  // namespace vervet::bench
