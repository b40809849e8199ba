#include "hub/engine/negative_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/image_limits.h"
#include "core/base/wire_limits.h"
#include "core/net/retry_after.h"
#include "tests/hub/engine/images_fixture.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
using ::testing::ElementsAre;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;
constexpr auto kNotFound = absl::StatusCode::kNotFound;

class NegativeListTest : public ImagesEngineTest {
 protected:
  v1::ListHarmlessResponse List(uint32_t limit = 0, const std::string& after = "") {
    v1::ListHarmlessRequest request;
    request.set_limit(limit);
    request.set_after_hash(after);
    v1::ListHarmlessResponse response;
    const absl::Status status = ListHarmless(request, state_, &response);
    EXPECT_TRUE(status.ok()) << status;
    return response;
  }
  // Into the state alone: `count` marks of one expert, of images that no test names.
  void FoldMarks(const std::string& party, size_t count, absl::Time when = absl::UnixEpoch()) {
    std::vector<StoredEventPtr> events;
    for (size_t i = 0; i < count; ++i) {
      auto event = std::make_shared<StoredEvent>();
      auto& marked = *event->parsed.body.mutable_harmless_image_marked();
      std::string hash(32, '\xff');
      const std::string number = absl::StrCat(folded_++);
      std::copy(number.begin(), number.end(), hash.begin());
      marked.set_hash(hash);
      marked.set_party(party);
      event->parsed.header.set_time_us(absl::ToUnixMicros(when));
      events.push_back(std::move(event));
    }
    state_.Apply(events);
  }
  size_t folded_ = 0;
};

TEST_F(NegativeListTest, TellsEverybodyOfAMarkAndIsInForceWithTheSecond) {
  const auto first = Mark("expert/ada", 1, 8);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_FALSE(InForce(1));
  const auto event = EventAt(first->sequence);
  EXPECT_EQ(AudienceOf(*event), kEverybody);
  const auto& marked = event->parsed.body.harmless_image_marked();
  EXPECT_EQ(marked.hash(), Hash(1));
  EXPECT_EQ(marked.radius(), 8u);
  EXPECT_EQ(marked.description(), "an elephant by a river");
  EXPECT_EQ(marked.party(), "expert/ada");
  ASSERT_TRUE(Mark("expert/ben", 1, 12).ok());
  EXPECT_TRUE(InForce(1));
}

TEST_F(NegativeListTest, GivesARetryTheFirstAnswerAndKeepsAMarkThatSaysTheSame) {
  const v1::MarkHarmlessRequest request = Marking(1, 8);
  const auto first = Run(MarkHarmlessCommand("expert/ada", request));
  ASSERT_TRUE(first.ok()) << first.status();
  const uint64_t size = LogSize();
  EXPECT_EQ(Run(MarkHarmlessCommand("expert/ada", request))->sequence, first->sequence);
  EXPECT_EQ(Mark("expert/ada", 1, 8)->sequence, first->sequence);
  EXPECT_EQ(LogSize(), size);
  v1::MarkHarmlessRequest other = request;
  other.set_radius(9);
  EXPECT_THAT(Run(MarkHarmlessCommand("expert/ada", other)),
              FailsWith(absl::StatusCode::kAlreadyExists, "request_id: "));
  EXPECT_GT(Mark("expert/ada", 1, 9)->sequence, first->sequence) << "another radius replaces it";
  ASSERT_EQ(List().images_size(), 1);
  EXPECT_EQ(List().images(0).marks_size(), 1);
  EXPECT_EQ(List().images(0).marks(0).radius(), 9u);
}

TEST_F(NegativeListTest, LetsAnExpertTakeBackItsOwnMarkAndACoordinatorEverybodys) {
  ASSERT_TRUE(Mark("expert/ada", 1).ok());
  ASSERT_TRUE(Mark("expert/ben", 1).ok());
  EXPECT_THAT(Clear("expert/cleo", 1), FailsWith(kNotFound, "hash: the caller has no mark"));
  const auto cleared = Clear("expert/ada", 1);
  ASSERT_TRUE(cleared.ok()) << cleared.status();
  EXPECT_EQ(AudienceOf(*EventAt(cleared->sequence)), kEverybody);
  EXPECT_FALSE(InForce(1));
  EXPECT_EQ(List().images(0).marks_size(), 1);
  EXPECT_THAT(Clear("expert/ada", 1), FailsWith(kNotFound, "hash: "));
  ASSERT_TRUE(Mark("expert/ada", 1).ok());
  EXPECT_TRUE(InForce(1));
  ASSERT_TRUE(Clear("coordinator/anna", 1).ok());
  EXPECT_FALSE(InForce(1));
  EXPECT_EQ(List().images_size(), 0);
  EXPECT_THAT(Clear("coordinator/anna", 1), FailsWith(kNotFound, "nobody has marked"));
}

