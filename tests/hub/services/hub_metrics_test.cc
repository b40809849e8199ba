#include "hub/services/hub_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace vervet::hub {
namespace {

using ::testing::Contains;
using ::testing::Pair;

// What operators' scripts read in the log keeps its names.
TEST(HubMetrics, StandInTheLogWithoutTheirPrefixAndWithTheirLabelsBehindASlash) {
  HubMetrics metrics;
  metrics.rpcs.Add({"Publish", "OK"}, 3);
  metrics.refused_at_the_door.Add({"UNAUTHENTICATED"});
  metrics.evaluated_elements.Add(256);
  metrics.rpc_seconds.With({"Publish"}).Observe(absl::Milliseconds(3));
  const auto counters = metrics.CountersForLog();
  EXPECT_THAT(counters, Contains(Pair("rpc_total/Publish OK", 3)));
  EXPECT_THAT(counters, Contains(Pair("refused_at_the_door_total/UNAUTHENTICATED", 1)));
  EXPECT_THAT(counters, Contains(Pair("evaluated_elements_total", 256)));
  EXPECT_THAT(counters, Contains(Pair("sync_data_loss_total", 0)));
  for (const auto& [name, count] : counters) {
    EXPECT_NE(name.find("_total"), std::string::npos) << name << " is no counter";
  }
}

}  // namespace
}  // namespace vervet::hub
