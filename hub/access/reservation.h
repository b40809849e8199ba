// What the ledger still gives: which blocks to reserve for a request, or why it cannot be served.
#ifndef VERVET_HUB_ACCESS_RESERVATION_H_
#define VERVET_HUB_ACCESS_RESERVATION_H_

#include <cstdint>
#include <map>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "hub/engine/budget_policy.h"
#include "hub/views/budget_ledger.h"

namespace vervet::hub {

// Evaluations reserved at a time, where the budget has so many: one small event for thousands of
// evaluations, and no more than that lost by a crash.
inline constexpr uint64_t kReservedBlock = 4'096;

// Of one type, in one request.
struct Want {
  uint64_t asked = 0;
  uint64_t in_memory = 0;  // of blocks that are reserved already
};
using Wants = std::map<v1::SignatureType, Want>;

struct Reservation {
  std::vector<v1::BudgetReserved> blocks;  // to be written together, before the first is used
  // RESOURCE_EXHAUSTED where a budget is spent: nothing is to be reserved then.
  absl::Status refused;
  v1::SignatureType spent = v1::SIGNATURE_TYPE_UNSPECIFIED;  // which one
};

// For what `wants` asks beyond what is in memory. The daily budget first, as far as the total
// budget goes; then grants, the soonest to expire first. (What is reserved already is used before
// anything new is.) `now` is the log's time; `wall_clock` what
// the caller has to wait by.
Reservation PlanReservation(const BudgetLedger& ledger, absl::string_view party, const Wants& wants,
                            const BudgetPolicy& policy, absl::Time now, absl::Time wall_clock);

}  // namespace vervet::hub

#endif  // VERVET_HUB_ACCESS_RESERVATION_H_
