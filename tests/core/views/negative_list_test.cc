#include "core/views/negative_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/core/views/image_maker.h"

namespace vervet::views {
namespace {

using ::testing::SizeIs;

class NegativeListTest : public ::testing::Test {
 protected:
  NegativeListTest() {
    for (const char* party : {"expert/ada", "expert/ben", "expert/cleo", "coordinator/dan"}) {
      Apply(make_.Admit(party));
    }
  }
  void Apply(const log::ParsedEvent& event) {
    roster_.Apply(event);
    list_.Apply(event, roster_);
  }
  void Mark(const std::string& party, uint32_t image, uint32_t radius = 0) {
    Apply(MarkHarmless(make_, party, HashOf(image), radius));
  }
  void Clear(const std::string& party, uint32_t image) {
    Apply(ClearHarmless(make_, party, HashOf(image)));
  }
  const NegativeList::Image* Find(uint32_t image) const {
    return list_.Find(BytesOf(HashOf(image)));
  }
  bool IsHarmless(uint32_t image, int bits = 0) const {
    return list_.IsHarmless(Altered(HashOf(image), bits));
  }

  EventMaker make_;
  Roster roster_;
  NegativeList list_;
};

TEST_F(NegativeListTest, NeedsTwoExperts) {
  Mark("expert/ada", 1);
  EXPECT_FALSE(IsHarmless(1));
  Mark("expert/ada", 1);
  EXPECT_FALSE(IsHarmless(1));
  ASSERT_NE(Find(1), nullptr);
  EXPECT_THAT(Find(1)->marks, SizeIs(1));
  EXPECT_EQ(list_.changed(), 0u);
  Mark("expert/ben", 1);
  EXPECT_TRUE(IsHarmless(1));
  EXPECT_FALSE(IsHarmless(2));
  EXPECT_EQ(list_.marks(), 2u);
  EXPECT_EQ(list_.MarksOf("expert/ada"), 1u);
  EXPECT_EQ(list_.in_force(), 1u);
  EXPECT_GT(list_.changed(), 0u);
}

TEST_F(NegativeListTest, TakesTheLargestRadiusOfThoseWhoStandByTheirMarks) {
  Mark("expert/ada", 1, 5);
  Mark("expert/ben", 1, 9);
  EXPECT_TRUE(IsHarmless(1, 9));
  EXPECT_FALSE(IsHarmless(1, 10));
  Mark("expert/cleo", 1, 20);
  EXPECT_TRUE(IsHarmless(1, 20));
  EXPECT_FALSE(IsHarmless(1, 21));
  Clear("expert/cleo", 1);
  EXPECT_FALSE(IsHarmless(1, 10));
  Mark("expert/ben", 1, 3);
  EXPECT_TRUE(IsHarmless(1, 5));
  EXPECT_FALSE(IsHarmless(1, 6));
}

TEST_F(NegativeListTest, LetsEachExpertTakeBackItsOwnMarkOnly) {
  Mark("expert/ada", 1);
  Mark("expert/ben", 1);
  Clear("expert/cleo", 1);
  EXPECT_TRUE(IsHarmless(1));
  Clear("expert/ada", 1);
  EXPECT_FALSE(IsHarmless(1));
  EXPECT_THAT(Find(1)->marks, SizeIs(1));
  Clear("expert/ben", 1);
  EXPECT_EQ(Find(1), nullptr);
  EXPECT_EQ(list_.marks(), 0u);
  EXPECT_EQ(list_.MarksOf("expert/ada"), 0u);
}

TEST_F(NegativeListTest, LetsACoordinatorTakeBackEverybodys) {
  Mark("expert/ada", 1);
  Mark("expert/ben", 1);
  Mark("expert/ben", 2);
  Clear("coordinator/dan", 1);
  EXPECT_EQ(Find(1), nullptr);
  EXPECT_FALSE(IsHarmless(1));
  EXPECT_EQ(list_.MarksOf("expert/ben"), 1u);
}

TEST_F(NegativeListTest, DoesNotCountASuspendedExpert) {
  Mark("expert/ada", 1, 4);
  Mark("expert/ben", 1, 8);
  Mark("expert/cleo", 1, 6);
  Apply(make_.Suspend("expert/ben"));
  EXPECT_TRUE(IsHarmless(1, 6));
  EXPECT_FALSE(IsHarmless(1, 7));
  Apply(make_.Suspend("expert/cleo"));
  EXPECT_FALSE(IsHarmless(1));
  EXPECT_THAT(Find(1)->marks, SizeIs(3));
  Apply(make_.Reinstate("expert/ben"));
  EXPECT_TRUE(IsHarmless(1, 8));
}

TEST_F(NegativeListTest, DoesNotCountWhoIsNotOnTheRoster) {
  Mark("expert/ada", 1);
  Mark("expert/eve", 1);
  EXPECT_FALSE(IsHarmless(1));
  Apply(make_.Admit("expert/eve"));
  EXPECT_TRUE(IsHarmless(1));
}

TEST_F(NegativeListTest, IgnoresWhatIsNoHash) {
  log::ParsedEvent odd = MarkHarmless(make_, "expert/ada", HashOf(1), 0);
  odd.body.mutable_harmless_image_marked()->set_hash("short");
  Apply(odd);
  EXPECT_EQ(list_.marks(), 0u);
  Clear("expert/ada", 7);
  EXPECT_EQ(list_.marks(), 0u);
}

TEST_F(NegativeListTest, KnowsOfManyWhatItKnowsOfFewWithTheRadiusOfEach) {
  constexpr uint32_t kMany = NegativeList::kLookedThrough + 50;
  for (uint32_t image = 0; image < kMany; ++image) {
    Mark("expert/ada", image, image % 32);
    Mark("expert/ben", image, image % 32);
  }
  const auto harmless_within = [this](uint32_t image, int radius) {
    return IsHarmless(image, radius) && !IsHarmless(image, radius + 1);
  };
  for (uint32_t image = 0; image < kMany; ++image) {
    ASSERT_TRUE(harmless_within(image, static_cast<int>(image % 32))) << image;
  }
  EXPECT_FALSE(IsHarmless(kMany));
  Mark("expert/cleo", 3, 30);
  EXPECT_TRUE(harmless_within(3, 30));
  Clear("expert/cleo", 3);
  EXPECT_TRUE(harmless_within(3, 3));
  Clear("expert/ada", 4);
  EXPECT_FALSE(IsHarmless(4));
  Apply(make_.Suspend("expert/ben"));
  EXPECT_EQ(list_.in_force(), 0u);
  EXPECT_FALSE(IsHarmless(3));
  Apply(make_.Reinstate("expert/ben"));
  const std::vector<bool> harmless =
      list_.AreHarmless({HashOf(3), HashOf(4), Altered(HashOf(40), 8), Altered(HashOf(40), 9)});
  EXPECT_EQ(harmless, (std::vector<bool>{true, false, true, false}));
}

// Beside a model that counts anew each time.
TEST_F(NegativeListTest, IsTheSameAsAPlainCountAfterAnyChanges) {
  std::mt19937_64 random(5);
  std::map<std::pair<uint32_t, std::string>, uint32_t> marks;
  std::set<std::string> suspended;
  for (int i = 0; i < 3'000; ++i) {
    const std::string party =
        std::vector<std::string>{"expert/ada", "expert/ben", "expert/cleo"}[random() % 3];
    const auto image = static_cast<uint32_t>(random() % 12);
    switch (random() % 8) {
      case 0:
        Apply(make_.Suspend(party));
        suspended.insert(party);
        break;
      case 1:
      case 2:
        Apply(make_.Reinstate(party));
        suspended.erase(party);
        break;
      case 3:
        Clear(party, image);
        marks.erase({image, party});
        break;
      default: {
        const auto radius = static_cast<uint32_t>(random() % 32);
        Mark(party, image, radius);
        marks[{image, party}] = radius;
      }
    }
    const auto asked = static_cast<uint32_t>(random() % 12);
    size_t count = 0;
    uint32_t radius = 0;
    for (const auto& [key, one] : marks) {
      if (key.first != asked || suspended.count(key.second) != 0) continue;
      ++count;
      radius = std::max(radius, one);
    }
    ASSERT_EQ(IsHarmless(asked, static_cast<int>(radius)), count >= 2) << "step " << i;
    ASSERT_FALSE(IsHarmless(asked, static_cast<int>(radius) + 1)) << "step " << i;
  }
}

}  // namespace
}  // namespace vervet::views
