// vervet-bench [--rounds N] [--quick] [--list] [ROW...]: measures all rows or the named ones, and
// prints one table. Exit status 1: a row could not be measured, or nothing has such a name. A
// promise that does not hold is in the table; on a shared machine it is no reason to fail.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "core/net/lock_checks.h"
#include "examples/coalition/temp_dir.h"
#include "tests/benchmarks/bench.h"

namespace {

using vervet::bench::Line;
using vervet::bench::Options;
using vervet::bench::Report;
using vervet::bench::Row;

constexpr char kUsage[] =
    "usage: vervet-bench [--rounds N] [--quick] [--list] [ROW...]\n"
    "ROW: a name from --list, or the beginning of several (\"hub-\").\n";

bool Wanted(const Row& row, const std::vector<std::string>& names) {
  if (names.empty()) return true;
  for (const std::string& name : names) {
    if (absl::StartsWith(row.name, name)) return true;
  }
  return false;
}

bool RunRow(const Row& row, Options options, std::vector<Line>* lines) {
  fprintf(stderr, "%s: %s\n", row.name.c_str(), row.help.c_str());
  auto dir = vervet::coalition::TempDir::Create();
  if (!dir.ok()) {
    fprintf(stderr, "  %s\n", dir.status().ToString().c_str());
    return false;
  }
  options.dir = dir->path();
  Report report;
  const absl::Status status = row.run(options, &report);
  lines->insert(lines->end(), report.lines().begin(), report.lines().end());
  if (!status.ok()) fprintf(stderr, "  not measured: %s\n", status.ToString().c_str());
  return status.ok();
}

}  // namespace

int main(int argc, char** argv) {
  vervet::net::LeaveOutLockChecks();
  Options options;
  std::vector<std::string> names;
  for (int i = 1; i < argc; ++i) {
    if (strcmp(argv[i], "--quick") == 0) {
      options.quick = true;
    } else if (strcmp(argv[i], "--rounds") == 0 && i + 1 < argc && atoi(argv[i + 1]) > 0) {
      options.rounds = atoi(argv[++i]);
    } else if (strcmp(argv[i], "--list") == 0) {
      for (const Row& row : vervet::bench::Rows()) {
        printf("%-24s %s\n", row.name.c_str(), row.help.c_str());
      }
      return 0;
    } else if (argv[i][0] == '-') {
      fputs(kUsage, stderr);
      return 2;
    } else {
      names.emplace_back(argv[i]);
    }
  }
  std::vector<Line> lines;
  bool all_ran = true;
  bool any = false;
  for (const Row& row : vervet::bench::Rows()) {
    if (!Wanted(row, names)) continue;
    any = true;
    all_ran = RunRow(row, options, &lines) && all_ran;
  }
  if (!any) {
    fputs("vervet-bench: no row has such a name; --list shows them\n", stderr);
    return 1;
  }
  vervet::bench::Print(lines);
  return all_ran ? 0 : 1;
}
