// What each member has used of its budgets and was granted on top, folded from the log.
#ifndef VERVET_HUB_VIEWS_BUDGET_LEDGER_H_
#define VERVET_HUB_VIEWS_BUDGET_LEDGER_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/log/event.h"

namespace vervet::hub {

// Whole days since 1970, UTC: the day of a daily budget.
int64_t DayOf(absl::Time time);

// Not thread-safe.
class BudgetLedger {
 public:
  struct Grant {
    uint64_t evaluations = 0;
    uint64_t used = 0;
    absl::Time expires;
    std::string reason;
    std::string granted_by;
  };
  struct Account {
    uint64_t used_in_all = 0;  // from the daily budget, on all days
    int64_t day = 0;           // the newest day on which anything was reserved
    uint64_t used_that_day = 0;
    std::map<std::string, Grant> grants;  // by id

    // An earlier day than the newest counts as the newest: the clock went back, and a day that has
    // begun is not begun again.
    uint64_t UsedOn(int64_t the_day) const { return the_day > day ? 0 : used_that_day; }
  };
  using Key = std::pair<std::string, v1::SignatureType>;

  void Apply(const log::ParsedEvent& event);

  // An empty account where nothing is known; valid until the next Apply.
  const Account& Find(absl::string_view party, v1::SignatureType type) const;
  const std::map<Key, Account>& all() const { return accounts_; }

 private:
  std::map<Key, Account> accounts_;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_VIEWS_BUDGET_LEDGER_H_
