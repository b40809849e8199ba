#include "hub/access/caller.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "hub/access/access_table.h"

namespace vervet::hub {

absl::Status CheckRoster(absl::string_view party, const SharedState& state) {
  return state.Read([&](const views::CoalitionState& folded) -> absl::Status {
    const auto* entry = folded.roster.FindParty(party);
    if (entry == nullptr) {
      return absl::PermissionDeniedError(
          absl::StrCat(party, " is not admitted to this coalition; ask a coordinator to admit it"));
    }
    if (entry->suspended) {
      return absl::PermissionDeniedError(absl::StrCat(party, " is suspended (",
                                                      entry->suspension_reason,
                                                      "); ask a coordinator to reinstate it"));
    }
    return absl::OkStatus();
  });
}

absl::Status CheckCall(const net::Identity& caller, absl::string_view method,
                       const SharedState& state) {
  const AccessRow* row = FindAccessRow(method);
  if (row == nullptr)
    return absl::UnimplementedError(absl::StrCat("no such method: ", method.substr(0, 128)));
  if (std::find(row->roles.begin(), row->roles.end(), caller.role) == row->roles.end()) {
    return absl::PermissionDeniedError(absl::StrCat("the role ", net::RoleWord(caller.role),
                                                    " may not call ", method,
                                                    "; docs/protocol.md lists who may"));
  }
  return CheckRoster(caller.party(), state);
}

}  // namespace vervet::hub
