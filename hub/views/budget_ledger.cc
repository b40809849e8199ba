#include "hub/views/budget_ledger.h"

namespace vervet::hub {

int64_t DayOf(absl::Time time) {
  absl::Duration rest;
  return absl::IDivDuration(time - absl::UnixEpoch(), absl::Hours(24), &rest);
}

void BudgetLedger::Apply(const log::ParsedEvent& event) {
  switch (event.body.body_case()) {
    case v1::EventBody::kBudgetGranted: {
      const auto& granted = event.body.budget_granted();
      Grant& grant = accounts_[{granted.party(), granted.type()}].grants[granted.grant_id()];
      grant.evaluations = granted.evaluations();
      grant.expires = absl::FromUnixMicros(granted.expires_us());
      grant.reason = granted.reason();
      grant.granted_by = granted.granted_by();
      return;
    }
    case v1::EventBody::kBudgetReserved: {
      const auto& reserved = event.body.budget_reserved();
      Account& account = accounts_[{reserved.party(), reserved.type()}];
      if (!reserved.grant_id().empty()) {
        account.grants[reserved.grant_id()].used += reserved.evaluations();
        return;
      }
      if (reserved.day() > account.day) {
        account.day = reserved.day();
        account.used_that_day = 0;
      }
      account.used_that_day += reserved.evaluations();
      account.used_in_all += reserved.evaluations();
      return;
    }
    default:
      return;
  }
}

const BudgetLedger::Account& BudgetLedger::Find(absl::string_view party,
                                                v1::SignatureType type) const {
  static const auto* const kNothing = new Account;
  const auto it = accounts_.find({std::string(party), type});
  return it == accounts_.end() ? *kNothing : it->second;
}

}  // namespace vervet::hub
