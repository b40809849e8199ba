// Linear algebra on the matrix of figures shown (rows) and pieces of data (columns), modulo the
// prime 2^61 - 1: without rounding. Over the rationals a rank could differ only where a determinant
// is a multiple of that prime.
#ifndef VERVET_HUB_VIEWS_PROGRESS_LINEAR_RANK_H_
#define VERVET_HUB_VIEWS_PROGRESS_LINEAR_RANK_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace vervet::hub::progress {

// One entry for each row, below the prime.
using Entries = std::vector<uint64_t>;

// The rows that hold a one, as entries; each below `rows`.
Entries OnesAt(absl::Span<const uint32_t> at, size_t rows);

// All combinations of the columns added.
class ColumnSpan {
 public:
  // What is left of a column when all that the span holds of it is taken away. Two columns that
  // differ by something in the span leave the same. All zero: the column is in the span.
  Entries ResidualOf(Entries column) const;
  // False where the column was in the span already.
  bool Add(const Entries& column);
  size_t rank() const { return pivots_.size(); }

 private:
  std::vector<Entries> pivots_;  // each 1 at its own row, 0 at those of the pivots before it
  std::vector<size_t> pivot_rows_;
};

bool IsZero(const Entries& column);

// Columns as combinations of some among them, the earliest that are independent.
struct Coordinates {
  std::vector<size_t> basis;       // which columns
  std::vector<Entries> of_column;  // one entry for each of the basis
};
Coordinates CoordinatesOf(const std::vector<Entries>& columns);

}  // namespace vervet::hub::progress

#endif  // VERVET_HUB_VIEWS_PROGRESS_LINEAR_RANK_H_
