#include "hub/views/progress/suppression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "absl/strings/str_cat.h"
#include "hub/views/progress/draws.h"
#include "hub/views/progress/linear_rank.h"

namespace vervet::hub::progress {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;

// Members [first, last), each with the same magnitude, in one cell.
Figure Of(const std::string& name, int first, int last, const std::string& cell = "cell") {
  Figure figure;
  figure.name = name;
  for (int i = first; i < last; ++i) {
    figure.contributions.push_back({absl::StrCat("m", i), cell, 10});
  }
  return figure;
}

Figure Sum(const std::string& name, std::initializer_list<Figure> parts) {
  Figure figure;
  figure.name = name;
  for (const Figure& part : parts) {
    figure.contributions.insert(figure.contributions.end(), part.contributions.begin(),
                                part.contributions.end());
  }
  return figure;
}

Withheld JudgeOne(const std::vector<Figure>& shown, const Figure& wanted) {
  return Judge(shown, {wanted}, {}).front();
}

TEST(Suppression, AFigureHasFiveContributors) {
  EXPECT_EQ(JudgeOne({}, Of("five", 0, 5)), Withheld::kNo);
  EXPECT_EQ(JudgeOne({}, Of("four", 0, 4)), Withheld::kTooFewContributors);
  EXPECT_EQ(JudgeOne({}, Figure{"empty", {}}), Withheld::kTooFewContributors);
  // One member in five cells is one contributor.
  Figure one{"one", {}};
  for (int i = 0; i < 5; ++i) one.contributions.push_back({"m0", absl::StrCat("cell ", i), 1});
  EXPECT_EQ(JudgeOne({}, one), Withheld::kTooFewContributors);
}

TEST(Suppression, NoContributorHasMoreThan60Percent) {
  Figure figure = Of("dominated", 0, 6);
  figure.contributions[0].magnitude = 75;  // of 125
  EXPECT_EQ(JudgeOne({}, figure), Withheld::kNo);
  figure.contributions[0].magnitude = 76;
  EXPECT_EQ(JudgeOne({}, figure), Withheld::kOneDominates);
  figure.contributions[0].magnitude = std::nan("");
  EXPECT_EQ(JudgeOne({}, figure), Withheld::kOneDominates);
}

TEST(Suppression, WithstandsTwoQueriesThatDifferByOneMember) {
  const Figure all = Of("all", 0, 10);
  EXPECT_EQ(JudgeOne({all}, Of("a sharing group of all but one", 0, 9)), Withheld::kDifference);
  EXPECT_EQ(JudgeOne({Of("nine", 0, 9)}, all), Withheld::kDifference);
  EXPECT_EQ(JudgeOne({all}, Of("all but four", 0, 6)), Withheld::kDifference);
  EXPECT_EQ(JudgeOne({all}, Of("half", 0, 5)), Withheld::kNo);
  // Two groups of six that share five: each has one that the other has not.
  EXPECT_EQ(JudgeOne({Of("first", 0, 6)}, Of("second", 1, 7)), Withheld::kDifference);
}

TEST(Suppression, WithstandsTwoReleasesThatOneMembersRevisionSeparates) {
  const Figure first = Of("release 1", 0, 10);
  Figure second = first;
  second.contributions[3].piece = "cell, revision 2";
  second.contributions[3].magnitude = 17;
  EXPECT_EQ(JudgeOne({first}, second), Withheld::kDifference);
  // When five members have revised, nobody's own change is in the difference.
  for (int i = 4; i < 8; ++i) {
    second.contributions[i].piece = "cell, revision 2";
    second.contributions[i].magnitude = 17;
  }
  EXPECT_EQ(JudgeOne({first}, second), Withheld::kNo);
}

TEST(Suppression, FourDecoyRevisionsDoNotCoverOneLargeOne) {
  const Figure first = Of("release 1", 0, 10);
  Figure second = first;
  for (int i = 0; i < 5; ++i) second.contributions[i].piece = "cell, revision 2";
  second.contributions[0].magnitude = 20;
  for (int i = 1; i < 5; ++i) second.contributions[i].magnitude = 10.001;
  EXPECT_EQ(JudgeOne({first}, second), Withheld::kDifference);
}

TEST(Suppression, AMemberThatJoinsOrLeavesBetweenReleasesIsNotSingledOut) {
  EXPECT_EQ(JudgeOne({Of("ten members", 0, 10)}, Of("nine left", 1, 10)), Withheld::kDifference);
  EXPECT_EQ(JudgeOne({Of("ten members", 0, 10)}, Of("eleven", 0, 11)), Withheld::kDifference);
}

TEST(Suppression, TheSameFigureMayBeShownAgain) {
  EXPECT_EQ(JudgeOne({Of("release 1", 0, 10)}, Of("release 2", 0, 10)), Withheld::kNo);
}

TEST(Suppression, AWithheldPartCannotBeHadFromTheTotal) {
  const Figure ivory = Of("ivory", 0, 8, "ivory");
  const Figure birds = Of("birds", 0, 7, "birds");
  const Figure corals = Of("corals", 0, 3, "corals");  // three members only
  const Figure total = Sum("total", {ivory, birds, corals});
  // Total first, then parts: one more part is withheld than would be by itself.
  const auto answers = Judge({}, {total, ivory, birds, corals}, {});
  EXPECT_THAT(answers, ElementsAre(Withheld::kNo, Withheld::kNo, Withheld::kRemainder,
                                   Withheld::kTooFewContributors));
  // Parts first: then it is the total that goes.
  EXPECT_THAT(Judge({}, {ivory, birds, total}, {}),
              ElementsAre(Withheld::kNo, Withheld::kNo, Withheld::kRemainder));
}

TEST(Suppression, ARemainderThatOneMemberDominatesIsNotLeftOver) {
  const Figure ivory = Of("ivory", 0, 8, "ivory");
  const Figure birds = Of("birds", 0, 8, "birds");
  Figure corals = Of("corals", 0, 6, "corals");
  corals.contributions[2].magnitude = 1000;
  Figure total = Sum("total", {ivory, birds, corals});
  for (Contribution& c : total.contributions) {
    if (c.piece != "corals") c.magnitude = 500;
  }
  EXPECT_THAT(
      Judge({}, {total, ivory, birds, corals}, {}),
      ElementsAre(Withheld::kNo, Withheld::kNo, Withheld::kRemainder, Withheld::kOneDominates));
}

TEST(Suppression, ThreeFiguresThatTogetherGiveAwayAFourthAreNotAllShown) {
  // (a + b) + (a + c) - (b + c) = 2 a, and a has three members. No two of them give it away.
  const Figure a = Of("a", 0, 3, "a");
  const Figure b = Of("b", 3, 9, "b");
  const Figure c = Of("c", 9, 15, "c");
  const auto answers = Judge({}, {Sum("a+b", {a, b}), Sum("a+c", {a, c}), Sum("b+c", {b, c})}, {});
  EXPECT_THAT(answers, ElementsAre(Withheld::kNo, Withheld::kNo, Withheld::kCombination));
}

TEST(Suppression, ATableWithBothMarginsDoesNotGiveItsSmallCellsAway) {
  // Two taxon groups in two platform classes; one of the four cells has two members. With all
  // margins and any one of the other cells, it could be worked out.
  const Figure c00 = Of("00", 0, 8, "00");
  const Figure c01 = Of("01", 10, 18, "01");
  const Figure c10 = Of("10", 0, 8, "10");
  const Figure c11 = Of("11", 10, 12, "11");
  const std::vector<Figure> margins = {Sum("total", {c00, c01, c10, c11}), Sum("ivory", {c00, c01}),
                                       Sum("birds", {c10, c11}), Sum("markets", {c00, c10}),
                                       Sum("social", {c01, c11})};
  EXPECT_THAT(Judge({}, margins, {}), Each(Withheld::kNo));
  EXPECT_NE(JudgeOne(margins, c00), Withheld::kNo);
  EXPECT_NE(JudgeOne(margins, c01), Withheld::kNo);
  EXPECT_NE(JudgeOne(margins, c10), Withheld::kNo);
  EXPECT_EQ(JudgeOne(margins, c11), Withheld::kTooFewContributors);
}

TEST(Suppression, WhatWasShownOnceIsRememberedThroughManyReleases) {
  // In each release one more member joins. Each is withheld until five have.
  std::vector<Figure> shown = {Of("release 0", 0, 10)};
  std::vector<int> sizes;
  for (int members = 11; members <= 20; ++members) {
    const Figure next = Of(absl::StrCat("release ", members), 0, members);
    if (JudgeOne(shown, next) == Withheld::kNo) {
      shown.push_back(next);
      sizes.push_back(members);
    }
  }
  EXPECT_THAT(sizes, ElementsAre(15, 20));
}

TEST(Suppression, ThatSomethingLeakedBeforeDoesNotForbidWhatAddsNothing) {
  const std::vector<Figure> shown = {Of("ten", 0, 10), Of("nine", 0, 9)};
  EXPECT_EQ(JudgeOne(shown, Of("others", 20, 30)), Withheld::kNo);
  EXPECT_EQ(JudgeOne(shown, Of("ten again", 0, 10)), Withheld::kNo);
}

TEST(Suppression, WithholdsWhatItCannotLookThrough) {
  SuppressionRules rules;
  rules.most_sets = 3;
  std::vector<Figure> shown;
  for (int i = 0; i < 6; ++i) shown.push_back(Of(absl::StrCat(i), i, i + 8));
  EXPECT_EQ(Judge(shown, {Of("more", 0, 25)}, rules).front(), Withheld::kTooEntangled);
}

TEST(Suppression, RankCountsWhatIsNotACombination) {
  ColumnSpan span;
  EXPECT_EQ(span.rank(), 0u);
  EXPECT_TRUE(span.Add(OnesAt({0, 1}, 4)));
  EXPECT_TRUE(span.Add(OnesAt({2, 3}, 4)));
  EXPECT_TRUE(span.Add(OnesAt({0, 2}, 4)));
  EXPECT_FALSE(span.Add(OnesAt({1, 3}, 4)));  // the first two less the third
  EXPECT_EQ(span.rank(), 3u);
  EXPECT_TRUE(IsZero(span.ResidualOf(OnesAt({1, 3}, 4))));
  EXPECT_EQ(span.ResidualOf(OnesAt({0}, 4)), span.ResidualOf(OnesAt({3}, 4)));
}

// The attacker, written independently of the code under attack: with real numbers, over every set
// of four members, is there a combination of the shown figures that only they are in?
class Attacker {
 public:
  explicit Attacker(const std::vector<Figure>& shown) : rows_(shown.size()) {
    for (size_t i = 0; i < shown.size(); ++i) {
      for (const Contribution& c : shown[i].contributions) {
        auto& column = columns_[{c.member, c.piece}];
        column.resize(rows_, 0.0);
        column[i] = 1;
        members_.insert(c.member);
      }
    }
  }

