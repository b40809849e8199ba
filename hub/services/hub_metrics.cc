#include "hub/services/hub_metrics.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace vervet::hub {

std::vector<std::pair<std::string, int64_t>> HubMetrics::CountersForLog() const {
  std::vector<std::pair<std::string, int64_t>> counters;
  for (const MetricFamily* family : all) {
    const auto* counter = dynamic_cast<const CounterFamily*>(family);
    if (counter == nullptr) continue;
    const std::string name(absl::StripPrefix(family->name(), "vervet_hub_"));
    counter->ForEach([&](const std::vector<std::string>& values, uint64_t count) {
      counters.emplace_back(
          values.empty() ? name : absl::StrCat(name, "/", absl::StrJoin(values, " ")),
          static_cast<int64_t>(count));
    });
  }
  return counters;
}

}  // namespace vervet::hub
