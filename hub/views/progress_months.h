// Which contributions have days in which month, so that a question about a period looks at that
// period's alone, however long the history is.
#ifndef VERVET_HUB_VIEWS_PROGRESS_MONTHS_H_
#define VERVET_HUB_VIEWS_PROGRESS_MONTHS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "hub/views/progress/survey.h"

namespace vervet::hub {

// Not thread-safe.
class ProgressMonths {
 public:
  // Rows come in ascending order. A contribution is kept under each month that it has a day in: at
  // most 13 (kMaxContributionDays).
  void Add(const progress::Days& days, uint32_t row);

  // Calls visit(row) once for each row with a day in one of the months of these days: month by
  // month, within a month in ascending order.
  template <typename Visit>
  void ForEach(const progress::Days& days, Visit visit) const {
    const auto [first, last] = MonthsOf(days);
    for (auto month = months_.lower_bound(first); month != months_.end() && month->first <= last;
         ++month) {
      for (const Entry& entry : month->second) {
        // What began earlier was visited with the month in which it began, if that was asked for.
        if (entry.begins_here || month->first == first) visit(entry.row);
      }
    }
  }
  // The last row of them; none where there is none.
  std::optional<uint32_t> Last(const progress::Days& days) const;
  // The first day after the last month that has any; none where there is none.
  std::optional<int32_t> End() const;

 private:
  struct Entry {
    uint32_t row;
    bool begins_here;
  };
  struct Span {
    int32_t first, last;
  };
  static Span MonthsOf(const progress::Days& days);

  std::map<int32_t, std::vector<Entry>> months_;  // by months since January 1970
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_VIEWS_PROGRESS_MONTHS_H_
