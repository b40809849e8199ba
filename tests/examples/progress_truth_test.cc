#include "examples/demo/progress_truth.h"

#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace vervet::demo {
namespace {

std::vector<DayRange> TwelveMonths() {
  std::vector<DayRange> months;
  for (int month = 1; month <= 12; ++month) {
    months.push_back(
        *ParseDayRange("2025-" + std::string(month < 10 ? "0" : "") + std::to_string(month)));
  }
  return months;
}

double Number(const std::string& cell) {
  double number = 0;
  EXPECT_TRUE(absl::SimpleAtod(cell, &number)) << cell;
  return number;
}

// By period: offending views, as a reader of the file estimates them who knows the sensitivity.
std::map<std::string, double> OffendingViews(const std::string& surveys) {
  std::map<std::string, double> views;
  std::istringstream lines(surveys);
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    const std::vector<std::string> cells = absl::StrSplit(line, ',');
    EXPECT_EQ(cells.size(), 13u) << line;
    const double sampled = Number(cells[6]), positives = Number(cells[7]);
    const double confirmed = Number(cells[9]);
    EXPECT_LE(positives, sampled);
    EXPECT_LE(confirmed, positives);
    views[cells[0]] += Number(cells[4]) * confirmed / Number(cells[10]) / Number(cells[11]);
  }
  return views;
}

TEST(ProgressTruth, FilesAreTheSameEachTime) {
  const MemberFiles first = Contribute(TheTruth()[0], TwelveMonths(), 7);
  const MemberFiles again = Contribute(TheTruth()[0], TwelveMonths(), 7);
  EXPECT_EQ(first.surveys, again.surveys);
  EXPECT_EQ(first.activity, again.activity);
  EXPECT_NE(first.surveys, Contribute(TheTruth()[0], TwelveMonths(), 8).surveys);
}

TEST(ProgressTruth, SamplesShowTheTruthThatTheyAreOf) {
  std::map<std::string, double> views;
  for (size_t i = 0; i < TheTruth().size(); ++i) {
    const MemberFiles files = Contribute(TheTruth()[i], TwelveMonths(), 100 + i);
    for (const auto& [period, value] : OffendingViews(files.surveys)) views[period] += value;
  }
  ASSERT_EQ(views.size(), 12u);
  const auto quarter = [&](int first) {
    double sum = 0;
    for (int month = first; month < first + 3; ++month) {
      sum += views[DayRangeText(TwelveMonths()[static_cast<size_t>(month)])];
    }
    return sum;
  };
  for (int period = 1; period < kQuarters; ++period) {
    EXPECT_NEAR(1 - quarter(3 * period) / quarter(0), TrueReduction(period), 0.05) << period;
  }
}

TEST(ProgressTruth, IsAboveTheTargetAtLastAndNotOnSocialNetworks) {
  EXPECT_LT(TrueReduction(1), 0.5);
  EXPECT_GT(TrueReduction(3), 0.84);
  EXPECT_LT(TrueReduction(3, "social"), 0.8);
}

}  // namespace
}  // namespace vervet::demo
