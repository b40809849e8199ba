#include "core/views/roster.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace vervet::views {
namespace {

std::string Key(absl::string_view text) { return std::string(text); }

}  // namespace

void Roster::Apply(const log::ParsedEvent& event) {
  const v1::EventBody& body = event.body;
  switch (body.body_case()) {
    case v1::EventBody::kMemberAdmitted: {
      const auto& admitted = body.member_admitted();
      Party& party = parties_[admitted.party()];
      party.party = admitted.party();
      party.display_name = admitted.display_name();
      party.region = admitted.region();
      party.admitted = absl::FromUnixMicros(event.header.time_us());
      break;
    }
    case v1::EventBody::kMemberSuspended:
      SetSuspended(body.member_suspended().party(), true, body.member_suspended().reason());
      break;
    case v1::EventBody::kMemberReinstated:
      SetSuspended(body.member_reinstated().party(), false, "");
      break;
    case v1::EventBody::kGroupCreated: {
      const auto& created = body.group_created();
      Group& group = groups_[created.group()];
      group.group = created.group();
      group.display_name = created.display_name();
      group.permitted_regions = {created.permitted_regions().begin(),
                                 created.permitted_regions().end()};
      group.transfer_instrument = created.transfer_instrument();
      break;
    }
    case v1::EventBody::kGroupJoined:
      SetMembership(body.group_joined().party(), body.group_joined().group(), true);
      break;
    case v1::EventBody::kGroupLeft:
      SetMembership(body.group_left().party(), body.group_left().group(), false);
      break;
    default:
      return;
  }
  changed_ = event.header.sequence();
}

void Roster::SetSuspended(const std::string& party, bool suspended, const std::string& reason) {
  const auto it = parties_.find(party);
  if (it == parties_.end()) return;
  it->second.suspended = suspended;
  it->second.suspension_reason = reason;
}

void Roster::SetMembership(const std::string& party, const std::string& name, bool member) {
  const auto it = parties_.find(party);
  if (it == parties_.end()) return;
  // A member that folds anew after it left sees that it joined and left, and nothing else of the
  // group.
  Group& group = groups_[name];
  group.group = name;
  if (member) {
    it->second.groups.insert(name);
    group.members.insert(party);
  } else {
    it->second.groups.erase(name);
    group.members.erase(party);
  }
}

const Roster::Party* Roster::FindParty(absl::string_view party) const {
  const auto it = parties_.find(Key(party));
  return it == parties_.end() ? nullptr : &it->second;
}

const Roster::Group* Roster::FindGroup(absl::string_view group) const {
  const auto it = groups_.find(Key(group));
  return it == groups_.end() ? nullptr : &it->second;
}

bool Roster::IsActive(absl::string_view party) const {
  const Party* entry = FindParty(party);
  return entry != nullptr && !entry->suspended;
}

bool Roster::IsSuspended(absl::string_view party) const {
  const Party* entry = FindParty(party);
  return entry != nullptr && entry->suspended;
}

int Roster::ActiveInRole(absl::string_view role) const {
  const std::string prefix = absl::StrCat(role, "/");
  return static_cast<int>(std::count_if(parties_.begin(), parties_.end(), [&](const auto& entry) {
    return absl::StartsWith(entry.first, prefix) && !entry.second.suspended;
  }));
}

bool Roster::MaySee(absl::string_view party, v1::Role role, const v1::Audience& audience) const {
  const Party* entry = FindParty(party);
  if (entry == nullptr) return false;
  if (!audience.party().empty() && audience.party() == entry->party) return true;
  if (std::find(audience.roles().begin(), audience.roles().end(), role) != audience.roles().end()) {
    return true;
  }
  return std::any_of(audience.groups().begin(), audience.groups().end(),
                     [&](const std::string& group) { return entry->groups.count(group) != 0; });
}

}  // namespace vervet::views
