// What the hub takes of memory with many signatures in force.
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/status_macros.h"
#include "tests/benchmarks/bench.h"
#include "tests/benchmarks/bench_coalition.h"

namespace vervet::bench {
namespace {

// Everything that counts against the machine: what it allocated, its code, its shared memory.
double WholeResidentBytes(int pid) {
  std::ifstream status(absl::StrCat("/proc/", pid, "/status"));
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return 1024 * std::strtod(line.c_str() + 6, nullptr);
  }
  return -1;
}

absl::Status Measure(const std::string& dir, size_t signatures, int each, const Target& target,
                     Report* report) {
  VERVET_ASSIGN_OR_RETURN(const auto coalition, FoundCoalition(dir));
  coalition::HubProcess& hub = coalition->hub();
  VERVET_RETURN_IF_ERROR(hub.Stop().status());
  report->Progress(absl::StrCat("a log with ", signatures, " signatures, ", each, " a record"));
  VERVET_RETURN_IF_ERROR(FillStore(hub, signatures / static_cast<size_t>(each), each,
                                   77 + static_cast<uint64_t>(each)));
  coalition::HubProcess::StartOptions options;
  options.timeout = absl::Minutes(30);
  const double begun = WallSeconds();
  VERVET_RETURN_IF_ERROR(hub.Start(options));
  const double seconds = WallSeconds() - begun;
  const double bytes = WholeResidentBytes(hub.process().pid());
  Line line;
  line.what =
      absl::StrCat("hub memory, ", signatures, " signatures in records of ", each, ": bytes each");
  line.unit = "B";
  line.target = target;
  line.note =
      absl::StrFormat("the whole process, %.0f MB resident, right after a start that took %.1f s",
                      bytes / 1e6, seconds);
  line.measured.Add(bytes / static_cast<double>(signatures));
  report->Add(std::move(line));
  return hub.Stop(absl::Minutes(2)).status();
}

absl::Status Run(const Options& options, Report* report) {
  // A telephone number and an e-mail address in its two forms: 3 signatures.
  const size_t many = options.quick ? 30'000 : 9'999'999;
  VERVET_RETURN_IF_ERROR(Measure(options.dir + "/three", many, 3, Target::AtMost(120), report));
  // The dearest mix, for who wants to reckon with another.
  return Measure(options.dir + "/one", many / 10, 1, Target::None(), report);
}

const bool registered = RegisterRow(
    {"hub-memory", "bytes of memory a signature, with 10,000,000 (takes minutes)", Run});

}  // namespace
}  // namespace vervet::bench
