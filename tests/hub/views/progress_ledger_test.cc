// What the ledger of progress finds without looking at all that was ever contributed.
#include "hub/views/progress_ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/views/progress_periods.h"

namespace vervet::hub {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = ProgressLedger::Kind;

constexpr int32_t kJanuary = 20454;  // 2026
constexpr int32_t kFebruary = 20485;
constexpr int32_t kMarch = 20513;
constexpr int32_t kApril = 20544;
constexpr int64_t kDayUs = 86'400'000'000;

class ProgressLedgerTest : public ::testing::Test {
 protected:
  uint64_t Apply(const v1::EventBody& body, v1::EventKind kind) {
    log::ParsedEvent event;
    event.body = body;
    event.header.set_kind(kind);
    event.header.set_sequence(++sequence_);
    event.header.set_time_us(time_us_);
    ledger_.Apply(event);
    return sequence_;
  }
  // A record whose body was erased, or a sighting of one: the header says all that is counted.
  void Count(v1::EventKind kind, int times) {
    for (int i = 0; i < times; ++i) Apply(v1::EventBody(), kind);
  }
  uint64_t Survey(const progress::Days& days, uint32_t revision = 1) {
    v1::EventBody body;
    v1::SurveyContribution& survey = *body.mutable_survey_contributed()->mutable_survey();
    survey.set_member("member/one");
    *survey.mutable_days() = ToProto(days);
    survey.set_revision(revision);
    return Apply(body, v1::SURVEY_CONTRIBUTED);
  }
  std::vector<uint64_t> SurveysIn(const progress::Days& days) {
    std::vector<uint64_t> found;
    ledger_.ForEachIn(Kind::kSurvey, days,
                      [&](const ProgressLedger::Row& row) { found.push_back(row.sequence); });
    return found;
  }

  ProgressLedger ledger_;
  int64_t time_us_ = kJanuary * kDayUs;
  uint64_t sequence_ = 0;
};

TEST_F(ProgressLedgerTest, LooksAtTheMonthsOfAPeriodAlone) {
  for (int month = 0; month < 120; ++month) {
    const int32_t begin = FirstDayOf(MonthOf(kJanuary) + month);
    Survey({begin, begin + 28});
  }
  const uint64_t before = ledger_.looked_at();
  EXPECT_THAT(SurveysIn({kFebruary, kMarch}), ElementsAre(2));
  EXPECT_EQ(ledger_.looked_at(), before + 1);
  EXPECT_EQ(ledger_.EndOfSurveys(), FirstDayOf(MonthOf(kJanuary) + 120));
}

TEST_F(ProgressLedgerTest, VisitsWhatLastsSeveralMonthsOnce) {
  const uint64_t quarter = Survey({kJanuary, kApril});
  const uint64_t days = Survey({kFebruary + 3, kFebruary + 5});
  EXPECT_THAT(SurveysIn({kJanuary, kApril}), ElementsAre(quarter, days));
  EXPECT_THAT(SurveysIn({kFebruary, kMarch}), ElementsAre(quarter, days));
  EXPECT_THAT(SurveysIn({kFebruary + 5, kApril}), ElementsAre(quarter));
  EXPECT_THAT(SurveysIn({kApril, kApril + 30}), IsEmpty());
  EXPECT_THAT(SurveysIn({kJanuary - 31, kJanuary}), IsEmpty());
  const uint64_t over_new_year = Survey({kJanuary - 10, kJanuary + 10}, 1);
  EXPECT_THAT(SurveysIn({kJanuary - 31, kJanuary}), ElementsAre(over_new_year));
  EXPECT_THAT(SurveysIn({kJanuary, kFebruary}), ElementsAre(quarter, over_new_year));
}

TEST_F(ProgressLedgerTest, KnowsWhatCameLastForAPeriod) {
  EXPECT_EQ(ledger_.LastIn(Kind::kSurvey, {kJanuary, kApril}), 0u);
  EXPECT_EQ(ledger_.EndOfSurveys(), std::nullopt);
  const uint64_t january = Survey({kJanuary, kFebruary});
  const uint64_t march = Survey({kMarch, kApril});
  EXPECT_EQ(ledger_.LastIn(Kind::kSurvey, {kJanuary, kFebruary}), january);
  EXPECT_EQ(ledger_.LastIn(Kind::kSurvey, {kJanuary, kApril}), march);
  EXPECT_EQ(ledger_.LastIn(Kind::kSurvey, {kFebruary, kMarch}), 0u);
  EXPECT_EQ(ledger_.LastIn(Kind::kActivity, {kJanuary, kApril}), 0u);
  const uint64_t again = Survey({kJanuary, kFebruary}, 2);
  EXPECT_EQ(ledger_.LastIn(Kind::kSurvey, {kJanuary, kFebruary}), again);
  EXPECT_THAT(ledger_.revisions(), ElementsAre(2u));
}

TEST_F(ProgressLedgerTest, CountsRecordsAndSightingsAsOfAChange) {
  Count(v1::RECORD_PUBLISHED, 3);
  time_us_ += kDayUs;
  Count(v1::RECORD_PUBLISHED, 2);
  Count(v1::SIGHTING_REPORTED, 4);
  const uint64_t change = Survey({kJanuary - 31, kJanuary});
  Count(v1::RECORD_PUBLISHED, 5);  // the same day, and after it
  time_us_ += kDayUs;
  Count(v1::RECORD_PUBLISHED, 7);
  const uint64_t later = Survey({kJanuary - 62, kJanuary - 31});
  using Days = std::map<int32_t, uint64_t>;
  EXPECT_EQ(ledger_.PublishedAt(change), (Days{{kJanuary, 3}, {kJanuary + 1, 2}}));
  EXPECT_EQ(ledger_.SightedAt(change), (Days{{kJanuary + 1, 4}}));
  EXPECT_EQ(ledger_.PublishedAt(later), ledger_.published());
  EXPECT_EQ(ledger_.published(), (Days{{kJanuary, 3}, {kJanuary + 1, 7}, {kJanuary + 2, 7}}));
}

}  // namespace
}  // namespace vervet::hub
