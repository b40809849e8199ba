#include "hub/access/reservation.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/net/retry_after.h"

namespace vervet::hub {
namespace {

// What one account has left, in the order in which it is used.
struct Source {
  std::string grant_id;  // empty: the daily budget
  uint64_t left = 0;
};

uint64_t LeftOf(uint64_t limit, uint64_t used) { return limit > used ? limit - used : 0; }

std::vector<Source> SourcesOf(const BudgetLedger::Account& account, const BudgetLimits& limits,
                              absl::Time now) {
  std::vector<Source> sources = {{"", std::min(LeftOf(limits.daily, account.UsedOn(DayOf(now))),
                                               LeftOf(limits.total, account.used_in_all))}};
  std::vector<std::pair<absl::Time, Source>> grants;
  for (const auto& [id, grant] : account.grants) {
    if (grant.expires <= now) continue;
    grants.push_back({grant.expires, {id, LeftOf(grant.evaluations, grant.used)}});
  }
  std::stable_sort(grants.begin(), grants.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [expires, source] : grants) sources.push_back(std::move(source));
  return sources;
}

absl::Status Refusal(absl::string_view party, v1::SignatureType type, const Want& want,
                     const BudgetLedger::Account& account, const BudgetLimits& limits,
                     uint64_t left, absl::Time now, absl::Time wall_clock) {
  const std::string& name = v1::SignatureType_Name(type);
  const uint64_t used_today = account.UsedOn(DayOf(now));
  const bool total = LeftOf(limits.total, account.used_in_all) <= LeftOf(limits.daily, used_today);
  const absl::Time day_ends = absl::UnixEpoch() + (DayOf(now) + 1) * absl::Hours(24);
  std::string why = absl::StrCat("batches: ", want.asked, " evaluations of ", name,
                                 " asked for, and ", want.in_memory + left, " are left: ");
  if (total) {
    absl::StrAppend(&why, account.used_in_all, " of ", limits.total,
                    " in all are used or reserved, and no new day adds to them");
  } else {
    absl::StrAppend(&why, used_today, " of ", limits.daily,
                    " for today are used or reserved; the next day begins at ",
                    absl::FormatTime("%Y-%m-%d %H:%M UTC", day_ends, absl::UTCTimeZone()));
    if (want.asked > limits.daily) {
      absl::StrAppend(&why, ", and gives ", limits.daily, ": ask for less at a time");
    }
  }
  absl::StrAppend(&why, ". A coordinator can give more: vervet budgets grant ", party, " ",
                  absl::AsciiStrToLower(name), " EVALUATIONS --until DATE --reason TEXT");
  return net::WithRetryAfter(absl::ResourceExhaustedError(why), day_ends - wall_clock);
}

}  // namespace

Reservation PlanReservation(const BudgetLedger& ledger, absl::string_view party, const Wants& wants,
                            const BudgetPolicy& policy, absl::Time now, absl::Time wall_clock) {
  Reservation reservation;
  for (const auto& [type, want] : wants) {
    const uint64_t missing = LeftOf(want.asked, want.in_memory);
    if (missing == 0) continue;
    const auto& account = ledger.Find(party, type);
    const BudgetLimits& limits = policy.Of(type);
    uint64_t reserved = 0, left = 0;
    for (const Source& source : SourcesOf(account, limits, now)) {
      left += source.left;
      if (reserved >= missing || source.left == 0) continue;
      v1::BudgetReserved& block = reservation.blocks.emplace_back();
      block.set_party(std::string(party));
      block.set_type(type);
      block.set_evaluations(std::min(source.left, std::max(missing, kReservedBlock) - reserved));
      block.set_day(DayOf(now));
      block.set_grant_id(source.grant_id);
      reserved += block.evaluations();
    }
    if (reserved >= missing) continue;
    reservation.blocks.clear();
    reservation.refused = Refusal(party, type, want, account, limits, left, now, wall_clock);
    reservation.spent = type;
    return reservation;
  }
  return reservation;
}

}  // namespace vervet::hub
