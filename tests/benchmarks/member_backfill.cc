// `vervet-member backfill` of a file through a real hub, both on this machine: the whole way of an
// identifier from its line to its answer, from the command's start to its end.
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/status_macros.h"
#include "tests/benchmarks/bench.h"
#include "tests/benchmarks/bench_coalition.h"

namespace vervet::bench {
namespace {

constexpr absl::Duration kDeadline = absl::Minutes(10);

absl::Status Run(const Options& options, Report* report) {
  // A daily budget is 200,000 evaluations of a type; a round takes new identifiers.
  const size_t lines = options.quick ? 4'000 : 30'000;
  VERVET_ASSIGN_OR_RETURN(const auto coalition, FoundCoalition(options.dir + "/coalition"));
  Line line;
  line.what = absl::StrCat("backfill of ", lines, " e-mail addresses: lines a second");
  line.unit = "/s";
  double hub_seconds = 0;
  for (int round = 0; round < options.rounds; ++round) {
    const std::string path = absl::StrCat(options.dir, "/users", round, ".csv");
    std::ofstream file(path);
    file << "reference,type,value\n";
    for (size_t i = 0; i < lines; ++i) {
      file << "user-" << i << ",email,someone." << round << "." << i << "@mail.example\n";
    }
    file.close();
    const double hub_before = ChildCpuSeconds(coalition->hub().process().pid());
    VERVET_ASSIGN_OR_RETURN(const auto result,
                            coalition->RunMember(kReader, {"backfill", "--csv", path}, kDeadline));
    VERVET_RETURN_IF_ERROR(result.Require());
    hub_seconds += ChildCpuSeconds(coalition->hub().process().pid()) - hub_before;
    line.measured.Add(static_cast<double>(lines) / absl::ToDoubleSeconds(result.took));
  }
  // Both sides share this machine's cores.
  const double hours = 1e9 / line.measured.Median() / 3'600;
  line.note = absl::StrFormat(
      "a billion at that rate: %.0f hours; the hub took %.1f us of processor time a line; an "
      "element "
      "is 64 bytes on the wire, both ways together, before TLS",
      hours, hub_seconds * 1e6 / static_cast<double>(lines) / options.rounds);
  report->Add(std::move(line));
  return absl::OkStatus();
}

const bool registered =
    RegisterRow({"member-backfill", "a file of identifiers through a hub, end to end", Run});

}  // namespace
}  // namespace vervet::bench
