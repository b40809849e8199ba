#include "hub/access/budgets.h"

#include <algorithm>
#include <memory>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "core/net/retry_after.h"

namespace vervet::hub {
namespace {

// A commit takes a few milliseconds.
constexpr absl::Duration kRetryAfterTooManyWaiting = absl::Milliseconds(200);

bool IsUsable(const Budgets::Piece& piece, absl::Time now) {
  return piece.grant_id.empty() ? piece.day == DayOf(now) : piece.expires > now;
}

}  // namespace

absl::Time Budgets::LogTime() const {
  const absl::Time now = env_->Now();
  return state_->Read([now](const HubState& state) { return std::max(now, state.last_time); });
}

// Drops what has lapsed, and says what is left beside what is asked for.
Wants Budgets::WantsOf(Member& member, const Needs& needs, absl::Time now) {
  auto& reserved = member.reserved;
  reserved.erase(std::remove_if(reserved.begin(), reserved.end(),
                                [now](const Piece& piece) {
                                  return piece.evaluations == 0 || !IsUsable(piece, now);
                                }),
                 reserved.end());
  Wants wants;
  for (const auto& [type, asked] : needs) wants[type].asked = asked;
  for (const Piece& piece : reserved) {
    const auto it = wants.find(piece.type);
    if (it != wants.end()) it->second.in_memory += piece.evaluations;
  }
  return wants;
}

std::optional<Budgets::Charge> Budgets::TakeReserved(Member& member, const Needs& needs,
                                                     absl::Time now) {
  for (const auto& [type, want] : WantsOf(member, needs, now)) {
    if (want.in_memory < want.asked) return std::nullopt;
  }
  Charge charge;
  for (const auto& [type, asked] : needs) {
    uint64_t open = asked;
    for (Piece& piece : member.reserved) {
      if (piece.type != type || open == 0) continue;
      Piece& taken = charge.emplace_back(piece);
      taken.evaluations = std::min(open, piece.evaluations);
      piece.evaluations -= taken.evaluations;
      open -= taken.evaluations;
    }
  }
  return charge;
}

void Budgets::Add(Member& member, const Piece& piece) {
  const auto source = [](const Piece& one) {
    return std::make_tuple(!one.grant_id.empty(), one.expires, one.type, one.grant_id, one.day);
  };
  const auto it =
      std::lower_bound(member.reserved.begin(), member.reserved.end(), piece,
                       [&](const Piece& a, const Piece& b) { return source(a) < source(b); });
  if (it != member.reserved.end() && source(*it) == source(piece)) {
    it->evaluations += piece.evaluations;
  } else {
    member.reserved.insert(it, piece);
  }
}

void Budgets::Take(const std::string& party, const Needs& needs, Done done) {
  absl::StatusOr<Charge> at_once = Charge();
  bool waits = false, serve = false;
  {
    const absl::Time now = LogTime();
    MutexLock lock(mutex_);
    Member& member = members_[party];
    if (auto charge = TakeReserved(member, needs, now)) {
      at_once = *std::move(charge);
    } else if (member.waiting.size() >= kMaxWaitingForBudget) {
      at_once = net::WithRetryAfter(
          absl::ResourceExhaustedError(absl::StrCat(
              kMaxWaitingForBudget, " requests of this member wait already; retry later")),
          kRetryAfterTooManyWaiting);
    } else {
      waits = true;
      member.waiting.push_back({needs, std::move(done)});
      serve = !std::exchange(member.reserving, true);
    }
  }
  if (!waits) return done(std::move(at_once));
  if (serve) ServeWaiting(party);
}

void Budgets::ServeWaiting(const std::string& party) {
  while (true) {
    std::vector<std::pair<Done, Charge>> served;
    Wants wants;
    {
      const absl::Time now = LogTime();
      MutexLock lock(mutex_);
      Member& member = members_[party];
      while (!member.waiting.empty()) {
        auto charge = TakeReserved(member, member.waiting.front().needs, now);
        if (!charge) break;
        served.emplace_back(std::move(member.waiting.front().done), *std::move(charge));
        member.waiting.pop_front();
      }
      if (member.waiting.empty()) {
        member.reserving = false;
      } else {
        wants = WantsOf(member, member.waiting.front().needs, now);
      }
    }
    for (auto& [done, charge] : served) done(std::move(charge));
    if (wants.empty()) return;
    const absl::Status reserving = Reserve(party, wants);
    if (reserving.ok()) return;
    RefuseFirst(party, reserving);
  }
}

absl::Status Budgets::Plan(const HubState& state, const std::string& party, const Wants& wants,
                           absl::Time now, Reservation* plan) const {
  *plan = PlanReservation(state.budgets, party, wants, policy_, now, env_->Now());
  return plan->refused;
}

absl::Status Budgets::Reserve(const std::string& party, const Wants& wants) {
  const auto plan = std::make_shared<Reservation>();
  // A refusal costs the log nothing: whoever hammers a spent budget does not get as far as that.
  const absl::Time now = LogTime();
  const absl::Status possible = state_->Read(
      [&](const HubState& state) { return Plan(state, party, wants, now, plan.get()); });
  if (!possible.ok()) {
    RaiseBudgetSpent(party, plan->spent);
    return possible;
  }
  Command command;
  command.decide = [this, party, wants, plan](
                       const HubState& state,
                       absl::Time time) -> absl::StatusOr<Command::Decision> {
    const absl::Status planned = Plan(state, party, wants, time, plan.get());
    if (!planned.ok()) return planned;
    std::vector<AppendEntry> entries;
    for (const v1::BudgetReserved& block : plan->blocks) {
      // No audience: for the hub alone.
      *entries.emplace_back().draft.body.mutable_budget_reserved() = block;
    }
    return Command::Decision(std::move(entries));
  };
  command.done = [this, party, plan](const absl::StatusOr<RequestOutcome>& outcome) {
    if (outcome.ok()) {
      AddReserved(party, plan->blocks);
    } else {
      if (!plan->refused.ok()) RaiseBudgetSpent(party, plan->spent);
      RefuseFirst(party, outcome.status());
    }
    ServeWaiting(party);
  };
  const absl::Status submitted = appender_->Submit(std::move(command));
  if (!absl::IsResourceExhausted(submitted)) return submitted;
  // Below a second: members take longer waits for those of spent budgets.
  return net::WithRetryAfter(submitted, kRetryAfterTooManyWaiting);
}

void Budgets::RefuseFirst(const std::string& party, const absl::Status& status) {
  Done done;
  {
    MutexLock lock(mutex_);
    Member& member = members_[party];
    done = std::move(member.waiting.front().done);
    member.waiting.pop_front();
  }
  done(status);
}

void Budgets::AddReserved(const std::string& party, const std::vector<v1::BudgetReserved>& blocks) {
  std::vector<Piece> pieces;
  state_->Read([&](const HubState& state) {
    for (const v1::BudgetReserved& block : blocks) {
      Piece& piece = pieces.emplace_back();
      piece.type = block.type();
      piece.day = block.day();
      piece.grant_id = block.grant_id();
      piece.evaluations = block.evaluations();
      if (piece.grant_id.empty()) continue;
      piece.expires = state.budgets.Find(party, block.type()).grants.at(block.grant_id()).expires;
    }
  });
  MutexLock lock(mutex_);
  for (const Piece& piece : pieces) Add(members_[party], piece);
}

void Budgets::GiveBack(const std::string& party, const Charge& charge) {
  MutexLock lock(mutex_);
  for (const Piece& piece : charge) Add(members_[party], piece);
}

void Budgets::RaiseBudgetSpent(const std::string& party, v1::SignatureType type) {
  v1::AlertRaised alert;
  alert.set_kind(v1::BUDGET_SPENT);
  alert.set_party(party);
  alert.set_type(type);
  alert.set_day(DayOf(LogTime()));
  alert.set_detail("asked for more evaluations than its budget has left");
  alerts_->Raise(alert);
}

void Budgets::CountServed(const std::string& party, v1::SignatureType type, uint64_t evaluations,
                          uint64_t own_users) {
  const int64_t today = DayOf(LogTime());
  ServedCount count;
  {
    MutexLock lock(mutex_);
    Served& served = members_[party].served[type];
    if (served.day != today) served = {today, {}, false};
    served.count.evaluations += evaluations;
    served.count.own_users += own_users;
    count = served.count;
    const bool few = count.evaluations >= policy_.few_own_users_evaluations &&
                     count.own_users * 100 < count.evaluations * policy_.few_own_users_percent;
    if (!few || std::exchange(served.alerted, true)) return;
  }
  v1::AlertRaised alert;
  alert.set_kind(v1::FEW_OWN_USERS);
  alert.set_party(party);
  alert.set_type(type);
  alert.set_day(today);
  alert.set_detail(absl::StrCat(count.evaluations, " evaluations, ", count.own_users,
                                " of them of its own users, as it says"));
  alerts_->RaiseLater(alert);
}

ServedCount Budgets::ServedOn(int64_t day, absl::string_view party, v1::SignatureType type) {
  MutexLock lock(mutex_);
  const auto member = members_.find(party);
  if (member == members_.end()) return {};
  const auto served = member->second.served.find(type);
  if (served == member->second.served.end() || served->second.day != day) return {};
  return served->second.count;
}

}  // namespace vervet::hub