TEST_F(NegativeListTest, AppendsOnceForTwoClearancesInOneBurst) {
  ASSERT_TRUE(Mark("expert/ada", 1).ok());
  const int one = Begin(ClearHarmlessCommand("expert/ada", Clearing(1)));
  const int other = Begin(ClearHarmlessCommand("expert/ada", Clearing(1)));
  EXPECT_TRUE(answers_.Of(one).ok());
  EXPECT_THAT(answers_.Of(other), FailsWith(kNotFound, "hash: "));
}

TEST_F(NegativeListTest, CountsNoMarkOfASuspendedExpertAndTakesNone) {
  ASSERT_TRUE(Mark("expert/ada", 1).ok());
  ASSERT_TRUE(Mark("expert/ben", 1).ok());
  Suspend("expert/ben");
  EXPECT_FALSE(InForce(1));
  EXPECT_THAT(Mark("expert/ben", 2),
              FailsWith(absl::StatusCode::kPermissionDenied, "not an active party"));
  EXPECT_THAT(Clear("expert/ben", 1),
              FailsWith(absl::StatusCode::kPermissionDenied, "not an active party"));
}

TEST_F(NegativeListTest, RefusesEachThingThatIsWrongByItsName) {
  struct MarkCase {
    std::function<void(v1::MarkHarmlessRequest&)> change;
    const char* words;
  };
  const uint64_t size = LogSize();
  for (const MarkCase& one : std::vector<MarkCase>{
           {[](auto& r) { r.clear_request_id(); }, "request_id: "},
           {[](auto& r) { r.clear_hash(); }, "hash: has 0"},
           {[](auto& r) { r.mutable_hash()->push_back('h'); }, "hash: has 33"},
           {[](auto& r) { r.set_radius(32); }, "radius: is 32; at most 31"},
           {[](auto& r) { r.clear_description(); }, "description: is empty"},
           {[](auto& r) { r.set_description(std::string(513, 'x')); }, "description: has 513"},
           {[](auto& r) { r.set_description("\033[2J"); }, "control character"}}) {
    v1::MarkHarmlessRequest request = Marking(1);
    one.change(request);
    EXPECT_THAT(Run(MarkHarmlessCommand("expert/ada", request)), FailsWith(kInvalid, one.words));
  }
  struct ClearCase {
    std::function<void(v1::ClearHarmlessRequest&)> change;
    const char* words;
  };
  for (const ClearCase& one : std::vector<ClearCase>{
           {[](auto& r) { r.clear_request_id(); }, "request_id: "},
           {[](auto& r) { r.set_hash("short"); }, "hash: has 5"},
           {[](auto& r) { r.clear_reason(); }, "reason: is empty"},
           {[](auto& r) { r.set_reason(std::string(513, 'x')); }, "reason: has 513"}}) {
    v1::ClearHarmlessRequest request = Clearing(1);
    one.change(request);
    EXPECT_THAT(Run(ClearHarmlessCommand("expert/ada", request)), FailsWith(kInvalid, one.words));
  }
  EXPECT_EQ(LogSize(), size);
  v1::MarkHarmlessRequest longest = Marking(1, kMaxHashRadius);
  longest.set_description(std::string(kMaxHarmlessDescriptionBytes, 'x'));
  EXPECT_TRUE(Run(MarkHarmlessCommand("expert/ada", longest)).ok());
}

TEST_F(NegativeListTest, TakesSoManyMarksOfOneExpertAndNotOneMore) {
  FoldMarks("expert/ada", kMaxHarmlessMarksByExpert - 1);
  ASSERT_TRUE(Mark("expert/ada", 1).ok());
  EXPECT_THAT(Mark("expert/ada", 2), FailsWith(kPrecondition, "10000, the limit for one expert"));
  EXPECT_TRUE(Mark("expert/ada", 1, 3).ok()) << "a mark that stands may change";
  EXPECT_TRUE(Mark("expert/ben", 2).ok()) << "another expert's are its own";
  ASSERT_TRUE(Clear("expert/ada", 1).ok());
  EXPECT_TRUE(Mark("expert/ada", 2).ok());
}

TEST_F(NegativeListTest, TakesSoManyMarksInAllAndNotOneMore) {
  for (size_t i = 0; i < kMaxHarmlessMarks / kMaxHarmlessMarksByExpert; ++i) {
    FoldMarks(absl::StrCat("expert/of-many-", i), kMaxHarmlessMarksByExpert - (i == 0 ? 1 : 0));
  }
  ASSERT_TRUE(Mark("expert/ada", 1).ok());
  EXPECT_THAT(Mark("expert/ben", 2), FailsWith(kPrecondition, "has 100000 marks, its limit"));
  EXPECT_TRUE(Mark("expert/ada", 1, 3).ok());
}

