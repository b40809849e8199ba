#include "hub/engine/registry.h"

#include <set>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "core/base/wire_limits.h"
#include "core/net/identity.h"
#include "hub/engine/fields.h"

namespace vervet::hub {
namespace {

using views::CoalitionState;
using Decision = absl::StatusOr<Command::Decision>;

// Everybody on the roster learns of changes in it: suspensions must stop matches everywhere.
v1::Audience Everybody() {
  v1::Audience audience;
  for (const v1::Role role : {v1::MEMBER, v1::COORDINATOR, v1::EXPERT, v1::AGENCY, v1::AUDITOR}) {
    audience.add_roles(role);
  }
  return audience;
}

// A group's name and members concern the group alone.
v1::Audience GroupAndParty(absl::string_view group, absl::string_view party) {
  v1::Audience audience;
  audience.add_roles(v1::COORDINATOR);
  audience.add_roles(v1::AUDITOR);
  if (!group.empty()) audience.add_groups(std::string(group));
  audience.set_party(std::string(party));
  return audience;
}

AppendEntry Entry(v1::Audience audience) {
  AppendEntry entry;
  entry.draft.audience = std::move(audience);
  return entry;
}

template <typename Request>
Command RosterCommand(absl::string_view by, absl::string_view method, const Request& request) {
  Command command;
  command.request = MakeRequestKey(by, request.request_id(), method, request);
  command.exclusive = true;
  return command;
}

absl::Status CheckParty(absl::string_view party) {
  const auto parsed = net::ParseParty(party);
  if (!parsed.ok()) return Invalid("party", parsed.status().message());
  if (parsed->role == v1::HUB) return Invalid("party", "a hub is not admitted");
  return absl::OkStatus();
}

absl::Status UnknownParty() {
  return absl::NotFoundError("party: not on the roster; admit it first (vervet members admit)");
}

absl::Status UnknownGroup() {
  return absl::NotFoundError(
      "group: no such sharing group; create it first (vervet groups create)");
}

// Where the group's records may go, and by what right they cross borders.
absl::Status CheckTransfers(const v1::CreateGroupRequest& request, absl::string_view hub_region) {
  const auto regions = static_cast<size_t>(request.permitted_regions_size());
  if (regions > kMaxRegionsPerGroup) {
    return Invalid("permitted_regions",
                   absl::StrCat("has ", regions, " regions; at most ", kMaxRegionsPerGroup));
  }
  std::set<std::string> distinct;
  for (size_t i = 0; i < regions; ++i) {
    const std::string& region = request.permitted_regions(static_cast<int>(i));
    VERVET_RETURN_IF_ERROR(CheckRegion(absl::StrCat("permitted_regions[", i, "]"), region));
    distinct.insert(region);
  }
  if (!distinct.empty() && distinct.count(std::string(hub_region)) == 0) {
    return Invalid("permitted_regions",
                   absl::StrCat("leaves out ", hub_region,
                                ", where this hub stands and would store the records"));
  }
  if (!request.transfer_instrument().empty()) {
    return CheckText("transfer_instrument", request.transfer_instrument(),
                     kMaxTransferInstrumentBytes);
  }
  if (distinct.size() == 1) return absl::OkStatus();
  return Invalid(
      "transfer_instrument",
      absl::StrCat("is empty, and the group's records may go to ",
                   distinct.empty() ? "every region" : absl::StrCat(distinct.size(), " regions"),
                   "; name the legal instrument on which they cross borders, or permit ",
                   hub_region, " alone"));
}

}  // namespace

absl::StatusOr<Command> AdmitCommand(absl::string_view by, const v1::AdmitRequest& request) {
  VERVET_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  VERVET_RETURN_IF_ERROR(CheckParty(request.party()));
  VERVET_RETURN_IF_ERROR(CheckText("display_name", request.display_name(), kMaxDisplayNameBytes));
  VERVET_RETURN_IF_ERROR(CheckRegion("region", request.region()));
  Command command = RosterCommand(by, "Admit", request);
  command.decide = [request, by = std::string(by)](const CoalitionState& state,
                                                   absl::Time) -> Decision {
    VERVET_RETURN_IF_ERROR(CheckActive(by, state.roster));
    if (state.roster.FindParty(request.party()) != nullptr) {
      return absl::AlreadyExistsError(
          "party: on the roster already; to lift a suspension, reinstate it");
    }
    if (state.roster.parties().size() >= kMaxParties) {
      return absl::FailedPreconditionError(
          absl::StrCat("the roster holds ", kMaxParties, " parties, its limit"));
    }
    AppendEntry entry = Entry(Everybody());
    auto& admitted = *entry.draft.body.mutable_member_admitted();
    admitted.set_party(request.party());
    admitted.set_display_name(request.display_name());
    admitted.set_region(request.region());
    admitted.set_admitted_by(by);
    return Command::Decision(std::move(entry));
  };
  return command;
}

absl::StatusOr<Command> SuspendCommand(absl::string_view by, const v1::SuspendRequest& request) {
  VERVET_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  VERVET_RETURN_IF_ERROR(CheckParty(request.party()));
  VERVET_RETURN_IF_ERROR(CheckText("reason", request.reason(), kMaxReasonBytes));
  Command command = RosterCommand(by, "Suspend", request);
  command.decide = [request, by = std::string(by)](const CoalitionState& state,
                                                   absl::Time) -> Decision {
    VERVET_RETURN_IF_ERROR(CheckActive(by, state.roster));
    const auto* party = state.roster.FindParty(request.party());
    if (party == nullptr) return UnknownParty();
    if (party->suspended) return absl::FailedPreconditionError("party: suspended already");
    if (absl::StartsWith(request.party(), "coordinator/") &&
        state.roster.ActiveInRole("coordinator") == 1) {
      return absl::FailedPreconditionError(
          "party: the last active coordinator; nobody could reinstate it, so admit another one "
          "first");
    }
    AppendEntry entry = Entry(Everybody());
    auto& suspended = *entry.draft.body.mutable_member_suspended();
    suspended.set_party(request.party());
    suspended.set_reason(request.reason());
    suspended.set_suspended_by(by);
    return Command::Decision(std::move(entry));
  };
  return command;
}

absl::StatusOr<Command> ReinstateCommand(absl::string_view by,
                                         const v1::ReinstateRequest& request) {
  VERVET_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  VERVET_RETURN_IF_ERROR(CheckParty(request.party()));
  VERVET_RETURN_IF_ERROR(CheckText("reason", request.reason(), kMaxReasonBytes));
  Command command = RosterCommand(by, "Reinstate", request);
  command.decide = [request, by = std::string(by)](const CoalitionState& state,
                                                   absl::Time) -> Decision {
    VERVET_RETURN_IF_ERROR(CheckActive(by, state.roster));
    const auto* party = state.roster.FindParty(request.party());
    if (party == nullptr) return UnknownParty();
    if (!party->suspended) return absl::FailedPreconditionError("party: not suspended");
    AppendEntry entry = Entry(Everybody());
    auto& reinstated = *entry.draft.body.mutable_member_reinstated();
    reinstated.set_party(request.party());
    reinstated.set_reason(request.reason());
    reinstated.set_reinstated_by(by);
    return Command::Decision(std::move(entry));
  };
  return command;
}

absl::StatusOr<Command> CreateGroupCommand(absl::string_view by, absl::string_view hub_region,
                                           const v1::CreateGroupRequest& request) {
  VERVET_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  VERVET_RETURN_IF_ERROR(CheckGroupName("group", request.group()));
  VERVET_RETURN_IF_ERROR(CheckText("display_name", request.display_name(), kMaxDisplayNameBytes));
  VERVET_RETURN_IF_ERROR(CheckTransfers(request, hub_region));
  Command command = RosterCommand(by, "CreateGroup", request);
  command.decide = [request, by = std::string(by)](const CoalitionState& state,
                                                   absl::Time) -> Decision {
    VERVET_RETURN_IF_ERROR(CheckActive(by, state.roster));
    if (state.roster.FindGroup(request.group()) != nullptr) {
      return absl::AlreadyExistsError(
          "group: a sharing group of this name exists; choose another name");
    }
    if (state.roster.groups().size() >= kMaxGroups) {
      return absl::FailedPreconditionError(
          absl::StrCat("there are ", kMaxGroups, " sharing groups, the limit"));
    }
    AppendEntry entry = Entry(GroupAndParty(request.group(), by));
    auto& created = *entry.draft.body.mutable_group_created();
    created.set_group(request.group());
    created.set_display_name(request.display_name());
    *created.mutable_permitted_regions() = request.permitted_regions();
    created.set_transfer_instrument(request.transfer_instrument());
    created.set_created_by(by);
    return Command::Decision(std::move(entry));
  };
  return command;
}

absl::StatusOr<Command> JoinGroupCommand(absl::string_view by,
                                         const v1::JoinGroupRequest& request) {
  VERVET_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  VERVET_RETURN_IF_ERROR(CheckParty(request.party()));
  VERVET_RETURN_IF_ERROR(CheckGroupName("group", request.group()));
  Command command = RosterCommand(by, "JoinGroup", request);
  command.decide = [request, by = std::string(by)](const CoalitionState& state,
                                                   absl::Time) -> Decision {
    VERVET_RETURN_IF_ERROR(CheckActive(by, state.roster));
    const auto* party = state.roster.FindParty(request.party());
    if (party == nullptr) return UnknownParty();
    const auto* group = state.roster.FindGroup(request.group());
    if (group == nullptr) return UnknownGroup();
    if (party->groups.count(request.group()) != 0) {
      return absl::AlreadyExistsError("party: in this sharing group already");
    }
    if (!group->permitted_regions.empty() && group->permitted_regions.count(party->region) == 0) {
      return absl::FailedPreconditionError(
          absl::StrCat("party: its region ", party->region,
                       " is not among the group's permitted regions; records may not go there"));
    }
    AppendEntry entry = Entry(GroupAndParty(request.group(), request.party()));
    auto& joined = *entry.draft.body.mutable_group_joined();
    joined.set_party(request.party());
    joined.set_group(request.group());
    joined.set_changed_by(by);
    return Command::Decision(std::move(entry));
  };
  return command;
}

absl::StatusOr<Command> LeaveGroupCommand(absl::string_view by,
                                          const v1::LeaveGroupRequest& request) {
  VERVET_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  VERVET_RETURN_IF_ERROR(CheckParty(request.party()));
  VERVET_RETURN_IF_ERROR(CheckGroupName("group", request.group()));
  Command command = RosterCommand(by, "LeaveGroup", request);
  command.decide = [request, by = std::string(by)](const CoalitionState& state,
                                                   absl::Time) -> Decision {
    VERVET_RETURN_IF_ERROR(CheckActive(by, state.roster));
    const auto* party = state.roster.FindParty(request.party());
    if (party == nullptr) return UnknownParty();
    if (state.roster.FindGroup(request.group()) == nullptr) return UnknownGroup();
    if (party->groups.count(request.group()) == 0) {
      return absl::FailedPreconditionError("party: not in this sharing group");
    }
    AppendEntry entry = Entry(GroupAndParty(request.group(), request.party()));
    auto& left = *entry.draft.body.mutable_group_left();
    left.set_party(request.party());
    left.set_group(request.group());
    left.set_changed_by(by);
    return Command::Decision(std::move(entry));
  };
  return command;
}

absl::Status CheckHubRegion(const views::Roster& roster, absl::string_view hub_region) {
  for (const auto& [name, group] : roster.groups()) {
    if (group.members.empty() || group.permitted_regions.empty() ||
        group.permitted_regions.count(std::string(hub_region)) != 0) {
      continue;
    }
    return absl::FailedPreconditionError(
        absl::StrCat("region: the sharing group ", name, " permits ",
                     absl::StrJoin(group.permitted_regions, ", "), " and not ", hub_region,
                     "; run the hub in one of these, or empty the group there first"));
  }
  return absl::OkStatus();
}

Command BootstrapCommand(absl::string_view party, absl::string_view display_name,
                         absl::string_view region) {
  v1::MemberAdmitted admitted;
  admitted.set_party(std::string(party));
  admitted.set_display_name(std::string(display_name));
  admitted.set_region(std::string(region));
  admitted.set_admitted_by("hub");
  Command command;
  command.exclusive = true;
  command.decide = [admitted](const CoalitionState& state, absl::Time) -> Decision {
    if (state.roster.FindParty(admitted.party()) != nullptr)
      return Command::Decision(RequestOutcome{});
    AppendEntry entry = Entry(Everybody());
    *entry.draft.body.mutable_member_admitted() = admitted;
    return Command::Decision(std::move(entry));
  };
  return command;
}

Command AnnounceCommand(const v1::SignatureTypeAnnounced& announcement) {
  Command command;
  command.exclusive = true;
  command.decide = [announcement](const CoalitionState& state, absl::Time) -> Decision {
    const auto* last = state.types.Find(announcement.type());
    if (last != nullptr && last->epoch == announcement.epoch() &&
        last->public_key == announcement.public_key() &&
        last->maximum_life == absl::Seconds(announcement.maximum_life_s()) &&
        last->rules_versions == std::vector<uint32_t>(announcement.rules_versions().begin(),
                                                      announcement.rules_versions().end())) {
      return Command::Decision(RequestOutcome{});
    }
    AppendEntry entry = Entry(Everybody());
    *entry.draft.body.mutable_signature_type_announced() = announcement;
    return Command::Decision(std::move(entry));
  };
  return command;
}

}  // namespace vervet::hub