  bool SinglesOut() const {
    const std::vector<std::string> m(members_.begin(), members_.end());
    for (size_t a = 0; a < m.size(); ++a) {
      for (size_t b = a + 1; b < m.size(); ++b) {
        for (size_t c = b + 1; c < m.size(); ++c) {
          for (size_t d = c + 1; d < m.size(); ++d) {
            if (Rank({m[a], m[b], m[c], m[d]}) < Rank({})) return true;
          }
        }
      }
    }
    return false;
  }

 private:
  int Rank(const std::set<std::string>& without) const {
    std::vector<std::vector<double>> rows;
    for (const auto& [key, column] : columns_) {
      if (without.count(key.first) == 0) rows.push_back(column);
    }
    int rank = 0;
    for (size_t at = 0; at < rows_ && rank < static_cast<int>(rows.size()); ++at) {
      auto best = rows.begin() + rank;
      for (auto it = best; it != rows.end(); ++it) {
        if (std::abs((*it)[at]) > std::abs((*best)[at])) best = it;
      }
      if (std::abs((*best)[at]) < 1e-9) continue;
      std::swap(*best, rows[rank]);
      for (size_t i = rank + 1; i < rows.size(); ++i) {
        const double factor = rows[i][at] / rows[rank][at];
        for (size_t k = at; k < rows_; ++k) rows[i][k] -= factor * rows[rank][k];
      }
      ++rank;
    }
    return rank;
  }

