#include "hub/services/sync_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace vervet::hub {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SyncMemoryTest : public ::testing::Test {
 protected:
  bool Take(size_t bytes, const std::string& name) {
    return memory_.Take(bytes, IdOf(name), [this, name] { called_.push_back(name); });
  }
  const void* IdOf(const std::string& name) { return &*names_.insert(name).first; }

  SyncMemory memory_{100};
  std::vector<std::string> called_;
  std::set<std::string> names_;
};

TEST_F(SyncMemoryTest, GivesAllOfItAndNotAByteMore) {
  EXPECT_TRUE(Take(60, "a"));
  EXPECT_TRUE(Take(40, "b"));
  EXPECT_EQ(memory_.taken_bytes(), 100u);
  EXPECT_EQ(memory_.free_bytes(), 0u);
  EXPECT_FALSE(Take(1, "c"));
  EXPECT_EQ(memory_.taken_bytes(), 100u);
  EXPECT_EQ(memory_.wanted_bytes(), 1u);
  EXPECT_THAT(called_, IsEmpty());
}

TEST_F(SyncMemoryTest, CallsThoseForWhomThereIsRoomTheOldestFirst) {
  ASSERT_TRUE(Take(100, "a"));
  ASSERT_FALSE(Take(30, "b"));
  ASSERT_FALSE(Take(40, "c"));
  ASSERT_FALSE(Take(50, "d"));
  memory_.GiveBack(20);
  EXPECT_THAT(called_, IsEmpty());
  memory_.GiveBack(50);
  EXPECT_THAT(called_, ElementsAre("b", "c"));
  EXPECT_EQ(memory_.wanted_bytes(), 50u);
  EXPECT_EQ(memory_.taken_bytes(), 30u) << "who is called still has to take";
}

// A stream that ended while it waited leaves its turn unused.
TEST_F(SyncMemoryTest, CallsTheNextWhereATurnWasNotTaken) {
  ASSERT_TRUE(Take(100, "a"));
  ASSERT_FALSE(Take(100, "b"));
  ASSERT_FALSE(Take(100, "c"));
  memory_.GiveBack(100);
  EXPECT_THAT(called_, ElementsAre("b"));
  memory_.GiveBack(0);
  EXPECT_THAT(called_, ElementsAre("b", "c"));
}

TEST_F(SyncMemoryTest, ForgetsThoseWhoHaveGone) {
  ASSERT_TRUE(Take(100, "a"));
  ASSERT_FALSE(Take(70, "b"));
  ASSERT_FALSE(Take(30, "c"));
  memory_.Forget(IdOf("b"));
  EXPECT_EQ(memory_.wanted_bytes(), 30u) << "nobody is cut off for the sake of one who has gone";
  memory_.GiveBack(30);
  EXPECT_THAT(called_, ElementsAre("c"));
  memory_.Forget(IdOf("a"));
  EXPECT_EQ(memory_.taken_bytes(), 70u) << "what somebody has taken is not given back by that";
}

TEST_F(SyncMemoryTest, MayBeTakenFromWithinACall) {
  ASSERT_TRUE(Take(100, "a"));
  bool taken = false;
  ASSERT_FALSE(memory_.Take(80, this, [&] { taken = memory_.Take(80, this, [] {}); }));
  memory_.GiveBack(100);
  EXPECT_TRUE(taken);
  EXPECT_EQ(memory_.taken_bytes(), 80u);
}

}  // namespace
}  // namespace vervet::hub
