// Does the 95% interval contain the truth? Two thousand made-up coalitions, a hundred of each
// scenario, each surveyed as many times as there are rounds. What is measured is a property of the
// method and not of the machine: the same numbers come out everywhere.
#include <string>

#include "tests/benchmarks/bench.h"
#include "tests/hub/views/progress/made_up_coalition.h"

namespace vervet::bench {
namespace {

namespace progress = hub::progress;

constexpr int kCoalitions = 100;  // of each scenario
constexpr int kQuickCoalitions = 5;
constexpr size_t kDraws = 1000;

Line LineOf(const std::string& name, const progress::Coverage& coverage, Target target) {
  Line line;
  line.what = "coverage: " + name;
  line.unit = "%";
  line.measured.Add(100 * coverage.share());
  line.target = target;
  return line;
}

absl::Status Run(const Options& options, Report* report) {
  const int coalitions = options.quick ? kQuickCoalitions : kCoalitions;
  progress::Coverage all;
  for (const progress::Scenario& scenario : progress::Scenarios()) {
    report->Progress(scenario.name);
    const progress::Coverage coverage =
        progress::Simulate(scenario, 0, coalitions, options.rounds, kDraws);
    report->Add(
        LineOf(scenario.name, coverage, options.quick ? Target::None() : Target::AtLeast(90)));
    all.Add(coverage);
  }
  report->Add(LineOf("all scenarios, not too low", all, Target::AtLeast(93)));
  Line high = LineOf("all scenarios, not too high", all, Target::AtMost(97));
  high.note = std::to_string(all.intervals()) + " intervals; " + std::to_string(all.none) +
              " times none could be given";
  report->Add(std::move(high));
  return absl::OkStatus();
}

const bool registered = RegisterRow(
    {"progress-coverage", "how often the reduction's interval contains a made-up truth", Run});

}  // namespace
}  // namespace vervet::bench
