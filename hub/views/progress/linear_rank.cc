#include "hub/views/progress/linear_rank.h"

#include <algorithm>
#include <utility>

#include "absl/numeric/int128.h"

namespace vervet::hub::progress {
namespace {

constexpr uint64_t kPrime = (uint64_t{1} << 61) - 1;

uint64_t Times(uint64_t a, uint64_t b) {
  const absl::uint128 product = absl::uint128(a) * b;
  const uint64_t sum = (absl::Uint128Low64(product) & kPrime) + absl::Uint128Low64(product >> 61);
  return sum >= kPrime ? sum - kPrime : sum;
}

uint64_t Minus(uint64_t a, uint64_t b) { return a >= b ? a - b : a + kPrime - b; }

uint64_t Inverse(uint64_t a) {  // a^(p-2), Fermat
  if (a == 1) return 1;
  uint64_t result = 1;
  for (uint64_t exponent = kPrime - 2; exponent > 0; exponent >>= 1) {
    if (exponent & 1) result = Times(result, a);
    a = Times(a, a);
  }
  return result;
}

}  // namespace

Entries OnesAt(absl::Span<const uint32_t> at, size_t rows) {
  Entries entries(rows, 0);
  for (uint32_t row : at) entries[row] = 1;
  return entries;
}

bool IsZero(const Entries& column) {
  return std::all_of(column.begin(), column.end(), [](uint64_t entry) { return entry == 0; });
}

Entries ColumnSpan::ResidualOf(Entries column) const {
  for (size_t i = 0; i < pivots_.size(); ++i) {
    const uint64_t factor = column[pivot_rows_[i]];
    if (factor == 0) continue;
    for (size_t k = 0; k < column.size(); ++k) {
      if (pivots_[i][k] != 0) column[k] = Minus(column[k], Times(factor, pivots_[i][k]));
    }
  }
  return column;
}

bool ColumnSpan::Add(const Entries& column) {
  Entries left = ResidualOf(column);
  const auto first = std::find_if(left.begin(), left.end(), [](uint64_t v) { return v != 0; });
  if (first == left.end()) return false;
  const uint64_t inverse = Inverse(*first);
  pivot_rows_.push_back(static_cast<size_t>(first - left.begin()));
  for (uint64_t& value : left) value = value == 0 ? 0 : Times(value, inverse);
  pivots_.push_back(std::move(left));
  return true;
}

// Gauss and Jordan's elimination: columns of the basis become unit vectors, the others what they
// are of them.
Coordinates CoordinatesOf(const std::vector<Entries>& columns) {
  Coordinates result;
  std::vector<Entries> work = columns;
  const size_t rows = columns.empty() ? 0 : columns.front().size();
  std::vector<bool> taken(rows, false);
  std::vector<size_t> pivot_rows;
  for (size_t at = 0; at < work.size(); ++at) {
    size_t pivot = 0;
    while (pivot < rows && (taken[pivot] || work[at][pivot] == 0)) ++pivot;
    if (pivot == rows) continue;
    taken[pivot] = true;
    pivot_rows.push_back(pivot);
    result.basis.push_back(at);
    const Entries factors = work[at];
    const uint64_t inverse = Inverse(factors[pivot]);
    for (Entries& column : work) {
      if (column[pivot] == 0) continue;
      column[pivot] = Times(column[pivot], inverse);
      for (size_t row = 0; row < rows; ++row) {
        if (row == pivot || factors[row] == 0) continue;
        column[row] = Minus(column[row], Times(factors[row], column[pivot]));
      }
    }
  }
  for (const Entries& column : work) {
    Entries coordinates;
    for (size_t row : pivot_rows) coordinates.push_back(column[row]);
    result.of_column.push_back(std::move(coordinates));
  }
  return result;
}

}  // namespace vervet::hub::progress
