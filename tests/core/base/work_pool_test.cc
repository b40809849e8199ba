#include "core/base/work_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/core/base/gate.h"

namespace vervet {
namespace {

// Keeps the pool's only thread busy until `release` opens; returns once it is.
void Occupy(WorkPool& pool, Gate& release) {
  Gate busy;
  ASSERT_TRUE(pool.TrySubmit([&] {
    busy.Open();
    EXPECT_TRUE(release.Pass());
  }));
  ASSERT_TRUE(busy.Pass());
}

TEST(WorkPool, RunsWhatItAccepts) {
  std::atomic<int> ran{0};
  WorkPool pool("test", 3, 100);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(pool.TrySubmit([&] { ++ran; }));
  pool.Stop();
  EXPECT_EQ(ran, 100);
}

TEST(WorkPool, RefusesTheTaskOnePastItsCapacity) {
  std::atomic<int> ran{0};
  Gate release;
  WorkPool pool("test", 1, 4);
  Occupy(pool, release);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(pool.TrySubmit([&] { ++ran; })) << i;
  EXPECT_FALSE(pool.TrySubmit([&] { ran += 1'000; }));
  EXPECT_EQ(pool.queue_capacity(), 4u);
  release.Open();
  pool.Stop();
  EXPECT_EQ(ran, 4);
}

TEST(WorkPool, AcceptsAgainWhenTheQueueHasDrained) {
  Gate release, drained;
  WorkPool pool("test", 1, 1);
  Occupy(pool, release);
  ASSERT_TRUE(pool.TrySubmit([&] { drained.Open(); }));
  ASSERT_FALSE(pool.TrySubmit([] {}));
  release.Open();
  ASSERT_TRUE(drained.Pass());
  EXPECT_TRUE(pool.TrySubmit([] {}));
}

TEST(WorkPool, RunsWhatIsQueuedBeforeItStops) {
  std::atomic<int> ran{0};
  Gate release;
  auto pool = std::make_unique<WorkPool>("test", 1, 50);
  Occupy(*pool, release);
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(pool->TrySubmit([&] { ++ran; }));
  std::thread opener([&] { release.Open(); });
  pool.reset();
  opener.join();
  EXPECT_EQ(ran, 50);
}

TEST(WorkPool, RefusesAfterStop) {
  bool ran = false;
  WorkPool pool("a name longer than fifteen bytes", 2, 10);
  pool.Stop();
  pool.Stop();
  EXPECT_FALSE(pool.TrySubmit([&] { ran = true; }));
  EXPECT_FALSE(ran);
}

TEST(WorkPool, MayBeStoppedByTwoThreadsAtOnce) {
  std::atomic<int> ran{0};
  WorkPool pool("test", 2, 100);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(pool.TrySubmit([&] { ++ran; }));
  std::thread other([&] { pool.Stop(); });
  pool.Stop();
  other.join();
  EXPECT_EQ(ran, 100);
}

TEST(WorkPool, CountsEveryTaskOfManySubmittersOnce) {
  constexpr int kThreads = 4, kEach = 500;
  std::atomic<int> ran{0}, accepted{0};
  {
    WorkPool pool("test", 2, 16);
    std::vector<std::thread> submitters;
    for (int t = 0; t < kThreads; ++t) {
      submitters.emplace_back([&] {
        for (int i = 0; i < kEach; ++i) accepted += pool.TrySubmit([&] { ++ran; });
      });
    }
    for (std::thread& submitter : submitters) submitter.join();
  }
  EXPECT_EQ(ran, accepted);
  EXPECT_GT(accepted, 0);
}

}  // namespace
}  // namespace vervet