// Marking and clearing one hash again and again would fill the log.
TEST_F(NegativeListTest, TakesSoManyMarksOfOneExpertADayThoseThatWereTakenBackToo) {
  constexpr auto kExhausted = absl::StatusCode::kResourceExhausted;
  constexpr size_t kADay = views::NegativeList::kMaxMarksADay;
  FoldMarks("expert/ada", kADay - 2, env_.Now());
  ASSERT_TRUE(Mark("expert/ada", 1).ok());
  ASSERT_TRUE(Clear("expert/ada", 1).ok());
  ASSERT_TRUE(Mark("expert/ada", 1).ok()) << "the last one";
  const uint64_t size = LogSize();
  const auto refused = Mark("expert/ada", 1, 3);
  EXPECT_THAT(refused, FailsWith(kExhausted, "2000 marks today"));
  EXPECT_THAT(refused, FailsWith(kExhausted, "go on tomorrow"));
  EXPECT_TRUE(Mark("expert/ada", 1).ok()) << "it says what stands already";
  EXPECT_EQ(LogSize(), size);
  EXPECT_TRUE(Mark("expert/ben", 1).ok()) << "another expert's day is its own";
  EXPECT_TRUE(Clear("expert/ada", 1).ok()) << "a mark can be taken back at any time";
  EXPECT_THAT(Mark("expert/ada", 1), FailsWith(kExhausted, "2000 marks today"));
  const auto wait = net::RetryAfter(refused.status());
  ASSERT_TRUE(wait.has_value());
  env_.Advance(*wait);
  EXPECT_TRUE(Mark("expert/ada", 1).ok());
}

TEST_F(NegativeListTest, ListsInTheOrderOfHashesAndPages) {
  std::vector<std::string> hashes;
  for (uint32_t i = 1; i <= 5; ++i) {
    ASSERT_TRUE(Mark("expert/ada", i, i).ok());
    hashes.push_back(Hash(i));
  }
  ASSERT_TRUE(Mark("expert/ben", 3, 20).ok());
  std::sort(hashes.begin(), hashes.end());
  std::vector<std::string> listed;
  std::string after;
  for (int page = 0; page < 3; ++page) {
    const v1::ListHarmlessResponse response = List(2, after);
    EXPECT_EQ(response.more(), page < 2);
    for (const v1::HarmlessImage& image : response.images()) {
      listed.push_back(image.hash());
      EXPECT_EQ(image.in_force(), image.hash() == Hash(3));
      EXPECT_EQ(image.radius(), image.hash() == Hash(3) ? 20u : 0u);
      EXPECT_GT(image.marks(0).marked_us(), 0);
    }
    after = listed.back();
  }
  EXPECT_EQ(listed, hashes);
}

TEST_F(NegativeListTest, EndsAnAnswerAtItsLimits) {
  v1::ListHarmlessRequest request;
  v1::ListHarmlessResponse response;
  request.set_limit(kMaxHarmlessListed + 1);
  EXPECT_THAT(ListHarmless(request, state_, &response), FailsWith(kInvalid, "limit: is 1001"));
  request.set_limit(0);
  request.set_after_hash("short");
  EXPECT_THAT(ListHarmless(request, state_, &response), FailsWith(kInvalid, "after_hash: has 5"));
  FoldMarks("expert/ada", kMaxHarmlessListed + 1);
  EXPECT_EQ(List().images_size(), 100);
  EXPECT_EQ(List(kMaxHarmlessListed).images_size(), static_cast<int>(kMaxHarmlessListed));
  EXPECT_TRUE(List(kMaxHarmlessListed).more());

  std::vector<StoredEventPtr> events;
  for (uint32_t i = 0; i < 3 * kMaxHarmlessListed; ++i) {
    auto event = std::make_shared<StoredEvent>();
    auto& marked = *event->parsed.body.mutable_harmless_image_marked();
    marked.set_hash(Hash(i / 3));
    marked.set_party(absl::StrCat("expert/wordy-", i % 3));
    marked.set_description(std::string(kMaxHarmlessDescriptionBytes, 'x'));
    events.push_back(std::move(event));
  }
  state_.Apply(events);
  const v1::ListHarmlessResponse wordy = List(kMaxHarmlessListed, std::string(32, '\0'));
  EXPECT_TRUE(wordy.more());
  EXPECT_LE(wordy.ByteSizeLong(), kMaxHarmlessListBytes + 8 * wordy.images_size());
  EXPECT_GT(wordy.images_size(), 100);
}

}  // namespace
}  // namespace vervet::hub
