// Durable publications, 64 in flight, beside a handler that does nothing but enqueue into the same
// group commit.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "examples/coalition/binaries.h"
#include "tests/benchmarks/bench.h"
#include "tests/benchmarks/bench_coalition.h"
#include "tests/benchmarks/hub_load.h"

namespace vervet::bench {
namespace {

constexpr size_t kInFlight = 64;
constexpr size_t kConnections = 4;
constexpr int kSignatures = 3;

// vervet-bench-floor, on the certificates of the coalition's hub.
absl::StatusOr<std::unique_ptr<coalition::Process>> StartFloor(const std::string& dir,
                                                               const coalition::TlsPaths& tls,
                                                               std::string* address) {
  VERVET_ASSIGN_OR_RETURN(const std::string program, coalition::BuiltProgram("vervet-bench-floor"));
  coalition::ProcessOptions options;
  options.argv = {program, dir + "/floor.db", tls.certificate, tls.private_key, tls.ca};
  VERVET_ASSIGN_OR_RETURN(auto process, coalition::Process::Start(options));
  constexpr absl::string_view kListening = "listening ";
  VERVET_ASSIGN_OR_RETURN(const auto line, process->WaitForLine(
                                               coalition::Process::Stream::kOutput,
                                               [&](absl::string_view text) {
                                                 return absl::StartsWith(text, kListening);
                                               },
                                               absl::Seconds(30)));
  *address = line.text.substr(kListening.size());
  return process;
}

absl::Status Run(const Options& options, Report* report) {
  VERVET_ASSIGN_OR_RETURN(const auto coalition, FoundCoalition(options.dir + "/coalition"));
  std::string floor_address;
  VERVET_ASSIGN_OR_RETURN(const auto floor,
                          StartFloor(options.dir, coalition->tls_of("hub"), &floor_address));
  const coalition::TlsPaths& tls = coalition->tls_of(kPublisher);
  const auto to_hub = Callers(coalition->hub().address(), tls, kConnections);
  const auto to_floor = Callers(floor_address, tls, kConnections);
  const size_t calls = options.quick ? 1'000 : 20'000;
  MadeUp random(7);
  Line line, cpu;
  const auto side = [&](const auto& callers, int pid, Samples* rate, Samples* cost) {
    const auto requests = MadeUpPublications(&random, calls, kSignatures);
    const double before = ChildCpuSeconds(pid);
    double per_second = 0;
    VERVET_RETURN_IF_ERROR(PublishAll(requests, kInFlight, callers, &per_second));
    rate->Add(per_second);
    cost->Add((ChildCpuSeconds(pid) - before) / static_cast<double>(calls) * 1e6);
    return absl::OkStatus();
  };
  VERVET_RETURN_IF_ERROR(Interleave(
      options.rounds, {[&] {
                         return side(to_hub, coalition->hub().process().pid(), &line.measured,
                                     &cpu.measured);
                       },
                       [&] { return side(to_floor, floor->pid(), &line.floor, &cpu.floor); }}));
  line.what = "durable Publish, 64 in flight";
  line.unit = "/s";
  line.floor_is =
      "the same requests to a handler that checks and derives nothing, enqueues the same rows into "
      "the same appender and store, and answers after the same commit";
  line.target = Target::RatioAtLeast(0.8);
  line.note = absl::StrCat("records with ", kSignatures, " signatures, ", kConnections,
                           " connections; load generator, hub and disk share the machine");
  cpu.what = "the same: the server's processor time a publication";
  cpu.unit = "us";
  report->Add(std::move(line));
  report->Add(std::move(cpu));
  return absl::OkStatus();
}

const bool registered =
    RegisterRow({"hub-publish", "durable publications a second, 64 in flight", Run});

}  // namespace
}  // namespace vervet::bench