  size_t rows_;
  std::set<std::string> members_;
  std::map<std::pair<std::string, std::string>, std::vector<double>> columns_;
};

TEST(Suppression, AnAttackerWithAllReleasesSinglesOutNobody) {
  int shown_in_all = 0;
  int combinations = 0;
  for (uint64_t seed = 0; seed < 30; ++seed) {
    DrawStream chance(seed);
    const auto roll = [&chance](int n) { return static_cast<int>(chance.Uniform() * n); };
    std::vector<Figure> shown;
    // Eleven members in four cells; figures are sums over random cells and members; now and then
    // somebody revises.
    std::vector<int> revision(11 * 4, 0);
    for (int round = 0; round < 60; ++round) {
      if (roll(4) == 0) ++revision[roll(11 * 4)];
      Figure figure{absl::StrCat("figure ", round), {}};
      const int cells = 1 + roll(15);
      const int left_out = roll(12);
      for (int member = 0; member < 11; ++member) {
        if (member == left_out) continue;
        for (int cell = 0; cell < 4; ++cell) {
          if ((cells >> cell & 1) == 0 || (member * 7 + cell * 3) % 5 == 0) continue;
          figure.contributions.push_back(
              {absl::StrCat("m", member),
               absl::StrCat(cell, " revision ", revision[member * 4 + cell]), 10});
        }
      }
      const Withheld answer = JudgeOne(shown, figure);
      combinations += answer == Withheld::kCombination;
      if (answer == Withheld::kNo) shown.push_back(figure);
    }
    shown_in_all += static_cast<int>(shown.size());
    EXPECT_FALSE(Attacker(shown).SinglesOut()) << "seed " << seed;
  }
  EXPECT_GT(shown_in_all, 60);  // it does show figures
  EXPECT_GT(combinations, 0);   // and pairs alone would not have sufficed
  // The attacker can find somebody.
  EXPECT_TRUE(Attacker({Of("ten", 0, 10), Of("nine", 0, 9)}).SinglesOut());
}

}  // namespace
}  // namespace vervet::hub::progress
