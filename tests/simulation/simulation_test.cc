// Thousands of coalitions, each from one seed. VERVET_SIMULATION_SEEDS says how many (default 200),
// VERVET_SIMULATION_FIRST with which to begin, and VERVET_SIMULATION_SEED replays one and prints
// its steps.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/simulation/world.h"

namespace vervet::simulation {
namespace {

constexpr uint64_t kSeeds = 200;
constexpr size_t kShownLines = 60;
constexpr int kShownFailures = 5;

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  uint64_t value = otherwise;
  if (text != nullptr && !absl::SimpleAtoi(text, &value)) ADD_FAILURE() << name << " is no number";
  return value;
}

std::string LastLines(const World& world) {
  std::string out;
  const auto& trace = world.trace();
  for (size_t i = trace.size() > kShownLines ? trace.size() - kShownLines : 0; i < trace.size();
       ++i) {
    absl::StrAppend(&out, "  ", trace[i], "\n");
  }
  return out;
}

void Report(uint64_t seed, const World& world) {
  ADD_FAILURE() << "seed " << seed << ": " << world.violations().front()
                << "\nreplay: VERVET_SIMULATION_SEED=" << seed
                << " vervet_simulation_test\nthe last steps:\n"
                << LastLines(world);
}

TEST(Simulation, KeepsEveryPromiseFromEverySeed) {
  if (std::getenv("VERVET_SIMULATION_SEED") != nullptr) {
    const uint64_t seed = FromEnvironment("VERVET_SIMULATION_SEED", 0);
    World world(seed);
    world.PrintSteps();
    if (!world.Run()) Report(seed, world);
    return;
  }
  const uint64_t first = FromEnvironment("VERVET_SIMULATION_FIRST", 1);
  const uint64_t seeds = FromEnvironment("VERVET_SIMULATION_SEEDS", kSeeds);
  std::map<std::string, uint64_t> counts;
  int failures = 0;
  for (uint64_t seed = first; seed < first + seeds && failures < kShownFailures; ++seed) {
    World world(seed);
    if (!world.Run()) {
      Report(seed, world);
      ++failures;
    }
    for (const auto& [what, count] : world.counts()) counts[what] += count;
  }
  if (std::getenv("VERVET_SIMULATION_SEEDS") != nullptr) {
    for (const auto& [what, count] : counts) {
      std::printf("%8llu %s\n", static_cast<unsigned long long>(count), what.c_str());
    }
  }
  if (failures != 0 || seeds < kSeeds) return;
  // It tried what it is for.
  for (const char* what : {"RECORD_PUBLISHED",
                           "RECORD_RETRACTED",
                           "RECORD_EXPIRED",
                           "OPINION_GIVEN",
                           "DISPUTE_ANSWERED",
                           "RECORD_PAUSED",
                           "RECORD_RESUMED",
                           "SIGHTING_REPORTED",
                           "SIGHTINGS_COUNTED",
                           "REMEDY_ACKNOWLEDGED",
                           "RECORD_ERASED",
                           "CANARY_MARKED",
                           "MEMBER_SUSPENDED",
                           "MEMBER_REINSTATED",
                           "GROUP_LEFT",
                           "acknowledged",
                           "answered again",
                           "refused",
                           "evaluated",
                           "matches",
                           "reported matches",
                           "level members",
                           "equal pairs",
                           "erasures looked for",
                           "certificates rotated",
                           "member crashes",
                           "hub crashes",
                           "hub failures",
                           "disk faults",
                           "restored backups refused",
                           "clocks refused",
                           "pauses reviewed"}) {
    EXPECT_GT(counts[what], seeds / 20) << what;
  }
}

std::deque<std::string> TraceOf(uint64_t seed) {
  World world(seed);
  world.Run();
  return world.trace();
}

TEST(Simulation, ReplaysASeedStepByStep) {
  const auto trace = TraceOf(7);
  EXPECT_GT(trace.size(), 100u);
  EXPECT_EQ(trace, TraceOf(7));
  EXPECT_NE(trace, TraceOf(8));
}

}  // namespace
}  // namespace vervet::simulation
