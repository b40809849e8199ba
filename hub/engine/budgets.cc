#include "hub/engine/budgets.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/base/wire_limits.h"
#include "core/views/blinded.h"
#include "hub/engine/fields.h"

namespace vervet::hub {
namespace {

constexpr absl::Duration kDay = absl::Hours(24);

absl::Status CheckMember(absl::string_view party) {
  const auto parsed = net::ParseParty(party);
  if (!parsed.ok()) return Invalid("party", parsed.status().message());
  if (parsed->role != v1::MEMBER) return Invalid("party", "only members evaluate; name a member");
  return absl::OkStatus();
}

size_t GrantsInForce(const BudgetLedger::Account& account, absl::Time now) {
  return static_cast<size_t>(
      std::count_if(account.grants.begin(), account.grants.end(),
                    [now](const auto& grant) { return grant.second.expires > now; }));
}

absl::Status UnknownMember() {
  return absl::NotFoundError("party: not on the roster; see the list (vervet members list)");
}

}  // namespace

absl::StatusOr<Command> GrantCommand(absl::string_view by, const v1::GrantRequest& request,
                                     Environment& env) {
  VERVET_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  VERVET_RETURN_IF_ERROR(CheckMember(request.party()));
  if (request.evaluations() == 0 || request.evaluations() > kMaxGrantedEvaluations) {
    return Invalid("evaluations",
                   absl::StrCat("is ", request.evaluations(), "; 1 to ", kMaxGrantedEvaluations));
  }
  VERVET_RETURN_IF_ERROR(CheckText("reason", request.reason(), kMaxReasonBytes));
  Command command;
  command.request = MakeRequestKey(by, request.request_id(), "Grant", request);
  command.touches = {absl::StrCat("grants:", request.party())};
  command.decide = [by = std::string(by), request, grant_id = TimeOrderedId(env)](
                       const HubState& state, absl::Time now) -> absl::StatusOr<Command::Decision> {
    VERVET_RETURN_IF_ERROR(CheckActive(by, state.roster));
    if (!views::IsBlinded(request.type()) || state.types.Find(request.type()) == nullptr) {
      return Invalid(
          "type",
          "is missing, unknown, not in use or IMAGE_PDQ, which needs no evaluations; see "
          "SignatureType");
    }
    const absl::Time expires = absl::FromUnixMicros(request.expires_us());
    if (expires <= now || expires > now + kMaxGrantDays * kDay) {
      return Invalid("expires_us", absl::StrCat("must be in the future, at most ", kMaxGrantDays,
                                                " days from now; microseconds since 1970"));
    }
    if (state.roster.FindParty(request.party()) == nullptr) return UnknownMember();
    const auto& account = state.budgets.Find(request.party(), request.type());
    if (GrantsInForce(account, now) >= kMaxGrantsInForce) {
      return absl::FailedPreconditionError(
          absl::StrCat("the member has ", kMaxGrantsInForce,
                       " grants of this type in force, the limit; wait until one expires"));
    }
    AppendEntry entry;
    entry.draft.audience.add_roles(v1::COORDINATOR);
    entry.draft.audience.set_party(request.party());
    auto& granted = *entry.draft.body.mutable_budget_granted();
    granted.set_grant_id(grant_id);
    granted.set_party(request.party());
    granted.set_type(request.type());
    granted.set_evaluations(request.evaluations());
    granted.set_expires_us(request.expires_us());
    granted.set_reason(request.reason());
    granted.set_granted_by(by);
    entry.record_id = grant_id;
    return Command::Decision(std::move(entry));
  };
  return command;
}

absl::Status ListBudgets(
    const HubState& state, const net::Identity& caller, const v1::ListBudgetsRequest& request,
    const BudgetPolicy& policy,
    const std::function<ServedCount(absl::string_view party, v1::SignatureType)>& served,
    absl::Time now, v1::ListBudgetsResponse* response) {
  const bool coordinator = caller.role == v1::COORDINATOR;
  if (!request.party().empty()) VERVET_RETURN_IF_ERROR(CheckMember(request.party()));
  if (!coordinator && !request.party().empty() && request.party() != caller.party()) {
    return absl::PermissionDeniedError("party: another member; leave it empty for your own");
  }
  const std::string one = coordinator ? request.party() : caller.party();
  if (!one.empty() && state.roster.FindParty(one) == nullptr) return UnknownMember();

  const int64_t day = DayOf(now);
  size_t bytes = 0;
  for (const auto& [name, party] : state.roster.parties()) {
    if (one.empty() ? !absl::StartsWith(name, "member/") : name != one) continue;
    for (const auto& [type, announced] : state.types.all()) {
      if (!views::IsBlinded(type)) continue;
      const BudgetLedger::Account& account = state.budgets.Find(name, type);
      const bool untouched = account.used_in_all == 0 && GrantsInForce(account, now) == 0;
      if (one.empty() && untouched) continue;
      v1::BudgetLine& line = *response->add_lines();
      line.set_party(name);
      line.set_type(type);
      line.set_daily_budget(policy.Of(type).daily);
      line.set_used_today(account.UsedOn(day));
      line.set_total_budget(policy.Of(type).total);
      line.set_used_in_all(account.used_in_all);
      line.set_day_ends_us(absl::ToUnixMicros(absl::UnixEpoch() + (day + 1) * kDay));
      const ServedCount count = served(name, type);
      line.set_served_today(count.evaluations);
      line.set_own_users_today(count.own_users);
      for (const auto& [id, grant] : account.grants) {
        if (grant.expires <= now) continue;
        v1::BudgetGrant& out = *line.add_grants();
        out.set_grant_id(id);
        out.set_evaluations(grant.evaluations);
        out.set_used(grant.used);
        out.set_expires_us(absl::ToUnixMicros(grant.expires));
        out.set_reason(grant.reason);
        out.set_granted_by(grant.granted_by);
      }
      bytes += line.ByteSizeLong() + 8;
      if (bytes > kMaxBudgetListBytes) {
        return absl::FailedPreconditionError(
            "party: is empty, and the budgets of all members do not fit into one answer; name one");
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace vervet::hub
