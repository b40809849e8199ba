// How much each member may evaluate, as the hub's configuration says it.
#ifndef VERVET_HUB_ENGINE_BUDGET_POLICY_H_
#define VERVET_HUB_ENGINE_BUDGET_POLICY_H_

#include <cstdint>
#include <map>

#include "absl/time/time.h"
#include "vervet/v1/types.pb.h"

namespace vervet::hub {

// Evaluations of one type by one member.
struct BudgetLimits {
  uint64_t daily = 200'000;
  uint64_t total = 50'000'000;
};

struct BudgetPolicy {
  BudgetLimits limits;  // of a type that is not in `by_type`
  std::map<v1::SignatureType, BudgetLimits> by_type = {};
  // FEW_OWN_USERS: so many evaluations of a type in a day, fewer than this share of them own users.
  uint64_t few_own_users_evaluations = 10'000;
  uint32_t few_own_users_percent = 50;
  // An alert about a suspicion waits for a random part of this (hub/access/alert_queue.h).
  absl::Duration longest_alert_delay = absl::Minutes(10);

  const BudgetLimits& Of(v1::SignatureType type) const {
    const auto it = by_type.find(type);
    return it == by_type.end() ? limits : it->second;
  }
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_BUDGET_POLICY_H_
