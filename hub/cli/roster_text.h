// The roster as coordinators and programs see it.
#ifndef VERVET_HUB_CLI_ROSTER_TEXT_H_
#define VERVET_HUB_CLI_ROSTER_TEXT_H_

#include <string>

#include "absl/time/time.h"
#include "core/cli/json.h"
#include "core/cli/streams.h"
#include "vervet/v1/registry.pb.h"

namespace vervet::coordinator_cli {

// Events that the party has not said to have applied.
uint64_t Behind(const v1::RosterEntry& entry, const v1::SignedTreeHead& head);

std::string MembersTable(const v1::ListResponse& list, absl::Time now, const cli::Streams& streams);
std::string GroupsTable(const v1::ListResponse& list, const cli::Streams& streams);

// Into an object that is open: "members": [...].
void AppendMembers(const v1::ListResponse& list, cli::JsonWriter& json);
// "groups": [...].
void AppendGroups(const v1::ListResponse& list, cli::JsonWriter& json);

}  // namespace vervet::coordinator_cli

#endif  // VERVET_HUB_CLI_ROSTER_TEXT_H_
