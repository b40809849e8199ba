// Who belongs to the coalition, folded from events: parties, their state, and the sharing groups.
#ifndef VERVET_CORE_VIEWS_ROSTER_H_
#define VERVET_CORE_VIEWS_ROSTER_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/log/event.h"

namespace vervet::views {

// A party is "role/name". Ordered containers: listings and roots of state must not depend on hash
// order. Not thread-safe. Callers hold their own lock.
class Roster {
 public:
  struct Party {
    std::string party;
    std::string display_name;
    std::string region;  // ISO 3166-1 alpha-2
    absl::Time admitted;
    bool suspended = false;
    std::string suspension_reason;
    std::set<std::string> groups;
  };
  struct Group {
    std::string group;
    std::string display_name;
    std::set<std::string> permitted_regions;  // empty: anywhere
    std::string transfer_instrument;
    std::set<std::string> members;
  };

  // Events of other views are ignored. In the log's order: an older event applied again would undo
  // younger ones, so who starts over starts with an empty roster.
  void Apply(const log::ParsedEvent& event);

  // Null where unknown; valid until the next Apply.
  const Party* FindParty(absl::string_view party) const;
  const Group* FindGroup(absl::string_view group) const;

  bool IsActive(absl::string_view party) const;
  bool IsSuspended(absl::string_view party) const;
  // True where any of `groups` has the party as a member.
  template <typename Groups>
  bool InAny(absl::string_view party, const Groups& groups) const {
    const Party* entry = FindParty(party);
    if (entry == nullptr) return false;
    for (const auto& group : groups) {
      if (entry->groups.count(std::string(group)) != 0) return true;
    }
    return false;
  }
  // Parties of the role ("coordinator") that are admitted and not suspended.
  int ActiveInRole(absl::string_view role) const;

  // May `party` see an event of this audience? A role or group counts only for a party that is on
  // the roster.
  bool MaySee(absl::string_view party, v1::Role role, const v1::Audience& audience) const;

  // Sequence number of the last event that was about a party or a group; 0 before the first.
  uint64_t changed() const { return changed_; }

  const std::map<std::string, Party, std::less<>>& parties() const { return parties_; }
  const std::map<std::string, Group, std::less<>>& groups() const { return groups_; }

 private:
  // Of a party that was never admitted, nothing is noted: nobody comes onto the roster in another
  // way.
  void SetSuspended(const std::string& party, bool suspended, const std::string& reason);
  void SetMembership(const std::string& party, const std::string& name, bool member);

  std::map<std::string, Party, std::less<>> parties_;
  std::map<std::string, Group, std::less<>> groups_;
  uint64_t changed_ = 0;
};

}  // namespace vervet::views

#endif  // VERVET_CORE_VIEWS_ROSTER_H_
