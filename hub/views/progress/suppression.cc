#include "hub/views/progress/suppression.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "hub/views/progress/linear_rank.h"

namespace vervet::hub::progress {
namespace {

// A figure as a set of numbered pieces, sorted.
using Row = std::vector<int>;
using Members = std::vector<int>;  // sorted

struct Piece {
  int member;
  double magnitude;
};

class Judgement {
 public:
  explicit Judgement(const SuppressionRules& rules) : rules_(rules) {}

  void Show(Row row) { shown_.push_back(std::move(row)); }
  Row RowOf(const Figure& figure);
  Withheld Of(const Row& row) const;

 private:
  // Pieces count with the sign of the side that they are on.
  std::optional<Withheld> Unsafe(const Row& plus, const Row& minus) const;
  bool DifferencesAreSafe(const Row& row) const;
  bool RemainderIsSafe(const Row& total, const std::vector<const Row*>& parts) const;
  bool RemaindersAreSafe(const Row& row) const;
  Withheld Combinations(const Row& row) const;
  std::vector<Row> Entangled(const Row& row) const;

  const SuppressionRules& rules_;
  std::map<std::string, int> members_;
  std::map<std::pair<int, std::string>, int> numbers_;
  std::vector<Piece> pieces_;
  std::vector<Row> shown_;
};

Row Without(const Row& a, const Row& b) {
  Row rest;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(rest));
  return rest;
}

bool Overlap(const Row& a, const Row& b) {
  for (size_t i = 0, k = 0; i < a.size() && k < b.size();) {
    if (a[i] == b[k]) return true;
    a[i] < b[k] ? ++i : ++k;
  }
  return false;
}

bool Holds(const Row& whole, const Row& part) {
  return std::includes(whole.begin(), whole.end(), part.begin(), part.end());
}

Row Judgement::RowOf(const Figure& figure) {
  std::set<int> row;
  for (const Contribution& contribution : figure.contributions) {
    const int member =
        members_.try_emplace(contribution.member, static_cast<int>(members_.size())).first->second;
    const auto [number, is_new] =
        numbers_.try_emplace({member, contribution.piece}, static_cast<int>(pieces_.size()));
    if (is_new) pieces_.push_back({member, std::abs(contribution.magnitude)});
    row.insert(number->second);
  }
  return Row(row.begin(), row.end());
}

std::optional<Withheld> Judgement::Unsafe(const Row& plus, const Row& minus) const {
  std::map<int, double> by_member;
  for (int piece : plus) by_member[pieces_[piece].member] += pieces_[piece].magnitude;
  for (int piece : minus) by_member[pieces_[piece].member] -= pieces_[piece].magnitude;
  if (by_member.size() < static_cast<size_t>(rules_.least_contributors)) {
    return Withheld::kTooFewContributors;
  }
  double sum = 0;
  double largest = 0;
  for (const auto& [member, magnitude] : by_member) {
    sum += std::abs(magnitude);
    largest = std::max(largest, std::abs(magnitude));
  }
  // Not `largest > share * sum`: a magnitude that is no number must not pass.
  if (!(largest <= rules_.largest_share * sum)) return Withheld::kOneDominates;
  return std::nullopt;
}

bool Judgement::DifferencesAreSafe(const Row& row) const {
  for (const Row& other : shown_) {
    if (!Overlap(row, other)) continue;
    const Row plus = Without(row, other);
    const Row minus = Without(other, row);
    if ((!plus.empty() || !minus.empty()) && Unsafe(plus, minus)) return false;
  }
  return true;
}

// The total without its largest parts that do not overlap.
bool Judgement::RemainderIsSafe(const Row& total, const std::vector<const Row*>& parts) const {
  Row rest = total;
  for (const Row* part : parts) {
    if (Holds(rest, *part)) rest = Without(rest, *part);
  }
  return rest.empty() || rest.size() == total.size() || !Unsafe(rest, {});
}

bool Judgement::RemaindersAreSafe(const Row& row) const {
  std::vector<const Row*> by_size = {&row};
  for (const Row& other : shown_) by_size.push_back(&other);
  std::stable_sort(by_size.begin(), by_size.end(),
                   [](const Row* a, const Row* b) { return a->size() > b->size(); });
  for (const Row* total : by_size) {
    if (!Holds(*total, row)) continue;
    std::vector<const Row*> parts;
    // The new figure first where it is a part: the remainder is to be one that it makes.
    if (total->size() > row.size()) parts.push_back(&row);
    for (const Row* part : by_size) {
      if (part->size() < total->size() && Holds(*total, *part)) parts.push_back(part);
    }
    if (!RemainderIsSafe(*total, parts)) return false;
  }
  return true;
}

// The shown figures that share data with this one, directly or through others; itself last.
std::vector<Row> Judgement::Entangled(const Row& row) const {
  std::vector<bool> taken(shown_.size(), false);
  std::vector<bool> reached(pieces_.size(), false);
  for (int piece : row) reached[piece] = true;
  std::vector<Row> rows;
  for (bool grew = true; grew;) {
    grew = false;
    for (size_t i = 0; i < shown_.size(); ++i) {
      const Row& other = shown_[i];
      if (taken[i] || std::none_of(other.begin(), other.end(),
                                   [&reached](int piece) { return reached[piece]; })) {
        continue;
      }
      taken[i] = grew = true;
      for (int piece : other) reached[piece] = true;
      rows.push_back(other);
    }
  }
  rows.push_back(row);
  return rows;
}

// A column: in which figures a piece is. Pieces with one column stand or fall together.
using Columns = std::map<std::vector<uint32_t>, std::set<int>>;

// What can be known of few members alone. A combination of figures that depends on fewer than
// `least` members is 0 in every column that `least` or more members own. So it suffices to look at
// the rare columns, and at what of them is not in the span of the others: mostly nothing.
class Rarities {
 public:
  Rarities(const Columns& columns, size_t rows, size_t least) {
    ColumnSpan common;
    for (const auto& [column, owners] : columns) {
      if (owners.size() >= least) common.Add(OnesAt(column, rows));
    }
    std::vector<std::pair<Members, Entries>> rare;
    for (const auto& [column, owners] : columns) {
      if (owners.size() >= least) continue;
      Entries residual = common.ResidualOf(OnesAt(column, rows));
      if (!IsZero(residual)) {
        rare.push_back({Members(owners.begin(), owners.end()), std::move(residual)});
      }
    }
    // Few sets hold all owners of a column that has many: those make the better basis.
    std::stable_sort(rare.begin(), rare.end(),
                     [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
    std::vector<Entries> residuals;
    for (auto& [owners, residual] : rare) {
      owners_.push_back(std::move(owners));
      residuals.push_back(std::move(residual));
    }
    coordinates_ = CoordinatesOf(residuals);
  }

  // How many independent combinations depend on members of the set alone: by how much the rank
  // falls without the columns that only they own. Those of the basis that remain are independent,
  // so only the coordinates of those that went are in question.
  size_t KnownOf(const Members& set) const {
    const auto own = [&set](const Members& owners) {
      return std::includes(set.begin(), set.end(), owners.begin(), owners.end());
    };
    std::vector<size_t> gone;
    for (size_t i = 0; i < coordinates_.basis.size(); ++i) {
      if (own(owners_[coordinates_.basis[i]])) gone.push_back(i);
    }
    ColumnSpan others;
    for (size_t i = 0; i < owners_.size() && others.rank() < gone.size(); ++i) {
      Entries entries;
      for (size_t coordinate : gone) entries.push_back(coordinates_.of_column[i][coordinate]);
      if (!IsZero(entries) && !own(owners_[i])) others.Add(entries);
    }
    return gone.size() - others.rank();
  }

  // Every union of owners that has fewer than `least` members: a combination that depends on fewer
  // is known of one of these. None where there are more than `most`.
  std::optional<std::set<Members>> SmallSets(size_t least, size_t most) const {
    std::set<Members> owners;
    owners.insert(owners_.begin(), owners_.end());
    std::set<Members> sets = owners;
    std::vector<Members> queue(owners.begin(), owners.end());
    while (!queue.empty()) {
      const Members set = std::move(queue.back());
      queue.pop_back();
      for (const Members& more : owners) {
        Members both;
        std::set_union(set.begin(), set.end(), more.begin(), more.end(), std::back_inserter(both));
        if (both.size() >= least) continue;
        if (sets.insert(both).second) queue.push_back(std::move(both));
        if (sets.size() > most) return std::nullopt;
      }
    }
    return sets;
  }

 private:
  std::vector<Members> owners_;  // of the rare columns
  Coordinates coordinates_;
};

Columns WithoutLastRow(const Columns& columns, uint32_t last) {
  Columns earlier;
  for (const auto& [column, owners] : columns) {
    std::vector<uint32_t> shorter = column;
    if (shorter.back() == last) shorter.pop_back();
    if (!shorter.empty()) earlier[shorter].insert(owners.begin(), owners.end());
  }
  return earlier;
}

Withheld Judgement::Combinations(const Row& row) const {
  const std::vector<Row> rows = Entangled(row);
  std::map<int, std::vector<uint32_t>> column_of_piece;
  for (uint32_t i = 0; i < rows.size(); ++i) {
    for (int piece : rows[i]) column_of_piece[piece].push_back(i);
  }
  Columns columns;
  for (const auto& [piece, column] : column_of_piece) {
    columns[column].insert(pieces_[piece].member);
  }
  const auto least = static_cast<size_t>(rules_.least_contributors);
  const Rarities now(columns, rows.size(), least);
  const auto sets = now.SmallSets(least, rules_.most_sets);
  if (!sets.has_value()) return Withheld::kTooEntangled;
  if (sets->empty()) return Withheld::kNo;
  const Rarities earlier(WithoutLastRow(columns, static_cast<uint32_t>(rows.size() - 1)),
                         rows.size(), least);
  for (const Members& set : *sets) {
    const size_t known = now.KnownOf(set);
    if (known > 0 && known > earlier.KnownOf(set)) return Withheld::kCombination;
  }
  return Withheld::kNo;
}

Withheld Judgement::Of(const Row& row) const {
  if (std::find(shown_.begin(), shown_.end(), row) != shown_.end()) return Withheld::kNo;
  if (const auto unsafe = Unsafe(row, {})) return *unsafe;
  if (!DifferencesAreSafe(row)) return Withheld::kDifference;
  if (!RemaindersAreSafe(row)) return Withheld::kRemainder;
  return Combinations(row);
}

}  // namespace

absl::string_view NameOf(Withheld withheld) {
  switch (withheld) {
    case Withheld::kNo:
      return "shown";
    case Withheld::kTooFewContributors:
      return "too_few_contributors";
    case Withheld::kOneDominates:
      return "one_dominates";
    case Withheld::kDifference:
      return "difference";
    case Withheld::kRemainder:
      return "remainder";
    case Withheld::kCombination:
      return "combination";
    case Withheld::kTooEntangled:
      return "too_entangled";
  }
  return "";
}

std::vector<Withheld> Judge(absl::Span<const Figure> shown, absl::Span<const Figure> wanted,
                            const SuppressionRules& rules) {
  Judgement judgement(rules);
  for (const Figure& figure : shown) judgement.Show(judgement.RowOf(figure));
  std::vector<Withheld> answers;
  for (const Figure& figure : wanted) {
    Row row = judgement.RowOf(figure);
    answers.push_back(judgement.Of(row));
    if (answers.back() == Withheld::kNo) judgement.Show(std::move(row));
  }
  return answers;
}

}  // namespace vervet::hub::progress
