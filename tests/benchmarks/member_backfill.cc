// `vervet-member backfill` of a file through a real hub, both on this machine: the whole way of an
// identifier from its line to its answer and into the vault, from the command's start to its end.
#include <sys/resource.h>

#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "core/base/status_macros.h"
#include "core/base/wire_limits.h"
#include "core/oprf/curve.h"
#include "tests/benchmarks/bench.h"
#include "tests/benchmarks/bench_coalition.h"

namespace vervet::bench {
namespace {

constexpr absl::Duration kDeadline = absl::Hours(4);
// Of the machine that the arithmetic is about, against the two here.
constexpr int kManyCores = 32, kCores = 2;

// An account of a platform has one canonical form: a line is an element.
absl::Status WriteUsers(const std::string& path, int round, size_t lines) {
  std::ofstream file(path);
  file << "reference,type,value\n";
  for (size_t i = 0; i < lines; ++i) {
    file << "user-" << i << ",platform_account,market.example:" << round + 1
         << absl::StrFormat("%09d", i) << "\n";
  }
  file.close();
  return file ? absl::OkStatus() : absl::InternalError(absl::StrCat(path, ": cannot be written"));
}

absl::Status Grant(coalition::Coalition& coalition, size_t evaluations) {
  const std::string until =
      absl::FormatTime("%Y-%m-%d", absl::Now() + absl::Hours(48), absl::UTCTimeZone());
  VERVET_ASSIGN_OR_RETURN(
      const auto granted,
      coalition.RunCoordinator({"budgets", "grant", absl::StrCat("member/", kReader),
                                "platform_account", absl::StrCat(evaluations), "--until", until,
                                "--reason", "a first screening of the whole user base"}));
  return granted.Require();
}

// Of processes that have ended.
double EndedCpuSeconds() {
  struct rusage usage = {};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + t.tv_usec / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Sent over the loopback interface since the machine began, by everybody.
double LoopbackBytes() {
  std::ifstream file("/proc/net/dev");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find("lo:");
    if (colon == std::string::npos) continue;
    double received = 0;
    std::istringstream(line.substr(colon + 3)) >> received;
    return received;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

absl::Status Run(const Options& options, Report* report) {
  const size_t lines = options.quick ? 20'000 : 5'000'000;
  const int rounds = options.quick ? options.rounds : 1;  // one takes minutes, and averages enough
  VERVET_ASSIGN_OR_RETURN(const auto coalition, FoundCoalition(options.dir + "/coalition"));
  VERVET_RETURN_IF_ERROR(Grant(*coalition, lines * static_cast<size_t>(rounds)));
  Line line;
  line.what = absl::StrCat("backfill of ", lines, " accounts, to the vault: elements a second");
  line.unit = "/s";
  double hub_seconds = 0, member_seconds = 0, wire_bytes = 0;
  for (int round = 0; round < rounds; ++round) {
    const std::string path = absl::StrCat(options.dir, "/users", round, ".csv");
    VERVET_RETURN_IF_ERROR(WriteUsers(path, round, lines));
    const int hub = coalition->hub().process().pid();
    hub_seconds -= ChildCpuSeconds(hub);
    member_seconds -= EndedCpuSeconds();
    wire_bytes -= LoopbackBytes();
    VERVET_ASSIGN_OR_RETURN(const auto result,
                            coalition->RunMember(kReader, {"backfill", "--csv", path}, kDeadline));
    VERVET_RETURN_IF_ERROR(result.Require());
    hub_seconds += ChildCpuSeconds(hub);
    member_seconds += EndedCpuSeconds();
    wire_bytes += LoopbackBytes();
    line.measured.Add(static_cast<double>(lines) / absl::ToDoubleSeconds(result.took));
  }
  const double elements = static_cast<double>(lines) * rounds;
  const double hours = 1e9 / line.measured.Median() / 3'600;
  line.note = absl::StrFormat(
      "%s; processor time an element: member %.1f us, hub %.1f us; %.0f bytes "
      "an element on the "
      "loopback interface, both ways, TLS and TCP included (64 of them are "
      "elements); a billion at "
      "that rate: %.1f hours on these %d cores, by arithmetic %.1f on %d",
      std::string(oprf::BestCurve(kMaxEvaluateElements).name()), member_seconds * 1e6 / elements,
      hub_seconds * 1e6 / elements, wire_bytes / elements, hours, kCores,
      hours * kCores / kManyCores, kManyCores);
  report->Add(std::move(line));
  return absl::OkStatus();
}

const bool registered =
    RegisterRow({"member-backfill", "a file of identifiers through a hub, end to end", Run});

}  // namespace
}  // namespace vervet::bench
