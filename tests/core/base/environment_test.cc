#include "core/base/environment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "core/base/manual_environment.h"

namespace vervet {
namespace {

TEST(TimeOrderedId, HasSixteenBytesThatBeginWithTheMilliseconds) {
  ManualEnvironment env(1, absl::FromUnixMillis(0x0123456789AB));
  const std::string id = TimeOrderedId(env);
  ASSERT_EQ(id.size(), 16u);
  EXPECT_EQ(id.substr(0, 6), "\x01\x23\x45\x67\x89\xAB");
}

TEST(TimeOrderedId, SortsByTimeOfMaking) {
  ManualEnvironment env;
  std::vector<std::string> ids;
  for (int i = 0; i < 300; ++i) {
    ids.push_back(TimeOrderedId(env));
    // Over a byte's edge in the milliseconds, where a signed or little-endian encoding would show.
    env.Advance(absl::Milliseconds(1));
  }
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
}

TEST(TimeOrderedId, DiffersWithinOneMillisecond) {
  ManualEnvironment env;
  std::set<std::string> ids;
  for (int i = 0; i < 1'000; ++i) ids.insert(TimeOrderedId(env));
  EXPECT_EQ(ids.size(), 1'000u);
}

TEST(ManualEnvironment, StandsStillUntilTold) {
  ManualEnvironment env(1, absl::FromUnixSeconds(1'000));
  EXPECT_EQ(env.Now(), absl::FromUnixSeconds(1'000));
  EXPECT_EQ(env.Monotonic(), absl::ZeroDuration());
  env.Advance(absl::Seconds(5));
  EXPECT_EQ(env.Now(), absl::FromUnixSeconds(1'005));
  EXPECT_EQ(env.Monotonic(), absl::Seconds(5));
}

TEST(ManualEnvironment, SetsTheWallClockAlone) {
  ManualEnvironment env(1, absl::FromUnixSeconds(1'000));
  env.Advance(absl::Seconds(5));
  env.SetWallClock(absl::FromUnixSeconds(10));
  EXPECT_EQ(env.Now(), absl::FromUnixSeconds(10));
  EXPECT_EQ(env.Monotonic(), absl::Seconds(5));
}

TEST(ManualEnvironment, ReplaysItsRandomnessFromTheSeed) {
  ManualEnvironment a(7), b(7), c(8);
  const std::string first = a.RandomBytes(64);
  EXPECT_EQ(b.RandomBytes(64), first);
  EXPECT_NE(c.RandomBytes(64), first);
  EXPECT_NE(a.RandomBytes(64), first);
}

TEST(SystemEnvironment, HasAClockThatRunsAndRandomBytesThatDiffer) {
  Environment& env = *Environment::System();
  EXPECT_GT(env.Now(), absl::FromUnixSeconds(1'600'000'000));
  const absl::Duration before = env.Monotonic();
  EXPECT_NE(env.RandomBytes(32), env.RandomBytes(32));
  EXPECT_GE(env.Monotonic(), before);
  EXPECT_EQ(env.RandomBytes(0), "");
}

}  // namespace
}  // namespace vervet
