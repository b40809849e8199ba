#include "hub/views/progress_months.h"

#include <algorithm>

#include "hub/views/progress_periods.h"

namespace vervet::hub {

ProgressMonths::Span ProgressMonths::MonthsOf(const progress::Days& days) {
  return {MonthOf(days.begin), MonthOf(std::max(days.begin, days.end - 1))};
}

void ProgressMonths::Add(const progress::Days& days, uint32_t row) {
  const auto [first, last] = MonthsOf(days);
  for (int32_t month = first; month <= last; ++month) {
    months_[month].push_back({row, month == first});
  }
}

std::optional<uint32_t> ProgressMonths::Last(const progress::Days& days) const {
  const auto [first, last] = MonthsOf(days);
  std::optional<uint32_t> newest;
  for (auto month = months_.lower_bound(first); month != months_.end() && month->first <= last;
       ++month) {
    newest = std::max(newest.value_or(0), month->second.back().row);
  }
  return newest;
}

std::optional<int32_t> ProgressMonths::End() const {
  if (months_.empty()) return std::nullopt;
  return FirstDayOf(months_.rbegin()->first + 1);
}

}  // namespace vervet::hub
