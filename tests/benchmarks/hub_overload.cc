// Ten times more callers than the hub's queues take: what they are told and how soon, what that
// costs the hub, and what becomes of those who were let in. In short turns, beside callers whom no
// queue refuses: the disk's pace changes within seconds. Hub and callers have cores of their own,
// so that a turn shows what the crowd costs the hub, and not what it costs the callers' process.
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "core/base/environment.h"
#include "core/base/status_macros.h"
#include "tests/benchmarks/bench.h"
#include "tests/benchmarks/hub_load.h"
#include "tests/integration/coalition_fixture.h"
#include "tests/integration/publish_load.h"

namespace vervet::bench {
namespace {

using integration::Answered;
using integration::Manners;

constexpr size_t kQueue =
    256;  // limits.work_queue, the first that a publication meets: its default
constexpr size_t kAtEase = 64;  // callers whom no queue refuses
constexpr size_t kCrowd = 10 * kQueue;
constexpr size_t kConnections = 32;
// Until those who all came at once are spread over the time in which the hub asks them back.
constexpr absl::Duration kWarmUp = absl::Seconds(1);

// What a crowd met in one turn.
struct Turn {
  double seconds = 0;
  double admitted = 0;  // in these seconds, as the next two
  double cpu_s = 0;     // of the hub
  std::vector<absl::Duration> refused;
  std::vector<absl::Duration> refused_at_first;  // of those who all came at once, before

  double admitted_per_s() const { return admitted / seconds; }
  double admitted_per_cpu_s() const { return admitted / cpu_s; }
};

absl::Status Sort(const std::vector<Answered>& answers, absl::Duration begun, absl::Duration from,
                  absl::Duration to, Turn* turn) {
  for (const Answered& answered : answers) {
    const bool refused = absl::IsResourceExhausted(answered.status);
    if (!refused && !answered.status.ok()) return answered.status;
    if (refused && answered.at - answered.took < begun + absl::Milliseconds(200)) {
      turn->refused_at_first.push_back(answered.took);
    }
    if (answered.at < from || answered.at >= to) continue;
    if (refused) {
      turn->refused.push_back(answered.took);
    } else {
      ++turn->admitted;
    }
  }
  return absl::OkStatus();
}

class Door {
 public:
  Door(int hub_pid, integration::PublishLoad* load, absl::Duration window)
      : hub_pid_(hub_pid), load_(load), window_(window) {}

  absl::StatusOr<Turn> Take(size_t callers, Manners manners) {
    std::vector<Answered> answers;
    const absl::Duration begun = Now();
    std::thread crowd([&] {
      answers = load_->Run(callers, kWarmUp + window_ + absl::Milliseconds(100), manners);
    });
    absl::SleepFor(kWarmUp);
    const absl::Duration from = Now();
    const double cpu_before = ChildCpuSeconds(hub_pid_);
    absl::SleepFor(window_);
    const absl::Duration to = Now();
    Turn turn;
    turn.cpu_s = ChildCpuSeconds(hub_pid_) - cpu_before;
    turn.seconds = absl::ToDoubleSeconds(to - from);
    crowd.join();
    VERVET_RETURN_IF_ERROR(Sort(answers, begun, from, to, &turn));
    if (turn.admitted == 0 || turn.cpu_s <= 0) return absl::InternalError("nobody was let in");
    return turn;
  }

 private:
  static absl::Duration Now() { return Environment::System()->Monotonic(); }

  const int hub_pid_;
  integration::PublishLoad* const load_;
  const absl::Duration window_;
};

struct Lines {
  Line through, per_cpu, refusal, p99, p99_at_first, impatient;
};

// One turn of each kind.
absl::Status CompareCrowd(Door& door, Lines* lines, double* refusals_per_s) {
  VERVET_ASSIGN_OR_RETURN(const Turn ease, door.Take(kAtEase, Manners::kLikeTheSdk));
  VERVET_ASSIGN_OR_RETURN(const Turn crowd, door.Take(kCrowd, Manners::kLikeTheSdk));
  if (crowd.refused_at_first.empty()) {
    return absl::InternalError("nobody was refused: no overload");
  }
  lines->through.measured.Add(crowd.admitted_per_s());
  lines->through.floor.Add(ease.admitted_per_s());
  lines->per_cpu.measured.Add(crowd.admitted_per_cpu_s());
  lines->per_cpu.floor.Add(ease.admitted_per_cpu_s());
  if (!crowd.refused.empty()) {
    lines->p99.measured.Add(absl::ToDoubleMilliseconds(integration::P99(crowd.refused)));
  }
  lines->p99_at_first.measured.Add(
      absl::ToDoubleMilliseconds(integration::P99(crowd.refused_at_first)));
  *refusals_per_s += static_cast<double>(crowd.refused.size()) / crowd.seconds;
  return absl::OkStatus();
}

// After all of the others: it leaves turns behind for which they would have to wait.
absl::Status CompareStorm(Door& door, Lines* lines, double* refusals_per_s) {
  VERVET_ASSIGN_OR_RETURN(const Turn ease, door.Take(kAtEase, Manners::kLikeTheSdk));
  VERVET_ASSIGN_OR_RETURN(const Turn storm, door.Take(kCrowd, Manners::kComeBackAtOnce));
  if (storm.refused.empty()) return absl::InternalError("nobody was refused: no overload");
  // What the storm cost beyond its admissions, were each as dear as one at ease.
  const double admission_s = 1 / ease.admitted_per_cpu_s();
  const auto refused = static_cast<double>(storm.refused.size());
  lines->refusal.measured.Add((storm.cpu_s - storm.admitted * admission_s) / refused * 1e6);
  lines->refusal.floor.Add(admission_s * 1e6);
  lines->impatient.measured.Add(storm.admitted_per_s());
  lines->impatient.floor.Add(ease.admitted_per_s());
  *refusals_per_s += refused / storm.seconds;
  return absl::OkStatus();
}

absl::Status Run(const Options& options, Report* report) {
  // Queues that the callers fill: with the default of 4,096 nothing would be refused for long.
  integration::TestCoalition coalition(
      integration::WithHubConfig("limits { append_queue: 256 work_queue: 256 }\n"));
  integration::RawClient market = coalition.As("market");
  VERVET_ASSIGN_OR_RETURN(
      const auto request,
      integration::GoodPublishRequest(market, "overload@example.com", integration::kEverybody));
  integration::PublishLoad load(
      Callers(coalition.hub().address(), coalition->tls_of("market"), kConnections), request);
  const int hub_pid = coalition.hub().process().pid();
  Turn ignored;
  VERVET_RETURN_IF_ERROR(Sort(load.Burst(kConnections), {}, {}, {}, &ignored));
  const SeparateCores cores(hub_pid);

  Door door(hub_pid, &load, absl::Seconds(options.quick ? 1 : 2));
  const int turns = options.rounds * (options.quick ? 2 : 4);
  Lines lines;
  double refusals_per_s[2] = {0, 0};
  for (int turn = 0; turn < turns; ++turn) {
    VERVET_RETURN_IF_ERROR(CompareCrowd(door, &lines, &refusals_per_s[0]));
  }
  for (int turn = 0; turn < options.rounds; ++turn) {
    VERVET_RETURN_IF_ERROR(CompareStorm(door, &lines, &refusals_per_s[1]));
  }

  const std::string at_ease =
      absl::StrCat("the same hub with ", kAtEase, " callers, none of whom is refused");
  lines.through.what = absl::StrCat("publications let in beside ", kCrowd, " callers");
  lines.through.unit = lines.per_cpu.unit = lines.impatient.unit = "/s";
  lines.through.floor_is = lines.per_cpu.floor_is = lines.impatient.floor_is = at_ease;
  lines.through.target = Target::RatioAtLeast(0.9);
  lines.through.note = absl::StrFormat(
      "%d turns of %d s each; %d connections; who is refused waits as the SDK does: %.0f "
      "refusals a second; %s",
      turns, options.quick ? 1 : 2, static_cast<int>(kConnections), refusals_per_s[0] / turns,
      cores.Describe());
  lines.per_cpu.what = "the same, a second of the hub's processor time";
  lines.refusal.what = "a refusal, processor time of the hub";
  lines.refusal.unit = "us";
  lines.refusal.floor_is = "what an admitted publication costs the hub at ease";
  lines.refusal.note = absl::StrFormat(
      "from the turns in which who is refused comes back at once: %.0f refusals a second",
      refusals_per_s[1] / options.rounds);
  lines.p99.what = "a refusal, p99, as the callers see it";
  lines.p99_at_first.what = absl::StrCat("the same, when all ", kCrowd, " come at once");
  lines.p99.unit = lines.p99_at_first.unit = "ms";
  lines.impatient.what = "publications let in where nobody waits as told";
  for (Line* line : {&lines.through, &lines.per_cpu, &lines.refusal, &lines.p99,
                     &lines.p99_at_first, &lines.impatient}) {
    report->Add(std::move(*line));
  }
  return absl::OkStatus();
}

const bool registered =
    RegisterRow({"hub-overload", "ten times more publishers than the hub's queues take", &Run});

}  // namespace
}  // namespace vervet::bench
